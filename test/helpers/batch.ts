import type { Batch, Payload } from '../../lib/transport/sender/batch.ts'

export function toBatch(first: number, count: number, payload: Payload): Batch {
  return { first, count, payload, bytes: Buffer.byteLength(payload) }
}
