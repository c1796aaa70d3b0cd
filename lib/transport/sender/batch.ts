/**
 * Records as the transport holds them: the text that pino wrote, or bytes.
 *
 * pino's worker gets text, and zeromq copies text as fast as bytes, so on their way records stay the
 * text that they are. What waits for long is kept as bytes, which don't lie on the JavaScript heap
 * and keep no longer text alive.
 */
export type Payload = string | Buffer

/** @returns the same memory where they are bytes already */
export function toBytes(payload: Payload): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload
}

/** Joins parts; what is text in all of them stays text. */
export function joinPayload(parts: readonly Payload[]): Payload {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  return parts.every(part => typeof part === 'string')
    ? parts.join('')
    : Buffer.concat(parts.map(toBytes))
}

/** Whole NDJSON records with consecutive sequence numbers. */
export interface Batch {
  /** sequence number of the first record */
  readonly first: number
  /** records, at least 1 */
  readonly count: number
  /** the records, each ended by a newline; never changed once the batch exists */
  readonly payload: Payload
  /** size of the payload. Unit: bytes */
  readonly bytes: number
}

/** Consecutive records. */
export interface RecordRange {
  first: number
  count: number
}
