/** Parts of a payload, in their order; those that touch are one. */
export class ByteRanges {
  readonly #bounds: number[] = []
  #bytes = 0
  count = 0

  add(start: number, end: number): void {
    this.count++
    this.#bytes += end - start
    if (this.#bounds.at(-1) === start) this.#bounds[this.#bounds.length - 1] = end
    else this.#bounds.push(start, end)
  }

  cutFrom(payload: Buffer): Buffer {
    const bounds = this.#bounds
    if (bounds.length === 2) return payload.subarray(bounds[0], bounds[1])
    const cut = Buffer.allocUnsafe(this.#bytes)
    let at = 0
    for (let part = 0; part < bounds.length; part += 2) {
      at += payload.copy(cut, at, bounds[part], bounds[part + 1])
    }
    return cut
  }
}
