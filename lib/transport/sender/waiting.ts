/** Where fewer records than this come in `batchMs`, they wait longer: a batch would have very few. */
export const fewRecords = 5
/**
 * Where this much comes in `batchMs`, records wait longer, too: their app logs much, and each batch that is saved is a
 * wake-up on four threads. Unit: bytes
 */
export const largeBytes = 16 * 1024

const longFactor = 4
const maxLongMs = 100

/** How long a record waits for others at most where few come, or much comes. Unit: ms */
export function toLongMs(batchMs: number): number {
  return Math.max(batchMs, Math.min(longFactor * batchMs, maxLongMs))
}
