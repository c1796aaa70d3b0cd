/** Text is at most this much longer than its records, or the thread takes other memory. Unit: bytes */
const minRoom = 64 * 1024

/** Most pieces that logs have at a time; where they keep more, their disk is slow, and they get copies, which are smaller. */
const maxLent = 32
/** All that is lent may come back at once. */
const maxSpares = maxLent + 16

/** Memory that is used again and again. What is left to the garbage collector makes it run all the time. */
export class SpareMemory {
  readonly #spares: SharedArrayBuffer[] = []
  #lent = 0

  /** Memory for records and their text. @param length size of the records. Unit: bytes */
  take(length: number): SharedArrayBuffer {
    const wanted = 2 * length + minRoom
    const spare = this.#spares.pop()
    return spare && spare.byteLength >= wanted && spare.byteLength <= 2 * wanted
      ? spare
      : new SharedArrayBuffer(wanted)
  }

  /** @returns a part of the memory, and what to call when that isn't used any more */
  lend(memory: SharedArrayBuffer, start: number, end: number): [part: Buffer, release: () => void] {
    const part = Buffer.from(memory, start, end - start)
    if (this.#lent >= maxLent) {
      const copy = Buffer.from(part)
      this.#keep(memory)
      return [copy, noop]
    }
    this.#lent++
    const release = (): void => {
      this.#lent--
      this.#keep(memory)
    }
    return [part, release]
  }

  #keep(memory: SharedArrayBuffer): void {
    if (this.#spares.length < maxSpares) this.#spares.push(memory)
  }
}

function noop(): void {}
