import { FlatRecordReader } from '../../record/flat-record-reader.ts'
import { toLevelName, toLevelNumber, toPinoLevelName } from '../../record/levels.ts'
import { readScalar, readText } from '../../record/members.ts'
import { RoleFinder, type RoleKeys } from '../../record/roles.ts'
import { splitSubtopic } from '../../record/subtopic.ts'
import { quarterHourMs, type TimeZone } from '../time/time-zone.ts'
import { toInstant } from '../time/timestamp.ts'

const reader = new FlatRecordReader()

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
  /** the keys that the sender is known to use; the message may begin with the sub-topic */
  keys: RoleKeys
  /** whether the topic is needed */
  needsTopic: boolean
  /** member that holds the time, '' where the time is not needed */
  timeKey: string
  /** of times that name none */
  zone?: TimeZone | undefined
}

const [zero, comma, brace, newline] = [0x30, 0x2c, 0x7d, 0x0a]

/** Reads the traits of each record of a payload, without JSON.parse for most records that pino wrote. */
export class TraitReader {
  readonly #payload: Buffer
  readonly #settings: TraitSettings
  readonly #roles: RoleFinder
  /** how pino begins a record: a level further back may belong to a nested object */
  readonly #levelStart: Buffer
  /** what follows it */
  readonly #timeStart: Buffer
  readonly #topics: Finder
  readonly #delimiters: Finder
  /** traits by level, topic and quarter hour */
  readonly #shared = new Map<number | string, RecordTraits>()
  /** offset at which `#readNumber` stopped */
  #offset = 0

  /** @param payload whole NDJSON records */
  constructor(payload: Buffer, settings: TraitSettings) {
    this.#payload = payload
    this.#settings = settings
    this.#roles = new RoleFinder(settings.keys)
    this.#levelStart = Buffer.from(`{${JSON.stringify(settings.keys.levelKey || 'level')}:`)
    this.#timeStart = Buffer.from(`,${JSON.stringify(settings.timeKey)}:`)
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
    const level = this.#readNumber(this.#levelStart, start)
    if (level === undefined) return this.#parse(start, end)
    if (timeKey === '') return this.#share(level, '', undefined)
    const time = this.#readNumber(this.#timeStart, this.#offset)
    return time === undefined ? this.#parse(start, end) : this.#share(level, '', toInstant(time))
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
  #share(
    level: number | string | undefined,
    topic: string,
    instant: number | undefined
  ): RecordTraits {
    const quarter = instant === undefined ? noQuarter : Math.floor(instant / quarterHourMs)
    const isPlain = topic === '' && typeof level === 'number' && level >= 0 && level < maxLevel
    const key = isPlain ? quarter * maxLevel + level : `${quarter} ${level} ${topic}`
    let traits = this.#shared.get(key)
    if (!traits) {
      traits = this.#toTraits(level, topic, instant)
      if (this.#shared.size < maxShared) this.#shared.set(key, traits)
    }
    return traits
  }

  #parse(start: number, end: number): RecordTraits {
    const { timeKey, zone } = this.#settings
    const record = reader.read(this.#payload.toString('utf8', start, end - 1))
    if (!record) return this.#share(undefined, '', undefined)
    const roles = this.#roles.find(record)
    const level = readScalar(record, roles.level)
    const topic = readText(record, roles.topic)
    const { subtopic } = splitSubtopic(topic, readText(record, roles.message))
    const time = timeKey === '' ? -1 : record.keys.indexOf(timeKey)
    const instant = toInstant(readScalar(record, time), zone)
    return this.#share(level, subtopic, instant)
  }

  #toTraits(
    level: number | string | undefined,
    topic: string,
    instant: number | undefined
  ): RecordTraits {
    const { levels } = this.#settings
    return {
      level: toLevelNumber(level, levels),
      levelName: toPinoLevelName(toLevelName(level, levels), levels),
      topic,
      time: toQuarter(instant)
    }
  }
}

function toQuarter(instant: number | undefined): number | undefined {
  return instant === undefined ? undefined : Math.floor(instant / quarterHourMs) * quarterHourMs
}

/** Longer numbers are read as the rest of the record is. Unit: digits */
const maxDigits = 15
/** Levels below it and quarter hours are looked up together, as one number. */
const maxLevel = 4096
/** Stands for records without a time: no quarter hour of a year that can be shown. */
const noQuarter = -1_000_000_000
/** Where a payload has more different traits, further ones aren't shared. */
const maxShared = 1000

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
