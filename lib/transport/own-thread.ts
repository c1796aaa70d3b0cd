import { isMainThread, workerData } from 'node:worker_threads'
import { writeUrgent, type EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { TransportStream } from './transport-stream.ts'

/**
 * A transport in the app's own thread, `pino(await zmqPub(options))`, which nobody ends as thread-stream ends pino's
 * worker. It doesn't keep the process alive; when there is nothing else to do, the process waits for what is
 * undelivered, and at its exit the rest goes to the spool or is counted.
 */
export async function openInOwnThread(options: ResolvedTransportOptions): Promise<TransportStream> {
  let stream: TransportStream | undefined
  const emit: EmitEvent = (name, detail) => {
    writeUrgent(name, detail)
    // Later, so that a listener that throws disturbs nothing here; at the exit there is no later.
    if (isExiting) stream?.emit(name, detail)
    else setImmediate(() => stream?.emit(name, detail)).unref()
  }
  stream = await TransportStream.open(options, emit)
  add(stream)
  return stream
}

/** Whether this thread is one of thread-stream, whose `workerData` has the memory that it shares with the app. */
export function isInPinosWorker(): boolean {
  const { dataBuf } = (workerData ?? {}) as { dataBuf?: unknown }
  return !isMainThread && dataBuf instanceof SharedArrayBuffer
}

const streams = new Set<TransportStream>()
let isExiting = false

function add(stream: TransportStream): void {
  if (streams.size === 0) {
    process.on('beforeExit', settleAll)
    process.on('exit', closeAll)
  }
  streams.add(stream)
  stream.once('close', () => {
    streams.delete(stream)
    if (streams.size > 0) return
    process.off('beforeExit', settleAll)
    process.off('exit', closeAll)
  })
}

function settleAll(): void {
  for (const stream of streams) stream.settle()
}

function closeAll(): void {
  isExiting = true
  for (const stream of streams) stream.closeNow()
}
