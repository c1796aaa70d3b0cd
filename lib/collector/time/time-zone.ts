/**
 * A zone's offset from UTC is constant within a quarter hour of UTC: all offsets in use since 2012 are
 * multiples of it, and change at multiples of it. Unit: ms
 */
export const quarterHourMs = 900_000

/** A time zone: converts times to its wall clock. */
export class TimeZone {
  /** as it was given */
  readonly name: string
  readonly #format: Intl.DateTimeFormat | undefined
  readonly #isUtc: boolean
  #quarter = Number.NaN
  #offsetMs = 0
  /** The quarter hour of the wall clock that `fromWall` was last asked for, and its offset: to find one takes 5 µs. */
  #wallQuarter = Number.NaN
  #wallOffsetMs = 0
  /** The second of the last toAsctime(), and its text up to the milliseconds. */
  #second = Number.NaN
  #secondText = ''
  /** The time of the last toAsctime(), and its text: busy apps log many lines in a millisecond. */
  #timeMs = Number.NaN
  #text = ''

  /** @param name 'local', 'utc' or an IANA name that `isTimeZoneName` accepts @throws RangeError for other names */
  constructor(name: string) {
    this.name = name
    this.#isUtc = name === 'utc'
    this.#format =
      name === 'local' || name === 'utc'
        ? undefined
        : new Intl.DateTimeFormat('en-US', { ...wallFields, timeZone: name })
  }

  /**
   * The wall clock at a time.
   * @param timeMs ms since the epoch
   * @returns a Date whose UTC fields are the wall clock's
   */
  toWall(timeMs: number): Date {
    const quarter = Math.floor(timeMs / quarterHourMs)
    if (quarter !== this.#quarter) {
      this.#quarter = quarter
      this.#offsetMs = this.#findOffsetMs(quarter * quarterHourMs)
    }
    return new Date(timeMs + this.#offsetMs)
  }

  /**
   * The time at which the wall clock shows something; of two such times, when the clock was put back, always the same
   * one, whatever was asked before: an index of a file and a scan of it must agree.
   * @param wallMs the wall clock, as if it were UTC. Unit: ms since the epoch
   * @returns ms since the epoch
   */
  fromWall(wallMs: number): number {
    const quarter = Math.floor(wallMs / quarterHourMs)
    if (quarter !== this.#wallQuarter) {
      this.#wallQuarter = quarter
      this.#wallOffsetMs = this.#findWallOffsetMs(quarter * quarterHourMs)
    }
    return wallMs - this.#wallOffsetMs
  }

  #findWallOffsetMs(wallMs: number): number {
    const offsetAt = (timeMs: number): number => this.toWall(timeMs).getTime() - timeMs
    return offsetAt(wallMs - offsetAt(wallMs))
  }

  /**
   * The wall clock in the format of Python's logging: `2026-11-23 03:39:18,042`.
   * @param timeMs ms since the epoch, in the years 1 to 9999 of the zone
   */
  toAsctime(timeMs: number): string {
    if (timeMs === this.#timeMs) return this.#text
    const wholeMs = Math.floor(timeMs) // a difference of fractions could be rounded up to 1000 ms
    const second = Math.floor(wholeMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      const wall = this.toWall(second * 1000).toISOString()
      this.#secondText = `${wall.slice(0, 10)} ${wall.slice(11, 19)},`
    }
    this.#timeMs = timeMs
    this.#text = this.#secondText + String(wholeMs - second * 1000).padStart(3, '0')
    return this.#text
  }

  #findOffsetMs(timeMs: number): number {
    if (this.#isUtc) return 0
    if (!this.#format) return new Date(timeMs).getTimezoneOffset() * -60_000
    const parts = Object.fromEntries(
      this.#format.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)])
    )
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute) - timeMs
  }
}

const wallFields = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric'
} as const

/** Whether a name is 'local', 'utc', or an IANA name that this Node.js knows. */
export function isTimeZoneName(name: string): boolean {
  if (name === 'local' || name === 'utc') return true
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
