import { SummaryBuilder } from '../collector/blocks/block-summary.ts'
import { LineFacts, type FactSettings } from '../collector/blocks/line-facts.ts'
import { findLineEnd } from './entries.ts'
import type { JobRange, RangeSummary } from './jobs.ts'

/** Enough bytes that no other lines end with the same ones: they have several times and ids. Unit: bytes */
const markBytes = 1024

/** Says which times and levels the entries of a range have, as the index of a closed file does of its blocks. */
export class RangeSummarizer {
  readonly #facts: LineFacts
  readonly #builder = new SummaryBuilder()

  constructor(settings: FactSettings) {
    this.#facts = new LineFacts(settings)
  }

  /**
   * @param chunk the entries that begin in the range, at least one
   * @param chunkOffset where the chunk begins in the file
   */
  summarize({ offset, length }: JobRange, chunk: Buffer, chunkOffset: number): RangeSummary {
    const facts = this.#facts
    facts.begin()
    for (let start = 0; start < chunk.length;) {
      const end = findLineEnd(chunk, start)
      facts.read(chunk, start, end)
      this.#builder.add(facts)
      start = end
    }
    const { timesMs, levels } = this.#builder.take()
    const markStart = Math.max(0, chunk.length - markBytes)
    // In memory of its own: the chunk's is used again.
    const mark = {
      offset: chunkOffset + markStart,
      bytes: Uint8Array.from(chunk.subarray(markStart))
    }
    return { offset, length, timesMs, levels, mark }
  }
}
