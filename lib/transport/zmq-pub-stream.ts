import type { Writable } from 'node:stream'
import type { TransportEvents } from './events.ts'

/** The argument of the listeners of each event: the transport's events, and those of the stream itself. */
interface Details extends TransportEvents {
  ready: undefined
  drain: undefined
  finish: undefined
  close: undefined
  error: Error
}

/**
 * The stream of a transport, with typed events. Give this type to the stream that `pino.transport()` returns:
 *
 *     const stream: ZmqPubStream = pino.transport({ target: 'zmq-pub' })
 *     stream.on('dropped', ({ records }) => console.error(records))
 *
 * An `'error'` event is emitted only at the start, with an ERR_ZMQ_PUB_… code at the beginning of its message: for
 * example if an option is not valid. Trouble at run time is one of the {@link TransportEvents}.
 */
export interface ZmqPubStream {
  /** Takes complete lines, each ending with a newline. @returns false if the caller should wait for 'drain' */
  write(lines: string): boolean
  /** Waits for acks, at most for `closeTimeoutMs`, and closes. Undelivered records go to the spool, or are lost. */
  end(): void
  /** Calls back when every record is acknowledged, at the latest after `closeTimeoutMs`. */
  flush(callback: (error?: Error) => void): void
  /** Adds a listener. */
  on<Name extends keyof Details>(name: Name, listener: (detail: Details[Name]) => void): this
  /** Adds a listener that is called once. */
  once<Name extends keyof Details>(name: Name, listener: (detail: Details[Name]) => void): this
  /** Removes a listener. */
  off<Name extends keyof Details>(name: Name, listener: (detail: Details[Name]) => void): this
}

/**
 * The stream of a transport in the app's own thread, as `await zmqPub(options)` returns it: a `Writable` of Node.js
 * with typed events.
 */
export interface OwnThreadStream extends ZmqPubStream, Omit<Writable, keyof ZmqPubStream> {}
