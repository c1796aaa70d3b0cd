import { Writable } from 'node:stream'
import { ZmqPubError } from '../errors.ts'
import { isObject } from '../util/object.ts'
import { suggestName } from '../util/suggest.ts'
import { eventNames, type TransportEvents } from './events.ts'

/** A stream that emits events: thread-stream, or a transport in the app's own thread. */
interface EventSource {
  on: (name: string, listener: (detail: never) => void) => unknown
  off: (name: string, listener: (detail: never) => void) => unknown
}

/**
 * Listens to an event of the transports of a logger. Use it when a framework creates the logger from
 * `transport: { target: 'zmq-pub' }` and does not give access to its stream. It does not load zeromq.
 *
 *     const stop = onZmqPubEvent(app.log, 'dropped', ({ records }) => metrics.add(records))
 *
 * @param logger a pino logger, or a child of one. It may write to one transport, to several (`targets`), or to a
 *   `pino.multistream`
 * @param name the name of the event
 * @param listener called with the fields of each event: see {@link TransportEvents}
 * @returns a function that removes the listener
 * @throws ERR_ZMQ_PUB_OPTION if `logger` is not a pino logger, if it has no transport, or if the event is unknown
 */
export function onZmqPubEvent<Name extends keyof TransportEvents>(
  logger: object,
  name: Name,
  listener: (detail: TransportEvents[Name]) => void
): () => void {
  if (!eventNames.includes(name)) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `the event must be one of ${eventNames.join(', ')}, got ${JSON.stringify(name)}${suggestName(name, eventNames)}`
    )
  }
  const sources = findSources(logger)
  if (sources.length === 0) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      "the logger must be one of pino that writes to a transport, got one without: give it `transport: { target: 'zmq-pub' }`"
    )
  }
  for (const source of sources) source.on(name, listener)
  return () => {
    for (const source of sources) source.off(name, listener)
  }
}

/** The streams of a logger's transports, without its other streams. */
function findSources(logger: object): EventSource[] {
  const stream = findStream(logger)
  const streams =
    isObject(stream) && Array.isArray(stream['streams'])
      ? stream['streams'].map((entry: unknown) => (isObject(entry) ? entry['stream'] : undefined))
      : [stream]
  return streams.filter(isEventSource)
}

/** pino keeps a logger's stream under a symbol, which children inherit. The app may use another copy of pino than zmq-pub. */
function findStream(logger: object): unknown {
  for (
    let owner: object | null = logger;
    owner !== null;
    owner = Object.getPrototypeOf(owner) as object | null
  ) {
    const symbol = Object.getOwnPropertySymbols(owner).find(
      ({ description }) => description === 'pino.stream'
    )
    if (symbol) return (owner as Record<symbol, unknown>)[symbol]
  }
  return undefined
}

/** sonic-boom, the stream of a file, has events, too, but none of these. */
function isEventSource(stream: unknown): stream is EventSource {
  return stream instanceof Writable || (isObject(stream) && 'worker' in stream)
}
