import { parseTransportOptions, type TransportOptions } from './lib/transport/options.ts'
import { isInPinosWorker, isWrittenDirectly, openInWorker } from './lib/transport/in-worker.ts'
import { openInOwnThread } from './lib/transport/own-thread.ts'
import type { OwnThreadStream } from './lib/transport/zmq-pub-stream.ts'

export type { CurveOptions, TransportOptions } from './lib/transport/options.ts'
export type { TransportEvents } from './lib/transport/events.ts'
export type { OwnThreadStream, ZmqPubStream } from './lib/transport/zmq-pub-stream.ts'
export { ZmqPubError, type ErrorCode } from './lib/errors.ts'

/**
 * Opens a transport. pino calls it in its worker thread for `pino.transport({ target: 'zmq-pub', options })`:
 *
 *     main thread │ pino's worker thread
 *     pino ───────┼─▶ TransportStream ─▶ SendQueue = Batcher + in flight + Spool
 *                 │                          ▲ next(), ack()
 *                 │                       Sender ◀─ Connection ─▶ Publisher (XPUB) ─▶ collector
 *
 * An app can also call it itself, and log from its own thread, without a worker: see lib/transport/own-thread.ts.
 *
 *     const logger = pino(await zmqPub({ address: 'tcp://logs:5558' }))
 *
 * @param options see {@link TransportOptions}. For an option that is not given, its environment variable is used, such
 *   as `ZMQ_PUB_ADDRESS`
 * @returns the stream that pino writes to
 * @throws ERR_ZMQ_PUB_OPTION if an option is not valid, ERR_ZMQ_PUB_KEY if a key cannot be used, ERR_ZMQ_PUB_ADDRESS if
 *   an address cannot be used, ERR_ZMQ_PUB_ZEROMQ if zeromq cannot be loaded. It rejects; it never throws immediately
 */
export default async function transport(options?: TransportOptions): Promise<OwnThreadStream> {
  const resolved = parseTransportOptions(options, undefined, process.env)
  if (!isInPinosWorker()) return openInOwnThread(resolved)
  return openInWorker(resolved, isWrittenDirectly(import.meta.url, options))
}
