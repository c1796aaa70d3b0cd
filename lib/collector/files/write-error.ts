import { toMessage, ZmqPubError } from '../../errors.ts'

export const pathAdvice = 'give another path: --file, or file of an output'

/** A path below which nothing can be written. */
export function toWriteError(path: string, error: unknown): ZmqPubError {
  return new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `cannot write ${path}: ${toMessage(error)}; make it writable, or ${pathAdvice}`,
    { cause: error }
  )
}
