import { parseTransportOptions, type TransportOptions } from './lib/transport/options.ts'
import { isInPinosWorker, openInWorker } from './lib/transport/in-worker.ts'
import { openInOwnThread } from './lib/transport/own-thread.ts'
import type { OwnThreadStream } from './lib/transport/zmq-pub-stream.ts'

export type { CurveOptions, TransportOptions } from './lib/transport/options.ts'
export type { TransportEvents } from './lib/transport/events.ts'
export type { OwnThreadStream, ZmqPubStream } from './lib/transport/zmq-pub-stream.ts'
export { ZmqPubError, type ErrorCode } from './lib/errors.ts'

/**
 * What `pino.transport({ target: 'zmq-pub', options })` loads in its worker thread.
 *
 *   main thread │ pino's worker thread
 *   pino ───────┼─▶ TransportStream ─▶ SendQueue = Batcher + in flight + Spool
 *               │                          ▲ next(), ack()
 *               │                       Sender ◀─ Connection ─▶ Publisher (XPUB) ─▶ collector
 *
 * Without a worker, `pino(await zmqPub(options))` logs from the app's own thread: see lib/transport/own-thread.ts.
 *
 * @param options what is not given may be an environment variable, such as `ZMQ_PUB_ADDRESS`
 * @returns the stream that pino writes into
 * @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_KEY, ERR_ZMQ_PUB_ADDRESS
 */
export default async function transport(options?: TransportOptions): Promise<OwnThreadStream> {
  const resolved = parseTransportOptions(options, undefined, process.env)
  return isInPinosWorker() ? openInWorker(resolved) : openInOwnThread(resolved)
}
