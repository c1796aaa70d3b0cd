import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ZmqPubError, toMessage } from './errors.ts'
import { Lock } from './lock.ts'

const giveAnother = 'give another path: --file, or file of an output'

/** @param path of the log's journal @throws ERR_ZMQ_PUB_FILE where another collector has it, or it can't be written */
export function acquireLogLock(path: string): Lock {
  let lock: Lock | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    lock = Lock.acquire(`${path}.lock`)
  } catch (error) {
    throw unwritable(path, error)
  }
  if (lock) return lock
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `another collector writes this log: it holds ${path}.lock; stop it, or ${giveAnother}`
  )
}

/** A path below which nothing can be written. */
export function unwritable(path: string, error: unknown): ZmqPubError {
  return new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `cannot write ${path}: ${toMessage(error)}; make it writable, or ${giveAnother}`,
    { cause: error }
  )
}
