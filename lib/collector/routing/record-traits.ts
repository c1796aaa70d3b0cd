/** What decides where a record goes: its level, its topic, its time. */
import { toLevelName, toLevelNumber } from '../../record/levels.ts'
import { splitSubtopic } from '../../record/subtopic.ts'
import { parseObject } from '../../util/object.ts'
import { quarterHourMs } from '../time/time-zone.ts'
import { toInstant } from '../time/timestamp.ts'

export interface RecordTraits {
  /** pino's number */
  level: number
  levelName: string
  /** '' for none */
  topic: string
  /** the quarter hour in which it was logged, ms since the epoch; undefined where the record has no such time, or nobody asks for it */
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

/** How pino begins a record; a level that stands further back is somebody else's. */
const levelStart = Buffer.from('{"level":')
const timeStart = Buffer.from(',"time":')
const [zero, comma, brace, newline] = [0x30, 0x2c, 0x7d, 0x0a]

/** A record's traits, one after another through a payload. */
export class TraitReader {
  readonly #payload: Buffer
  readonly #settings: TraitSettings
  readonly #topics: Finder
  readonly #delimiters: Finder
  /** traits that many records have, by level and quarter hour */
  readonly #shared = new Map<number, RecordTraits>()
  /** where `#readNumber` has stopped */
  #end = 0

  /** @param payload whole NDJSON records */
  constructor(payload: Buffer, settings: TraitSettings) {
    this.#payload = payload
    this.#settings = settings
    this.#topics = new Finder(payload, '"topic":')
    this.#delimiters = new Finder(payload, '::')
  }

  /**
   * The records, in their order.
   * @param onRecord gets where a record begins and where the next one does, in bytes
   */
  forEach(onRecord: (start: number, end: number, traits: RecordTraits) => void): void {
    let start = 0
    for (let end = this.#next(start); end > 0; end = this.#next(start)) {
      onRecord(start, end, this.#read(start, end))
      start = end
    }
  }

  /** Where the record after this one begins, 0 where there is none. */
  #next(start: number): number {
    return this.#payload.indexOf(newline, start) + 1
  }

  #read(start: number, end: number): RecordTraits {
    const { needsTopic, timeKey } = this.#settings
    const mayHaveTopic =
      needsTopic && (this.#topics.isWithin(start, end) || this.#delimiters.isWithin(start, end))
    if (mayHaveTopic) return this.#parse(start, end)
    const level = this.#readNumber(levelStart, start)
    if (level === undefined) return this.#parse(start, end)
    if (timeKey === '') return this.#share(level, undefined)
    const time = timeKey === 'time' ? this.#readNumber(timeStart, this.#end) : undefined
    return time === undefined ? this.#parse(start, end) : this.#share(level, toInstant(time))
  }

  /** The whole number between bytes that must stand at a place and the next member, or the end. */
  #readNumber(before: Buffer, start: number): number | undefined {
    const bytes = this.#payload
    for (let at = 0; at < before.length; at++) {
      if (bytes[start + at] !== before[at]) return undefined
    }
    const first = start + before.length
    let at = first
    let number = 0
    let byte = bytes[at] ?? 0
    while (byte >= zero && byte <= zero + 9) {
      number = number * 10 + byte - zero
      byte = bytes[++at] ?? 0
    }
    this.#end = at
    const isWhole = at > first && at - first < maxDigits && (byte === comma || byte === brace)
    return isWhole ? number : undefined
  }

  /** The same object for the same traits, so that it can be told at once where such records go. */
  #share(level: number, instant: number | undefined): RecordTraits {
    const quarter = instant === undefined ? -1 : Math.floor(instant / quarterHourMs)
    const key = quarter * levelsPerQuarter + level
    let traits = this.#shared.get(key)
    if (!traits) {
      traits = {
        level,
        levelName: toLevelName(level, this.#settings.levels),
        topic: '',
        at: toQuarter(instant)
      }
      if (level < levelsPerQuarter) this.#shared.set(key, traits)
    }
    return traits
  }

  #parse(start: number, end: number): RecordTraits {
    const { levels, messageKey, timeKey } = this.#settings
    const record = parseObject(this.#payload.toString('utf8', start, end - 1))
    const level = record?.['level']
    const levelName = toLevelName(level, levels)
    return {
      level: typeof level === 'number' ? level : toLevelNumber(levelName, levels),
      levelName,
      topic: splitSubtopic(record?.['topic'], record?.[messageKey]).subtopic,
      at: timeKey === '' ? undefined : toQuarter(toInstant(record?.[timeKey]))
    }
  }
}

function toQuarter(instant: number | undefined): number | undefined {
  return instant === undefined ? undefined : Math.floor(instant / quarterHourMs) * quarterHourMs
}

/** Longer numbers are read by JSON.parse. */
const maxDigits = 15
/** Larger levels share no traits. */
const levelsPerQuarter = 4096

/** Finds a text again and again, looking at no place twice. */
class Finder {
  readonly #payload: Buffer
  readonly #wanted: string
  #at = -1

  constructor(payload: Buffer, wanted: string) {
    this.#payload = payload
    this.#wanted = wanted
  }

  /** Whether the text stands in a part; parts must come in their order. */
  isWithin(start: number, end: number): boolean {
    if (this.#at < start) {
      const at = this.#payload.indexOf(this.#wanted, start)
      this.#at = at === -1 ? Number.POSITIVE_INFINITY : at
    }
    return this.#at < end
  }
}
