import { hideWholeKeys } from './util/hide-keys.ts'

/** All codes of a {@link ZmqPubError}. docs/errors.md explains each of them. */
export const errorCodes = [
  'ERR_ZMQ_PUB_OPTION',
  'ERR_ZMQ_PUB_ADDRESS',
  'ERR_ZMQ_PUB_CONFIG',
  'ERR_ZMQ_PUB_FILE',
  'ERR_ZMQ_PUB_FRAME',
  'ERR_ZMQ_PUB_KEY',
  'ERR_ZMQ_PUB_ENGINE',
  'ERR_ZMQ_PUB_ZEROMQ'
] as const

/**
 * The `code` of a {@link ZmqPubError}:
 * - `ERR_ZMQ_PUB_OPTION`: an option, a flag or an environment variable is unknown, or its value is not valid
 * - `ERR_ZMQ_PUB_ADDRESS`: an address cannot be bound or connected to
 * - `ERR_ZMQ_PUB_CONFIG`: the collector's configuration file cannot be read, or is not valid
 * - `ERR_ZMQ_PUB_FILE`: the collector cannot write its log, or another collector writes it
 * - `ERR_ZMQ_PUB_FRAME`: a message that the collector received is not valid; it is only logged
 * - `ERR_ZMQ_PUB_KEY`: a key or a key file cannot be used
 * - `ERR_ZMQ_PUB_ENGINE`: the engine of a gateway or a writer, NATS JetStream, cannot be used
 * - `ERR_ZMQ_PUB_ZEROMQ`: the package zeromq or its binary cannot be loaded on this machine
 */
export type ErrorCode = (typeof errorCodes)[number]

/**
 * The only error class of zmq-pub. Its message begins with the code, because pino's worker passes only the message of
 * an error to the app. The message never contains a key.
 *
 *     transport.on('error', error => {
 *       if (error.message.startsWith('ERR_ZMQ_PUB_OPTION')) process.exit(2)
 *     })
 */
export class ZmqPubError extends Error {
  override readonly name = 'ZmqPubError'
  /** What kind of error it is. */
  readonly code: ErrorCode

  /** @param detail what was expected, what was given, and what to do */
  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${hideWholeKeys(detail)}`, options)
    this.code = code
  }
}

/** The message of a thrown value, which may not be an Error. */
export function toMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
