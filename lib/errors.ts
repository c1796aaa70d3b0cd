import { hideWholeKeys } from './util/hide-keys.ts'

/** Every code that a {@link ZmqPubError} can carry; docs/errors.md explains each one. */
export const errorCodes = [
  'ERR_ZMQ_PUB_OPTION',
  'ERR_ZMQ_PUB_ADDRESS',
  'ERR_ZMQ_PUB_CONFIG',
  'ERR_ZMQ_PUB_FILE',
  'ERR_ZMQ_PUB_FRAME',
  'ERR_ZMQ_PUB_KEY'
] as const

/** One of `errorCodes`. */
export type ErrorCode = (typeof errorCodes)[number]

/**
 * The only error class of zmq-pub. The message begins with the code, because pino's worker passes only
 * the message of an error to the app. What looks like a key isn't in it, wherever somebody has put one.
 */
export class ZmqPubError extends Error {
  override readonly name = 'ZmqPubError'
  readonly code: ErrorCode

  /** @param detail what was expected, what was given, what to do */
  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${hideWholeKeys(detail)}`, options)
    this.code = code
  }
}

/** The message of anything that was thrown. */
export function toMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
