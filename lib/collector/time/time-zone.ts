/**
 * Every offset from UTC in use since 2012 is a whole number of quarter hours, and offsets change at
 * whole quarter hours of UTC: within one, an offset holds.
 */
export const quarterHourMs = 900_000

/** A time zone: turns instants into what a clock on the wall shows there. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat | undefined
  readonly #isUtc: boolean
  #quarter = Number.NaN
  #offsetMs = 0
  /** the last second that was asked for, and its text up to the milliseconds */
  #second = Number.NaN
  #secondText = ''

  /** @param name 'local', 'utc' or an IANA name that `isZoneName` accepts */
  constructor(name: string) {
    this.#isUtc = name === 'utc'
    this.#format =
      name === 'local' || name === 'utc'
        ? undefined
        : new Intl.DateTimeFormat('en-US', { ...wallFields, timeZone: name })
  }

  /**
   * The wall clock at an instant, as a Date whose UTC fields are the zone's.
   * @param at ms since the epoch
   */
  toWall(at: number): Date {
    const quarter = Math.floor(at / quarterHourMs)
    if (quarter !== this.#quarter) {
      this.#quarter = quarter
      this.#offsetMs = this.#findOffsetMs(quarter * quarterHourMs)
    }
    return new Date(at + this.#offsetMs)
  }

  /**
   * The wall clock as Python's logging writes it: `2026-11-23 03:39:18,042`.
   * @param at ms since the epoch
   */
  toAsctime(at: number): string {
    const second = Math.floor(at / 1000)
    if (second !== this.#second) {
      this.#second = second
      const wall = this.toWall(second * 1000).toISOString()
      this.#secondText = `${wall.slice(0, 10)} ${wall.slice(11, 19)},`
    }
    return this.#secondText + String(Math.floor(at - second * 1000)).padStart(3, '0')
  }

  #findOffsetMs(at: number): number {
    if (this.#isUtc) return 0
    if (!this.#format) return new Date(at).getTimezoneOffset() * -60_000
    const parts = Object.fromEntries(
      this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)])
    )
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute) - at
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

export function isTimeZoneName(name: string): boolean {
  if (name === 'local' || name === 'utc') return true
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
