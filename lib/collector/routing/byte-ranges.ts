/** Byte ranges of a payload, in ascending order; adjacent ranges are merged. */
export class ByteRanges {
  readonly #bounds: number[] = []
  #bytes = 0
  /** number of ranges added, before merging */
  count = 0

  /** Unit: bytes; `end` is exclusive. Ranges must not overlap. */
  add(start: number, end: number): void {
    this.count++
    this.#bytes += end - start
    if (this.#bounds.at(-1) === start) this.#bounds[this.#bounds.length - 1] = end
    else this.#bounds.push(start, end)
  }

  /**
   * The bytes of all ranges: a view of the payload where they are one range and at least half of it, else
   * a copy. One record that waits for a stuck log must not keep a whole batch in memory.
   */
  cutFrom(payload: Buffer): Buffer {
    const bounds = this.#bounds
    const isView = bounds.length === 2 && this.#bytes * 2 >= payload.length
    if (isView) return payload.subarray(bounds[0], bounds[1])
    const cut = Buffer.allocUnsafe(this.#bytes)
    let offset = 0
    for (let part = 0; part < bounds.length; part += 2) {
      offset += payload.copy(cut, offset, bounds[part], bounds[part + 1])
    }
    return cut
  }
}
