import type { Batch, Payload } from '../../lib/transport/sender/batch.ts'

/** A batch with this payload. @param first sequence number of the first record */
export function toBatch(first: number, count: number, payload: Payload): Batch {
  return { first, count, payload, bytes: Buffer.byteLength(payload) }
}
