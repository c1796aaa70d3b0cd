/** What a worker thread of a search runs: one job after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { JobRunner } from './job-runner.ts'
import type { Part } from './jobs.ts'
import type { ScanSettings } from './query.ts'
import { maxUntaken, type ThreadMessage, type ThreadReply } from './thread.ts'

const creating = JobRunner.create(workerData as ScanSettings)
const noteReady = (): void => post({ kind: 'ready' })
creating.then(noteReady, noteReady) // each job ends with its error
/** jobs are run one after the other */
let last: Promise<void> = Promise.resolve()
/** number of parts that the main thread has not taken yet */
let untaken = 0
let onTaken: () => void = () => undefined

parentPort?.on('message', (message: ThreadMessage) => {
  if (message.kind === 'taken') {
    untaken--
    return onTaken()
  }
  last = last.then(() => run(message))
})

async function run({ id, job }: ThreadMessage & { kind: 'job' }): Promise<void> {
  try {
    const runner = await creating
    await runner.run(job, async part => {
      post({ kind: 'part', id, part })
      untaken++
      await allowance()
      return true
    })
    post({ kind: 'done', id, error: undefined })
  } catch (error) {
    post({ kind: 'done', id, error: error as Error })
  }
}

/** Resolves when the main thread has taken enough. */
async function allowance(): Promise<void> {
  if (untaken < maxUntaken) return
  await new Promise<void>(resolve => (onTaken = resolve))
  return allowance()
}

function post(reply: ThreadReply): void {
  const memory = reply.kind === 'part' ? ownMemoryOf(reply.part) : []
  parentPort?.postMessage(reply, memory)
}

/** Memory that moves to the main thread, in place of a copy. */
function ownMemoryOf({ bytes }: Part): ArrayBuffer[] {
  return bytes.length > 0 ? [bytes.buffer as ArrayBuffer] : []
}
