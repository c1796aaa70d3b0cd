import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { TransportStream } from './transport-stream.ts'
import { TroubleLog } from './trouble-log.ts'

/** Whether this thread is one of thread-stream, whose `workerData` has the memory that it shares with the app. */
export function isInPinosWorker(): boolean {
  const { dataBuf } = (workerData ?? {}) as { dataBuf?: unknown }
  return !isMainThread && dataBuf instanceof SharedArrayBuffer
}

/** A transport in pino's worker: its events go to the app's main thread, and lines about trouble to stderr. */
export async function openInWorker(options: ResolvedTransportOptions): Promise<TransportStream> {
  let stream: TransportStream | undefined
  const log = new TroubleLog(options.quiet, () => stream?.app ?? '')
  const emit: EmitEvent = (name, detail) => log.note(name, detail, sendToApp(name, detail))
  stream = await TransportStream.open(options, emit)
  stream.once('close', () => log.close())
  return stream
}

/**
 * Sends an event to the app's main thread, by thread-stream's EVENT message. Trouble at run time must not end
 * logging, so it is never an 'error' event.
 * @returns whether the app's thread-stream knows events
 */
export const sendToApp: EmitEvent<boolean> = (name, detail) => {
  const isTold = takesEvents(workerData)
  if (isTold) parentPort?.postMessage({ code: 'EVENT', name, args: [detail] })
  return isTold
}

/**
 * Whether this worker's thread-stream knows EVENT, for which older ones end logging. It came with 2.1, and since
 * 2.2 thread-stream says its version.
 * @param data the worker's `workerData`
 */
function takesEvents(data: unknown): boolean {
  const { $context } =
    (data as { workerData?: { $context?: { threadStreamVersion?: string } } } | null)?.workerData ??
    {}
  return $context?.threadStreamVersion !== undefined
}
