import type { Writable } from 'node:stream'
import type { TransportEvents } from './events.ts'

/** What the listeners of each event get: of the transport, and of the stream itself. */
interface Details extends TransportEvents {
  ready: undefined
  drain: undefined
  finish: undefined
  close: undefined
  error: Error
}

/**
 * A transport's stream, whose events the compiler knows. What `pino.transport()` returns can be given this type:
 * `const stream: ZmqPubStream = pino.transport({ target: 'zmq-pub' })`.
 */
export interface ZmqPubStream {
  write(lines: string): boolean
  /** Delivers what it can, at most for `closeTimeoutMs`, and closes. */
  end(): void
  /** Calls back when everything is delivered, at the latest after `closeTimeoutMs`. */
  flush(callback: (error?: Error) => void): void
  on<Name extends keyof Details>(name: Name, listener: (detail: Details[Name]) => void): this
  once<Name extends keyof Details>(name: Name, listener: (detail: Details[Name]) => void): this
  off<Name extends keyof Details>(name: Name, listener: (detail: Details[Name]) => void): this
}

/** The same in the app's own thread, where it is a Writable of Node.js. */
export interface OwnThreadStream extends ZmqPubStream, Omit<Writable, keyof ZmqPubStream> {}
