/** What decides where a record goes: its level, its topic, its time. */
import { parseObject } from './hello.ts'
import { toLabel, toLevelNumber } from './levels.ts'
import { splitSubtopic } from './subtopic.ts'
import { toInstant } from './record-time.ts'

export interface Traits {
  /** pino's number */
  level: number
  label: string
  /** '' for none */
  topic: string
  /** ms since the epoch; undefined where the record has no time, or no such time was asked for */
  at: number | undefined
}

/** How a sender's records are to be read. */
export interface TraitSettings {
  levels: Readonly<Record<string, string>>
  messageKey: string
  /** whether somebody asks for the topic: it may stand in the message */
  needsTopic: boolean
  /** the member that holds the time, '' where nobody asks for it */
  timeKey: string
}

/** pino writes level and time first; a level that stands further back is somebody else's. */
const head = /\{"level":(\d+)(?:,"time":(\d+))?(?=[,}])/y

/** A record's traits, one after another through a payload. */
export class TraitReader {
  readonly #text: string
  readonly #payload: Buffer
  readonly #settings: TraitSettings
  readonly #topics: Finder
  readonly #delimiters: Finder

  /** @param payload whole NDJSON records */
  constructor(payload: Buffer, settings: TraitSettings) {
    this.#payload = payload
    this.#settings = settings
    this.#text = payload.toString('latin1') // a letter a byte: places in it are places in the payload
    this.#topics = new Finder(this.#text, '"topic":')
    this.#delimiters = new Finder(this.#text, '::')
  }

  /**
   * The records, in their order.
   * @param onRecord gets where a record begins and where the next one does, in bytes
   */
  forEach(onRecord: (start: number, end: number, traits: Traits) => void): void {
    let start = 0
    for (let end = this.#next(start); end > 0; end = this.#next(start)) {
      onRecord(start, end, this.#read(start, end))
      start = end
    }
  }

  /** Where the record after this one begins, 0 where there is none. */
  #next(start: number): number {
    return this.#text.indexOf('\n', start) + 1
  }

  #read(start: number, end: number): Traits {
    const { levels, needsTopic, timeKey } = this.#settings
    head.lastIndex = start
    const found = head.exec(this.#text)
    const [, level, time] = found ?? []
    const isTimeKnown = timeKey === '' || (timeKey === 'time' && time !== undefined)
    const mayHaveTopic =
      needsTopic && (this.#topics.isWithin(start, end) || this.#delimiters.isWithin(start, end))
    if (level === undefined || !isTimeKnown || mayHaveTopic) return this.#parse(start, end)
    const number = Number(level)
    return {
      level: number,
      label: toLabel(number, levels),
      topic: '',
      at: timeKey === '' ? undefined : toInstant(Number(time))
    }
  }

  #parse(start: number, end: number): Traits {
    const { levels, messageKey, timeKey } = this.#settings
    const record = parseObject(this.#payload.toString('utf8', start, end - 1))
    const level = record?.['level']
    const label = toLabel(level, levels)
    return {
      level: typeof level === 'number' ? level : toLevelNumber(label, levels),
      label,
      topic: splitSubtopic(record?.['topic'], record?.[messageKey]).subtopic,
      at: timeKey === '' ? undefined : toInstant(record?.[timeKey])
    }
  }
}

/** Finds a text again and again, looking at no place twice. */
class Finder {
  readonly #text: string
  readonly #wanted: string
  #at = -1

  constructor(text: string, wanted: string) {
    this.#text = text
    this.#wanted = wanted
  }

  /** Whether the text stands in a part; parts must come in their order. */
  isWithin(start: number, end: number): boolean {
    if (this.#at < start) {
      const at = this.#text.indexOf(this.#wanted, start)
      this.#at = at === -1 ? Number.POSITIVE_INFINITY : at
    }
    return this.#at < end
  }
}

/** @returns the payload without its first `count` records */
export function skipRecords(payload: Buffer, count: number): Buffer {
  let start = 0
  for (let skipped = 0; skipped < count; skipped++) start = payload.indexOf('\n', start) + 1
  return payload.subarray(start)
}
