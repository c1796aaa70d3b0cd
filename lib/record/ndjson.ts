/** @param count at most the number of records @returns the rest of the payload, in the same memory */
export function skipRecords(payload: Buffer, count: number): Buffer {
  let start = 0
  for (let skipped = 0; skipped < count; skipped++) start = payload.indexOf('\n', start) + 1
  return payload.subarray(start)
}
