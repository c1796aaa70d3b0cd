import { LineFacts } from '../collector/blocks/line-facts.ts'
import { parseObject } from '../util/object.ts'
import { findHead, findLineEnd } from './entries.ts'
import type { LineSettings } from './query.ts'

/** The record of a line that is none. */
export const noRecord: Readonly<Record<string, unknown>> = {}

/** An entry of a log. One object is used for all entries of a chunk, and reads only what it is asked for. */
export class Entry {
  readonly #facts: LineFacts
  readonly #format: LineSettings['format']
  #chunk: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  #text: string | undefined
  #record: Readonly<Record<string, unknown>> | undefined
  /** the end of the line that `#facts` has read last */
  #factsEnd = 0

  constructor(settings: LineSettings) {
    this.#facts = new LineFacts(settings)
    this.#format = settings.format
  }

  /** Begins with another chunk, whose first line continues no entry. */
  begin(chunk: Buffer): void {
    this.#chunk = chunk
    this.#facts.begin()
    this.#factsEnd = 0
  }

  /** Goes to an entry of the chunk; entries must ascend. @param end behind its newline */
  moveTo(start: number, end: number): void {
    this.#start = start
    this.#end = end
    this.#text = undefined
    this.#record = undefined
  }

  /** Without its last newline; bytes that are not valid UTF-8 are U+FFFD. */
  get text(): string {
    const chunk = this.#chunk
    const end = chunk[this.#end - 1] === newline ? this.#end - 1 : this.#end
    this.#text ??= chunk.toString('utf8', this.#start, end)
    return this.#text
  }

  /** The entry as a JSON object; `noRecord` where it is none. */
  get record(): Readonly<Record<string, unknown>> {
    this.#record ??= (this.#format === 'ndjson' && parseObject(this.text)) || noRecord
    return this.#record
  }

  /** When it was logged and its level, each NaN where that is unknown. Valid until the next call. */
  get facts(): Pick<LineFacts, 'timeMs' | 'level'> {
    if (this.#factsEnd > this.#start) return this.#facts
    // A line that continues an entry has the time and level of that entry.
    const head = findHead(this.#chunk, this.#start, this.#factsEnd)
    if (head !== this.#factsEnd) this.#facts.begin()
    this.#facts.read(this.#chunk, head, findLineEnd(this.#chunk, head))
    this.#factsEnd = findLineEnd(this.#chunk, this.#start)
    return this.#facts
  }
}

const newline = 0x0a
