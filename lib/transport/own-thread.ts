import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { TransportStream } from './transport-stream.ts'
import { TroubleLog } from './trouble-log.ts'

/**
 * Opens a transport in the app's own thread: `pino(await zmqPub(options))`. It does not keep the process alive. When the
 * app has nothing else to do, the process waits for undelivered records, and at its exit the rest goes to the spool or is
 * counted. In pino's worker thread-stream does this.
 */
export async function openInOwnThread(options: ResolvedTransportOptions): Promise<TransportStream> {
  let stream: TransportStream | undefined
  const log = new TroubleLog(options.quiet, () => stream?.app ?? '')
  const emit: EmitEvent = (name, detail) => {
    log.note(name, detail, true)
    // Later, so that a listener that throws does not affect the transport; at the exit there is no later.
    if (isExiting) stream?.emit(name, detail)
    else setImmediate(() => stream?.emit(name, detail)).unref()
  }
  stream = await TransportStream.open(options, emit)
  add(stream, log)
  return stream
}

const logs = new Map<TransportStream, TroubleLog>()
let isExiting = false

function add(stream: TransportStream, log: TroubleLog): void {
  if (logs.size === 0) {
    process.on('beforeExit', settleAll)
    process.on('exit', closeAll)
  }
  logs.set(stream, log)
  stream.once('close', () => {
    log.close()
    logs.delete(stream)
    if (logs.size > 0) return
    process.off('beforeExit', settleAll)
    process.off('exit', closeAll)
  })
}

function settleAll(): void {
  for (const stream of logs.keys()) stream.settle()
}

function closeAll(): void {
  isExiting = true
  for (const [stream, log] of logs) {
    stream.closeNow()
    log.close()
  }
}
