import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { TransportStream } from './transport-stream.ts'
import { TroubleLog } from './trouble-log.ts'

/**
 * A transport in the app's own thread, `pino(await zmqPub(options))`, which nobody ends as thread-stream ends pino's
 * worker. It doesn't keep the process alive; when there is nothing else to do, the process waits for what is
 * undelivered, and at its exit the rest goes to the spool or is counted.
 */
export async function openInOwnThread(options: ResolvedTransportOptions): Promise<TransportStream> {
  let stream: TransportStream | undefined
  const log = new TroubleLog(options.quiet, () => stream?.app ?? '')
  const emit: EmitEvent = (name, detail) => {
    log.note(name, detail, true)
    // Later, so that a listener that throws disturbs nothing here; at the exit there is no later.
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
