import { SummaryBuilder } from './block-summary.ts'
import type { Block, BlockIndex } from './block-index.ts'
import type { Piece } from './block-reader.ts'
import { LineFacts, type FactSettings } from './line-facts.ts'

const newline = 0x0a

/** Makes the index of a file whose blocks are read in their order. */
export class BlockList {
  readonly #settings: FactSettings
  readonly #facts: LineFacts
  readonly #summary = new SummaryBuilder()
  readonly #blocks: Block[] = []
  #offset = 0
  #length = 0
  #bytes = 0

  constructor(settings: FactSettings) {
    this.#settings = settings
    this.#facts = new LineFacts(settings)
  }

  /** The index of what was added. */
  get index(): BlockIndex {
    const { dependsOnZone } = this.#facts
    const timezone = dependsOnZone ? this.#settings.timezone : ''
    return { settings: { ...this.#settings, timezone }, blocks: this.#blocks }
  }

  /** @param storedBytes what the piece takes in the file */
  add({ bytes, endsBlock }: Piece, storedBytes: number): void {
    const isFirst = this.#bytes === 0
    this.#length += storedBytes
    this.#bytes += bytes.length
    this.#readLines(bytes, isFirst, endsBlock)
    if (endsBlock) this.#endBlock()
  }

  #endBlock(): void {
    const { lines, timesMs, levels } = this.#summary.take()
    const [offset, length, bytes] = [this.#offset, this.#length, this.#bytes]
    this.#blocks.push({ offset, length, bytes, lines, timesMs, levels })
    this.#offset += length
    this.#length = 0
    this.#bytes = 0
  }

  /**
   * Counts the lines that end in a piece. All lines of a block of several pieces are of one entry: what its first line
   * says holds for all. @param isFirst whether the piece begins a block @param isLast whether it ends one
   */
  #readLines(bytes: Buffer, isFirst: boolean, isLast: boolean): void {
    const facts = this.#facts
    if (isFirst) facts.begin()
    let start = 0
    while (start < bytes.length) {
      const found = bytes.indexOf(newline, start)
      const end = found === -1 ? bytes.length : found
      if (isFirst) facts.read(bytes, start, end)
      if (found === -1 && !isLast) return
      this.#summary.add(facts)
      start = end + 1
    }
  }
}
