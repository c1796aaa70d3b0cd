import { Writable } from 'node:stream'
import { ZmqPubError } from '../errors.ts'
import { isObject } from '../util/object.ts'
import { suggestName } from '../util/suggest.ts'
import { eventNames, type TransportEvents } from './events.ts'

/** What can be listened to: thread-stream, or a transport in the app's own thread. */
interface EventSource {
  on: (name: string, listener: (detail: never) => void) => unknown
  off: (name: string, listener: (detail: never) => void) => unknown
}

/**
 * Listens to an event of the transports that a logger writes to. Frameworks that make the logger themselves, with
 * `transport: { target: 'zmq-pub' }`, never show its stream. Loads no zeromq.
 *
 *     onZmqPubEvent(app.log, 'dropped', ({ records, why }) => metrics.add(records))
 *
 * @param logger a pino logger or a child of one: with one transport, with `targets`, or with `pino.multistream`
 * @returns a function that ends the listening
 * @throws ERR_ZMQ_PUB_OPTION where the logger is none of pino's or has no transport, or no event has this name
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

/** The transports' streams of a logger, whatever other streams it has. */
function findSources(logger: object): EventSource[] {
  const stream = findStream(logger)
  const streams =
    isObject(stream) && Array.isArray(stream['streams'])
      ? stream['streams'].map((entry: unknown) => (isObject(entry) ? entry['stream'] : undefined))
      : [stream]
  return streams.filter(isEventSource)
}

/** pino keeps a logger's stream under a symbol, which children inherit. The app may have another copy of pino than we. */
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

/** A file's stream, sonic-boom, has events, too, but never one of these. */
function isEventSource(stream: unknown): stream is EventSource {
  return stream instanceof Writable || (isObject(stream) && 'worker' in stream)
}
