import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { ReadPace } from './read-pace.ts'
import { TransportStream } from './transport-stream.ts'
import { TroubleLog } from './trouble-log.ts'

/** Whether this thread is one of thread-stream, whose `workerData` has the memory that it shares with the app. */
export function isInPinosWorker(): boolean {
  const { dataBuf } = (workerData ?? {}) as { dataBuf?: unknown }
  return !isMainThread && dataBuf instanceof SharedArrayBuffer
}

/** What a worker of thread-stream gets, and pino's own module in it, which opens the transports of `targets` and `pipeline`. */
interface PinosWorkerData {
  /** the memory that thread-stream fills from its beginning to its end, and then again */
  dataBuf?: unknown
  /** its positions in that memory, among other numbers of 4 bytes */
  stateBuf?: unknown
  /** the module that the worker has loaded. Unit: URL */
  filename?: string
  workerData?: {
    targets?: { level?: unknown; options?: unknown }[]
    pipelines?: unknown[]
    $context?: { threadStreamVersion?: string }
  }
}

/**
 * Whether thread-stream itself writes into a transport of this worker, and not a module between them: pino's with
 * several targets, or one that somebody wrote.
 * @param moduleUrl the module that pino loads for `target: 'zmq-pub'`
 * @param options what this module was given
 * @param data the worker's `workerData`
 */
export function isWrittenDirectly(
  moduleUrl: string,
  options: unknown,
  data: unknown = workerData
): boolean {
  const { filename, workerData: given } = (data ?? {}) as PinosWorkerData
  if (filename === moduleUrl) return true
  const { targets = [], pipelines = [] } = given ?? {}
  const [only] = targets
  // pino's module returns the stream of an only target as it is, where it need not look at levels.
  const isOnly = targets.length === 1 && pipelines.length === 0
  return isOnly && only?.options === options && only?.level === undefined
}

/** Where thread-stream has its two positions: how far it has written, and how far its worker has read. */
const positions = [4, 8]

/**
 * How much more an app can log before thread-stream waits until its worker has read all.
 * @param data the worker's `workerData`
 * @returns 0 where that is not known. Unit: bytes
 */
export function findRoom(data: unknown): number {
  const { dataBuf, stateBuf } = (data ?? {}) as PinosWorkerData
  if (!(dataBuf instanceof SharedArrayBuffer) || !(stateBuf instanceof SharedArrayBuffer)) return 0
  const state = new Int32Array(stateBuf)
  return (
    dataBuf.byteLength - Math.max(...positions.map(index => state[index] ?? dataBuf.byteLength))
  )
}

/**
 * A transport in pino's worker: its events go to the app's main thread, and lines about trouble to stderr.
 * @param isDirect see `isWrittenDirectly`
 */
export async function openInWorker(
  options: ResolvedTransportOptions,
  isDirect: boolean
): Promise<TransportStream> {
  let stream: TransportStream | undefined
  const log = new TroubleLog(options.quiet, () => stream?.app ?? '')
  const emit: EmitEvent = (name, detail) => log.note(name, detail, sendToApp(name, detail))
  const pace = isDirect ? new ReadPace(options.batchMs, () => findRoom(workerData)) : undefined
  stream = await TransportStream.open(options, emit, pace)
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
  return (data as PinosWorkerData | null)?.workerData?.$context?.threadStreamVersion !== undefined
}
