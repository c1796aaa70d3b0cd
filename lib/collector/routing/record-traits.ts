import { toLevelName, toLevelNumber, toPathLevelName } from '../../record/levels.ts'
import { splitSubtopic } from '../../record/subtopic.ts'
import { parseObject } from '../../util/object.ts'
import { quarterHourMs, type TimeZone } from '../time/time-zone.ts'
import { toInstant } from '../time/timestamp.ts'

/** What decides where a record goes. */
export interface RecordTraits {
  /** pino's number */
  level: number
  levelName: string
  /** the sub-topic, '' for none */
  topic: string
  /** when it was logged, rounded down to the quarter hour; undefined where it has no valid time or `timeKey` is ''. Unit: ms since the epoch */
  time: number | undefined
}

/** How to read a sender's records, and which traits are needed. */
export interface TraitSettings {
  /** level names of the logger, by number */
  levels: Readonly<Record<string, string>>
  /** member that holds the message, which may begin with the sub-topic */
  messageKey: string
  /** whether the topic is needed */
  needsTopic: boolean
  /** member that holds the time, '' where the time is not needed */
  timeKey: string
  /** of times that name none */
  zone?: TimeZone | undefined
}

/** How pino begins a record. A level further back may belong to a nested object. */
const levelStart = Buffer.from('{"level":')
const timeStart = Buffer.from(',"time":')
const [zero, comma, brace, newline] = [0x30, 0x2c, 0x7d, 0x0a]

/** Reads the traits of each record of a payload, without JSON.parse for most records that pino wrote. */
export class TraitReader {
  readonly #payload: Buffer
  readonly #settings: TraitSettings
  readonly #topics: Finder
  readonly #delimiters: Finder
  /** traits of records without a topic, by level and quarter hour */
  readonly #shared = new Map<number, RecordTraits>()
  /** offset at which `#readNumber` stopped */
  #offset = 0

  /** @param payload whole NDJSON records */
  constructor(payload: Buffer, settings: TraitSettings) {
    this.#payload = payload
    this.#settings = settings
    this.#topics = new Finder(payload, '"topic":')
    this.#delimiters = new Finder(payload, '::')
  }

  /**
   * Calls back for each record, in order.
   * @param onRecord `start` and `end` are offsets in the payload; `end`, exclusive, is behind the newline. Unit: bytes
   */
  forEach(onRecord: (start: number, end: number, traits: RecordTraits) => void): void {
    let start = 0
    for (let end = this.#next(start); end > 0; end = this.#next(start)) {
      onRecord(start, end, this.#read(start, end))
      start = end
    }
  }

  /** End of the record that begins at `start`, 0 where there is none. */
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
    const time = timeKey === 'time' ? this.#readNumber(timeStart, this.#offset) : undefined
    return time === undefined ? this.#parse(start, end) : this.#share(level, toInstant(time))
  }

  /** The whole number behind `prefix`, which must be at `start`; undefined for anything else. */
  #readNumber(prefix: Buffer, start: number): number | undefined {
    const bytes = this.#payload
    for (let index = 0; index < prefix.length; index++) {
      if (bytes[start + index] !== prefix[index]) return undefined
    }
    const digitsStart = start + prefix.length
    let offset = digitsStart
    let number = 0
    let byte = bytes[offset] ?? 0
    while (byte >= zero && byte <= zero + 9) {
      number = number * 10 + byte - zero
      byte = bytes[++offset] ?? 0
    }
    this.#offset = offset
    const digits = offset - digitsStart
    const isWhole = digits > 0 && digits < maxDigits && (byte === comma || byte === brace)
    return isWhole ? number : undefined
  }

  /** The same object for the same traits, so that the router can look up the log by identity. */
  #share(level: number, instant: number | undefined): RecordTraits {
    const quarter = instant === undefined ? -1 : Math.floor(instant / quarterHourMs)
    const key = quarter * levelsPerQuarter + level
    let traits = this.#shared.get(key)
    if (!traits) {
      traits = {
        level,
        levelName: toLevelName(level, this.#settings.levels),
        topic: '',
        time: toQuarter(instant)
      }
      if (level < levelsPerQuarter) this.#shared.set(key, traits)
    }
    return traits
  }

  #parse(start: number, end: number): RecordTraits {
    const { levels, messageKey, timeKey, zone } = this.#settings
    const record = parseObject(this.#payload.toString('utf8', start, end - 1))
    const level = record?.['level']
    const levelName = toPathLevelName(toLevelName(level, levels), levels)
    return {
      level: typeof level === 'number' ? level : toLevelNumber(levelName, levels),
      levelName,
      topic: splitSubtopic(record?.['topic'], record?.[messageKey]).subtopic,
      time: timeKey === '' ? undefined : toQuarter(toInstant(record?.[timeKey], zone))
    }
  }
}

function toQuarter(instant: number | undefined): number | undefined {
  return instant === undefined ? undefined : Math.floor(instant / quarterHourMs) * quarterHourMs
}

/** Numbers with as many digits or more are read by JSON.parse. */
const maxDigits = 15
/** Records with this level or a higher one share no traits objects. */
const levelsPerQuarter = 4096

/** Finds occurrences of a text in ascending ranges, and scans each byte once. */
class Finder {
  readonly #payload: Buffer
  readonly #wanted: string
  #offset = -1

  constructor(payload: Buffer, wanted: string) {
    this.#payload = payload
    this.#wanted = wanted
  }

  /** Whether an occurrence begins in this range; ranges must be given in ascending order. Unit: bytes */
  isWithin(start: number, end: number): boolean {
    if (this.#offset < start) {
      const offset = this.#payload.indexOf(this.#wanted, start)
      this.#offset = offset === -1 ? Number.POSITIVE_INFINITY : offset
    }
    return this.#offset < end
  }
}
