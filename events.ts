/**
 * What an app's main thread may import, as it loads no zeromq: listening to a transport by its logger, and types.
 *
 *     import { onZmqPubEvent } from 'zmq-pub/events'
 */
import type { TransportOptions } from './lib/transport/options.ts'

export { onZmqPubEvent } from './lib/transport/on-event.ts'
export { ZmqPubError, type ErrorCode } from './lib/errors.ts'
export type { TransportEvents } from './lib/transport/events.ts'
export type { CurveOptions, TransportOptions } from './lib/transport/options.ts'
export type { OwnThreadStream, ZmqPubStream } from './lib/transport/zmq-pub-stream.ts'

/**
 * The target of `pino.transport()`, or pino's option `transport`, with options that the compiler checks; pino takes any.
 *
 *     pino({ transport: zmqPubTarget({ address: 'tcp://logs:5558' }) })
 */
export function zmqPubTarget(options: TransportOptions = {}): {
  target: 'zmq-pub'
  options: TransportOptions
} {
  return { target: 'zmq-pub', options }
}
