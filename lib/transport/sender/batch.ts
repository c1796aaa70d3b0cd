/**
 * Records as the transport holds them: the text that pino wrote, or bytes.
 *
 * pino's worker gets text, and zeromq copies text as fast as bytes, so records stay text. Batches that
 * wait for long are converted to bytes, which are outside of the JavaScript heap, and don't keep a
 * longer text alive.
 */
export type Payload = string | Buffer

/** The payload as UTF-8. @returns the same memory where it is bytes already */
export function toBytes(payload: Payload): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload
}

/** Joins parts: to text where all are text, else to bytes. */
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
  /** sequence number of the first record */
  first: number
  count: number
}
