import { Writable } from 'node:stream'

/** A transport that takes everything and does nothing: what pino's worker costs by itself. */
export default function noopWorker(): Writable {
  return new Writable({
    decodeStrings: false,
    write(_chunk, _encoding, callback) {
      callback()
    }
  })
}
