/**
 * For the app's main thread: functions and types that do not load zeromq.
 *
 *     import { onZmqPubEvent, zmqPubTarget, type ZmqPubStream } from 'zmq-pub/events'
 */
import type { TransportOptions } from './lib/transport/options.ts'

export { onZmqPubEvent } from './lib/transport/on-event.ts'
export { ZmqPubError, type ErrorCode } from './lib/errors.ts'
export type { TransportEvents } from './lib/transport/events.ts'
export type { CurveOptions, TransportOptions } from './lib/transport/options.ts'
export type { OwnThreadStream, ZmqPubStream } from './lib/transport/zmq-pub-stream.ts'

/**
 * Makes the argument of `pino.transport()`, or the value of pino's option `transport`. The compiler checks its options,
 * while pino's types accept any.
 *
 *     pino({ transport: zmqPubTarget({ address: 'tcp://logs:5558' }) })
 *
 * @param options checked by the transport when it starts
 */
export function zmqPubTarget(options: TransportOptions = {}): {
  target: 'zmq-pub'
  options: TransportOptions
} {
  return { target: 'zmq-pub', options }
}
