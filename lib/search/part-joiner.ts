import { noPart, type Part } from './jobs.ts'

/** To copy more output than this costs more than to hand it over at once. Unit: bytes */
const enoughBytes = 32 * 1024

/** Joins parts of a job, because the way of a part to another thread costs more than to search for it. */
export class PartJoiner {
  readonly #limit: number
  #parts: Part[] = []
  #outputBytes = 0
  #hits = 0

  /** @param limit number of entries that are needed; 0 = all */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** @returns what is to be handed over now, if anything */
  add(part: Part): Part | undefined {
    this.#parts.push(part)
    this.#hits += part.hits
    this.#outputBytes += part.bytes.length
    const isEnough = this.#limit > 0 && this.#hits >= this.#limit
    const isUnjoinable = part.summary !== undefined || part.timeCounts !== undefined
    return isEnough || isUnjoinable || this.#outputBytes >= enoughBytes ? this.end() : undefined
  }

  /** @returns the rest, if any */
  end(): Part | undefined {
    const parts = this.#parts
    if (parts.length === 0) return undefined
    this.#parts = []
    this.#hits = 0
    this.#outputBytes = 0
    return parts.length === 1 ? parts[0] : join(parts)
  }
}

/** Only the last one may have a summary or numbers by time. */
function join(parts: readonly Part[]): Part {
  const { summary, timeCounts } = parts.at(-1) ?? noPart
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, 0))
  const ends: number[] = []
  let [hits, length, doneBytes] = [0, 0, 0]
  for (const part of parts) {
    bytes.set(part.bytes, length)
    for (const end of part.ends) ends.push(length + end)
    hits += part.hits
    length += part.bytes.length
    doneBytes += part.doneBytes
  }
  const counts = parts.flatMap(part => part.counts)
  return { ...noPart, hits, bytes, ends, counts, timeCounts, summary, doneBytes }
}
