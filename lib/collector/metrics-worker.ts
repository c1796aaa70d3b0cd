/** The thread of the metrics: it serves HTTP, so that no client takes the time of the collector's thread, which it asks a few times a second at most. */
import { parentPort, workerData } from 'node:worker_threads'
import { Queue } from '../util/queue.ts'
import { lowerPriority } from '../util/thread.ts'
import type {
  FromMetricsThread,
  MetricsThreadData,
  Question,
  ToMetricsThread
} from './reporting/metrics-messages.ts'
import { MetricsServer } from './reporting/metrics-server.ts'

/** An answer of the collector's thread, or why there is none. */
type Settle<T> = (answer: T | Error) => void

type WithoutMark<T> = T extends unknown ? Omit<T, 'isOurs'> : never

/** by question, those who wait for an answer, in turn */
const waiting = { numbers: new Queue<Settle<string>>(), troubles: new Queue<Settle<string[]>>() }

lowerPriority()
await start()

async function start(): Promise<void> {
  const server = await open()
  if (!server) return
  parentPort?.on('message', (message: ToMetricsThread) => {
    switch (message.kind) {
      case 'serve':
        return server.serve({
          contentType: message.contentType,
          render: () => ask('numbers', waiting.numbers),
          findTroubles: () => ask('troubles', waiting.troubles)
        })
      case 'numbers':
        return waiting.numbers.shift()?.(message.text)
      case 'failed':
        return waiting.numbers.shift()?.(new Error(message.message))
      case 'troubles':
        return waiting.troubles.shift()?.(message.troubles)
    }
  })
  tell({ kind: 'listening', address: server.address, isLocal: server.isLocal })
}

async function open(): Promise<MetricsServer | undefined> {
  try {
    return await MetricsServer.open((workerData as MetricsThreadData).address)
  } catch (error) {
    const { cause = error } = error as Error
    const { code, message } = cause as NodeJS.ErrnoException
    tell({ kind: 'failed', code, message })
    return undefined
  }
}

function ask<T>(question: Question, queue: Queue<Settle<T>>): Promise<T> {
  tell({ kind: 'ask', question })
  return new Promise((resolve, reject) =>
    queue.push(answer => (answer instanceof Error ? reject(answer) : resolve(answer)))
  )
}

function tell(message: WithoutMark<FromMetricsThread>): void {
  parentPort?.postMessage({ isOurs: true, ...message })
}
