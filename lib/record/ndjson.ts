const newline = 0x0a

/**
 * Whether a payload is exactly `count` records, each ended by a newline. Costs a look at each record.
 * @param count what the sender says: any number
 */
export function hasRecords(payload: Buffer, count: number): boolean {
  let records = 0
  for (let end = 0; end < payload.length; records++) {
    end = payload.indexOf(newline, end) + 1
    if (end === 0 || records === count) return false
  }
  return records === count
}

/** @param count how many records to leave out @returns the rest of the payload, in the same memory */
export function skipRecords(payload: Buffer, count: number): Buffer {
  if (count <= 0) return payload
  let start = 0
  for (let skipped = 0; skipped < count && start < payload.length; skipped++) {
    start = payload.indexOf(newline, start) + 1
    if (start === 0) return payload.subarray(payload.length)
  }
  return payload.subarray(start)
}
