/**
 * The highest sequence number of a record. The number after it is still exact as a JavaScript number, so
 * that what follows a sender's last record has a number, too.
 */
export const maxSeq = Number.MAX_SAFE_INTEGER - 1

/** Whether a value is the sequence number of a record: 1 to `maxSeq`. */
export function isSeq(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maxSeq
}

/** Whether a value is the sequence number of a record, or the one after a sender's last. */
export function isNextSeq(value: unknown): value is number {
  return isSeq(value) || value === maxSeq + 1
}
