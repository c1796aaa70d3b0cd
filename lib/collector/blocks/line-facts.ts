/**
 * What an index and a search need to know of a line of a log file: when it was logged, and its level.
 *
 * Both must agree on each line, or an index would hide what a scan finds. So both use this file, and what it says of a
 * line depends on nothing but the line, the settings, and (for a continuation) the lines before it in its block.
 *
 * | a line that begins with           | is                                          | time and level are                         |
 * | --------------------------------- | ------------------------------------------- | ------------------------------------------ |
 * | `{"level":30,"time":1795417602000` | a record as pino writes it                 | these two, whatever follows, also half a line |
 * | anything else of a JSON object    | a record of another logger                  | those that lib/record/roles.ts finds       |
 * | `2026-11-23 07:03:32,777 \| INFO \| ` | an entry of the text format              | these two                                  |
 * | four spaces                       | a further line of the entry before          | those of the entry before                  |
 * | anything else                     | unknown                                     | unknown                                    |
 *
 * A file may have lines of all kinds, since the output's format can be changed. Most lines are of the first kind and are
 * read without making a string of them.
 */
import { FlatRecordReader } from '../../record/flat-record-reader.ts'
import { findLevelNumber, toLevelNumber } from '../../record/levels.ts'
import { readScalar } from '../../record/members.ts'
import { RoleFinder } from '../../record/roles.ts'
import { TimeZone } from '../time/time-zone.ts'
import { toInstant } from '../time/timestamp.ts'

/** How lines are read. */
export interface FactSettings {
  /** member with the time; '' = the usual ones */
  timeKey: string
  /** member with the level; '' = the usual ones */
  levelKey: string
  /** zone of times that name none, such as those of the text format: 'local', 'utc' or an IANA name */
  timezone: string
}

/** Longer lines have no time and no level, unless they begin as pino writes them: nothing that a collector writes is longer. Unit: bytes */
const maxLineBytes = 64 * 1024 * 1024

const [space, quote, comma, brace] = [0x20, 0x22, 0x2c, 0x7b]
const [closeBrace, zero, dash, colon, bar] = [0x7d, 0x30, 0x2d, 0x3a, 0x7c]
const [dot, letterT, letterZ] = [0x2e, 0x54, 0x5a]

/** Whether a line continues the entry before: no block begins with one. @param start offset of the line */
export function isContinuation(bytes: Uint8Array, start: number): boolean {
  return (
    bytes[start] === space &&
    bytes[start + 1] === space &&
    bytes[start + 2] === space &&
    bytes[start + 3] === space
  )
}

/** Reads the lines of a block, in their order. After each `read`, its properties are those of that line. */
export class LineFacts {
  /** when the line was logged, NaN where that is unknown. Unit: ms since the epoch */
  timeMs = Number.NaN
  /** pino's number, NaN where it is unknown */
  level = Number.NaN
  readonly #zone: WatchedZone
  readonly #roles: RoleFinder
  readonly #reader = new FlatRecordReader()
  /** how pino begins a record */
  readonly #levelStart: Buffer
  /** what follows the level */
  readonly #timeStart: Buffer
  readonly #levelNames = new Map<string, number>()
  /** room for a time that is a text */
  readonly #iso = Buffer.alloc(isoLength + 1)
  /** the day of the last time that was written as text: its digits as a number, and its midnight */
  #day = -1
  #dayMs = Number.NaN
  /** the offset at which a value ended */
  #offset = 0

  constructor({ timeKey, levelKey, timezone }: FactSettings) {
    this.#zone = new WatchedZone(timezone)
    this.#roles = new RoleFinder({ timeKey, levelKey })
    this.#levelStart = Buffer.from(`{${JSON.stringify(levelKey || 'level')}:`)
    this.#timeStart = Buffer.from(`,${JSON.stringify(timeKey || 'time')}:`)
  }

  /** Whether a time depended on the zone: other settings with another zone would read it differently. */
  get dependsOnZone(): boolean {
    return this.#zone.wasUsed
  }

  /** Begins a block: no entry is before its first line. */
  begin(): void {
    this.timeMs = Number.NaN
    this.level = Number.NaN
  }

  /**
   * Reads a line.
   * @param start offset of its first byte @param end offset behind its last byte, which may be its newline or not
   */
  read(bytes: Buffer, start: number, end: number): void {
    const first = bytes[start]
    if (first === brace) {
      if (!this.#readUsual(bytes, start, end)) this.#parse(bytes, start, end)
    } else if (first !== undefined && first - zero <= 9 && first >= zero) {
      this.#readEntry(bytes, start, end)
    } else if (!isContinuation(bytes, start) || end - start < 4) this.#parse(bytes, start, end)
  }

  /** Reads the beginning of a record, as pino writes it. @returns false where it begins in another way */
  #readUsual(bytes: Buffer, start: number, end: number): boolean {
    if (!isAt(bytes, start, this.#levelStart)) return false
    const level = this.#readLevel(bytes, start + this.#levelStart.length, end)
    if (Number.isNaN(level) || !isAt(bytes, this.#offset, this.#timeStart)) return false
    const timeMs = this.#readTime(bytes, this.#offset + this.#timeStart.length, end)
    if (Number.isNaN(timeMs)) return false
    this.level = level
    this.timeMs = timeMs
    return true
  }

  /** A level in a usual form, a whole number or a known name; NaN for any other. */
  #readLevel(bytes: Buffer, start: number, end: number): number {
    if (bytes[start] !== quote) return toLevel(this.#readDigits(bytes, start, end, 4))
    const nameEnd = findPlainEnd(bytes, start + 1, Math.min(end, start + maxLevelLength))
    this.#offset = nameEnd + 1
    if (nameEnd === 0) return Number.NaN
    return this.#toLevel(bytes.toString('latin1', start + 1, nameEnd))
  }

  /** As `toLevel`, which it asks once for each of the usual names. */
  #toLevel(value: number | string | undefined): number {
    if (typeof value !== 'string') return toLevel(value)
    let level = this.#levelNames.get(value)
    if (level === undefined) {
      level = toLevel(value)
      if (this.#levelNames.size < maxLevelNames) this.#levelNames.set(value, level)
    }
    return level
  }

  /** A time in a usual form, a whole number or ISO 8601 in UTC; NaN for any other. */
  #readTime(bytes: Buffer, start: number, end: number): number {
    if (bytes[start] !== quote) {
      const number = this.#readDigits(bytes, start, end, 15)
      const isWhole = this.#offset < end && isEnd(bytes[this.#offset])
      return isWhole ? (toInstant(number) ?? Number.NaN) : Number.NaN
    }
    const timeEnd = start + 1 + isoLength
    const isWhole = timeEnd + 1 < end && bytes[timeEnd] === quote && isEnd(bytes[timeEnd + 1])
    return isWhole ? this.#readIso(bytes, start + 1) : Number.NaN
  }

  /** A time such as `2026-11-23T07:06:42.123Z`, NaN for any other text. */
  #readIso(bytes: Buffer, start: number): number {
    const isUtc =
      bytes[start + 10] === letterT &&
      bytes[start + 19] === dot &&
      bytes[start + stampLength] === letterZ
    return isUtc ? this.#readStamp(bytes, start) : Number.NaN
  }

  /** As `toInstant`, which takes 0.8 µs for a text: most are in one form. */
  #toTimeMs(value: number | string | undefined): number {
    if (typeof value === 'string' && value.length === isoLength) {
      const isAscii = this.#iso.write(value) === isoLength
      const timeMs = isAscii ? this.#readIso(this.#iso, 0) : Number.NaN
      if (!Number.isNaN(timeMs)) return timeMs
    }
    return toInstant(value, this.#zone) ?? Number.NaN
  }

  /** A whole number as JSON has it, NaN for any other text. The offset behind it is in `#offset`. */
  #readDigits(bytes: Buffer, start: number, end: number, maxDigits: number): number {
    let offset = start
    let number = 0
    for (; offset < end; offset++) {
      const digit = (bytes[offset] as number) - zero
      if (!(digit >= 0 && digit <= 9)) break
      number = number * 10 + digit
    }
    this.#offset = offset
    const digits = offset - start
    const isWhole = digits === 1 || (digits > 1 && digits <= maxDigits && bytes[start] !== zero)
    return isWhole ? number : Number.NaN
  }

  /** Reads an entry of the text format. */
  #readEntry(bytes: Buffer, start: number, end: number): void {
    this.begin()
    const stampEnd = start + stampLength
    if (stampEnd > end || bytes[start + 10] !== space || bytes[start + 19] !== comma) return
    const wallMs = this.#readStamp(bytes, start)
    this.timeMs = Number.isNaN(wallMs)
      ? (toInstant(bytes.toString('latin1', start, stampEnd), this.#zone) ?? Number.NaN)
      : this.#zone.fromWall(wallMs)
    if (Number.isNaN(this.timeMs)) return
    const levelStart = stampEnd + separatorLength
    if (levelStart > end || !isSeparator(bytes, stampEnd)) return
    const limit = Math.min(end, levelStart + maxLevelLength)
    for (let offset = levelStart; offset < limit; offset++) {
      if (bytes[offset] !== bar) continue
      const isWhole = offset + 1 < end && isSeparator(bytes, offset - 1)
      if (isWhole) this.level = this.#toLevel(bytes.toString('latin1', levelStart, offset - 1))
      return
    }
  }

  /**
   * The date and time of 23 characters that begin at `start`, as if it were UTC.
   * @returns NaN where there is none, and for years that `toInstant` has to look at
   */
  #readStamp(bytes: Buffer, start: number): number {
    const day =
      readTwo(bytes, start) * 1_000_000 +
      readTwo(bytes, start + 2) * 10_000 +
      readTwo(bytes, start + 5) * 100 +
      readTwo(bytes, start + 8)
    const hour = readTwo(bytes, start + 11)
    const minute = readTwo(bytes, start + 14)
    const second = readTwo(bytes, start + 17)
    const ms = readTwo(bytes, start + 20) * 10 + (readTwo(bytes, start + 21) % 10)
    const isWritten =
      bytes[start + 4] === dash &&
      bytes[start + 7] === dash &&
      bytes[start + 13] === colon &&
      bytes[start + 16] === colon
    const isTime = hour <= 23 && minute <= 59 && second <= 60
    if (!isWritten || !isTime || !(day > firstDay && day < lastDay)) return Number.NaN
    if (day !== this.#day) {
      this.#day = day
      this.#dayMs = toInstant(bytes.toString('latin1', start, start + 10)) ?? Number.NaN
    }
    return this.#dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + ms
  }

  /** Reads a line in any other form. */
  #parse(bytes: Buffer, start: number, end: number): void {
    this.begin()
    if (end - start > maxLineBytes) return
    const record = this.#reader.read(bytes.toString('utf8', start, end))
    if (!record) return
    const roles = this.#roles.find(record)
    this.level = this.#toLevel(readScalar(record, roles.level))
    this.timeMs = this.#toTimeMs(readScalar(record, roles.time))
  }
}

/** A zone that knows whether it made a difference. */
class WatchedZone extends TimeZone {
  wasUsed = false

  override fromWall(wallMs: number): number {
    this.wasUsed = true
    return super.fromWall(wallMs)
  }
}

/** pino's number of a level, NaN where a record has none or its name is unknown. */
function toLevel(level: number | string | undefined): number {
  if (level === undefined) return Number.NaN
  if (typeof level === 'number' && !Number.isFinite(level)) return Number.NaN
  const isName = typeof level === 'string' && !/^\d{1,4}$/.test(level)
  return (isName ? findLevelNumber(level) : toLevelNumber(level, {})) ?? Number.NaN
}

function isAt(bytes: Buffer, start: number, wanted: Buffer): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (bytes[start + index] !== wanted[index]) return false
  }
  return true
}

function isEnd(byte: number | undefined): boolean {
  return byte === comma || byte === closeBrace
}

/** Whether ` | ` begins here. */
function isSeparator(bytes: Buffer, start: number): boolean {
  return bytes[start] === space && bytes[start + 1] === bar && bytes[start + 2] === space
}

/** The offset of the quote that ends a text of letters, digits and spaces, 0 where something else comes before. */
function findPlainEnd(bytes: Buffer, start: number, end: number): number {
  for (let offset = start; offset < end; offset++) {
    const byte = bytes[offset] as number
    if (byte === quote) return offset
    const letter = byte | 0x20
    const isPlain = (letter >= 0x61 && letter <= 0x7a) || (byte >= zero && byte <= zero + 9)
    if (!isPlain && byte !== space) return 0
  }
  return 0
}

/** Two digits as a number, NaN where these are none. */
function readTwo(bytes: Buffer, start: number): number {
  const tens = (bytes[start] as number) - zero
  const ones = (bytes[start + 1] as number) - zero
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/** `2026-11-23 07:03:32,777`. Unit: bytes */
const stampLength = 23
/** `2026-11-23T07:03:32.777Z`. Unit: bytes */
const isoLength = 24
/** Days that are in the years that can be shown in each zone, written as numbers. */
const [firstDay, lastDay] = [1970_01_01, 9998_12_31]
/** ` | `. Unit: bytes */
const separatorLength = 3
/** No level name that has a meaning is longer, with a quote at each end. Unit: bytes */
const maxLevelLength = 24
/** Loggers have a few level names, but a text may be anything. */
const maxLevelNames = 100
