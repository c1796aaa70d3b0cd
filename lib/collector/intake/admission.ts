/**
 * A sender may have this much taken and not committed: twice what a transport ever has in flight. One
 * larger batch is taken alone. Unit: bytes
 */
export const windowBytes = 16 * 1024 * 1024
/** All senders together may have this much. Unit: bytes */
export const totalBytes = 96 * 1024 * 1024
/** This much is left to senders of which nothing waits, as their logs aren't blocked. Unit: bytes */
const reservedBytes = 24 * 1024 * 1024
/**
 * A batch costs memory of its own, about 1 KiB, however small it is: so their number is limited, too. A transport has at
 * most 128 in flight.
 */
export const windowBatches = 4096
/** The most of all senders together. */
export const totalBatches = 64 * 1024
/** So many are left to senders of which nothing waits. */
const reservedBatches = 16 * 1024
/** Any other sender may have this share of what is free, so that many get something. */
const share = 1 / 3

/**
 * Bounds what is taken from senders and not committed yet, as on a disk that is full, where a sender
 * doesn't keep to its window, or where there are very many. What isn't admitted stays unacknowledged, so
 * its sender sends it again.
 */
export class Admission {
  #bytes = 0
  #batches = 0
  /** by sender id, where there is any */
  readonly #bySender = new Map<string, { bytes: number; batches: number }>()

  /**
   * Whether a sender's next records may be taken.
   * @param bytes their size
   * @param pendingBytes what waits to be written, as it will be written: text may be much longer
   */
  admits(senderId: string, bytes: number, pendingBytes = 0): boolean {
    const free = totalBytes - Math.max(this.#bytes, pendingBytes)
    const freeBatches = totalBatches - this.#batches
    const pending = this.#bySender.get(senderId)
    if (!pending) return bytes <= free && freeBatches > 0
    if (pending.batches >= windowBatches || freeBatches <= reservedBatches) return false
    return pending.bytes + bytes <= Math.min(windowBytes, (free - reservedBytes) * share)
  }

  /** A batch was taken. Unit: bytes */
  add(senderId: string, bytes: number): void {
    const pending = this.#bySender.get(senderId)
    if (pending) {
      pending.bytes += bytes
      pending.batches++
    } else this.#bySender.set(senderId, { bytes, batches: 1 })
    this.#bytes += bytes
    this.#batches++
  }

  /** It is committed. Unit: bytes */
  remove(senderId: string, bytes: number): void {
    const pending = this.#bySender.get(senderId)
    if (!pending) return
    this.#bytes -= bytes
    this.#batches--
    pending.bytes -= bytes
    pending.batches--
    if (pending.batches === 0) this.#bySender.delete(senderId)
  }
}
