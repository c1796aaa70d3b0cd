import type { Batch } from '../../lib/batcher.ts'
import type { Payload } from '../../lib/payload.ts'

export function toBatch(first: number, count: number, payload: Payload): Batch {
  return { first, count, payload, bytes: Buffer.byteLength(payload) }
}
