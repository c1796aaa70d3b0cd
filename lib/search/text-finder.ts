/**
 * Finds a text in bytes with SIMD instructions of WebAssembly (text-finder.wat), which is about ten times as fast as
 * `Buffer.indexOf`. It looks for the two bytes of the text that are rarest in the log, 64 places at a time.
 *
 * WebAssembly only sees its own memory. So files are read into that memory where possible (`room`); other chunks are
 * copied there.
 */
import { readFileSync } from 'node:fs'

/** A text to find. */
export interface WantedText {
  bytes: Buffer
  /** offsets in it of the bytes that are rarest in the log, where that is known */
  rare: readonly [number, number] | undefined
}

interface Exports {
  memory: { buffer: ArrayBuffer }
  find: (...numbers: number[]) => number
  findLines: (...numbers: number[]) => number
}

/** Not in TypeScript's libraries for programs without a browser. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: unknown }
}

/** What is where in the memory, which has 22 pages of 64 KiB. Unit: bytes */
const textAt = 0
const linesAt = 8 * 1024
const roomAt = 64 * 1024
const roomBytes = 20 * 64 * 1024
/** A longer text is found without WebAssembly. Unit: bytes */
const maxTextBytes = 4096
/** Lines that are found in one call. */
const maxLines = 4096
/** How much of a log says which bytes are rare. Unit: bytes */
const sampleBytes = 8 * 1024

/** There is one for each thread. */
export class TextFinder {
  static #instance: TextFinder | undefined
  static #isTried = false
  /** a part of the memory, for those who read files; what is in it is valid until somebody else reads */
  readonly room: Buffer
  readonly #exports: Exports
  readonly #bytes: Uint8Array
  readonly #lines: Int32Array
  /** the chunk that is in the memory, and where it is */
  #chunk: Buffer | undefined
  #start = 0
  /** the text that is in the memory */
  #text: WantedText | undefined

  private constructor(exports: Exports) {
    const { buffer } = exports.memory
    this.#exports = exports
    this.#bytes = new Uint8Array(buffer)
    this.#lines = new Int32Array(buffer, linesAt, 2 * maxLines)
    this.room = Buffer.from(buffer, roomAt, roomBytes)
  }

  /** @returns undefined where this processor or this start of Node.js has no WebAssembly with SIMD: `Buffer.indexOf` is used then */
  static get(): TextFinder | undefined {
    if (!this.#isTried) this.#instance = this.#create()
    this.#isTried = true
    return this.#instance
  }

  static #create(): TextFinder | undefined {
    try {
      const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi }
      const module = new WebAssembly.Module(
        readFileSync(new URL('text-finder.wasm', import.meta.url))
      )
      return new TextFinder(new WebAssembly.Instance(module).exports as Exports)
    } catch {
      return undefined
    }
  }

  /** Brings a chunk into the memory. @returns whether it fits in */
  load(chunk: Buffer): boolean {
    this.#chunk = undefined
    if (chunk.buffer === this.#bytes.buffer) {
      this.#start = chunk.byteOffset
    } else {
      if (chunk.length > roomBytes) return false
      this.#bytes.set(chunk, roomAt)
      this.#start = roomAt
    }
    this.#chunk = chunk
    return true
  }

  /** @returns whether a text can be found in a chunk */
  canFind({ bytes }: WantedText, chunk: Buffer): boolean {
    return chunk === this.#chunk && bytes.length > 0 && bytes.length <= maxTextBytes
  }

  /** @param from an offset in the chunk @returns the offset of the text; -1 = nowhere */
  find(text: WantedText, from: number): number {
    const place = this.#exports.find(...this.#prepare(text, from))
    return place < 0 ? -1 : place - this.#start
  }

  /**
   * Finds lines with a text that has no newline.
   * @param from an offset in the chunk, the start of a line @param found gets the start and the end of each line
   * @param max no more numbers than this are in `found` afterwards
   */
  findLines(text: WantedText, from: number, found: number[], max: number): void {
    const start = this.#start
    for (let at = from; found.length < max;) {
      const wanted = Math.min(maxLines, (max - found.length) / 2)
      const count = this.#exports.findLines(...this.#prepare(text, at), linesAt, wanted)
      for (let index = 0; index < 2 * count; index++) {
        found.push((this.#lines[index] as number) - start)
      }
      if (count < wanted) return
      at = found.at(-1) as number
    }
  }

  /** The arguments that both functions have. */
  #prepare(text: WantedText, from: number): [number, number, number, number, number, number] {
    const { length } = text.bytes
    if (this.#text !== text) {
      this.#bytes.set(text.bytes, textAt)
      this.#text = text
    }
    const start = this.#start
    const end = start + (this.#chunk?.length ?? 0)
    text.rare ??= findRare(
      text.bytes,
      this.#bytes.subarray(start, Math.min(end, start + sampleBytes))
    )
    return [start + from, end, textAt, length, ...text.rare]
  }
}

/** The offsets of the two bytes of a text that are rarest in a sample. */
function findRare(text: Buffer, sample: Uint8Array): [number, number] {
  const counts = new Uint32Array(256)
  for (const byte of sample) counts[byte] = (counts[byte] as number) + 1
  const offsets = Array.from(text.keys())
  const countAt = (offset: number): number => counts[text[offset] as number] as number
  const [first = 0, second = first] = offsets.toSorted((a, b) => countAt(a) - countAt(b))
  return [first, second]
}
