import { toMessage, ZmqPubError } from '../../errors.ts'

/** What a message advises where a log's path can't be used. */
export const pathAdvice = 'choose another path (--file, or the file of an output)'

/**
 * The error for a file or folder that can't be written.
 * @param error the cause, kept as such
 * @param advice what to do
 * @returns an error with the code ERR_ZMQ_PUB_FILE, the path, the cause's message and what to do
 */
export function toWriteError(
  path: string,
  error: unknown,
  advice = `make it writable, or ${pathAdvice}`
): ZmqPubError {
  return new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `cannot write ${path}: ${toMessage(error)}; ${advice}`,
    { cause: error }
  )
}
