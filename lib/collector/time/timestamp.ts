import type { TimeZone } from './time-zone.ts'

/** ISO 8601: a date, or date and time, with seconds, fraction and offset where they are given. */
const iso =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(?:(Z)|([+-])(\d\d):?(\d\d)?)?)?$/i

/**
 * Parses a record's time: a number since the epoch in s, ms, µs or ns (as a number, or as a text of digits), or
 * ISO 8601. Other texts that JavaScript could read as dates, such as 'order 7', are none.
 * @param zone of a local time that names none; UTC if undefined
 * @returns ms since the epoch; undefined for other values, and for years that can't be shown
 */
export function toInstant(time: unknown, zone?: TimeZone): number | undefined {
  const timeMs = typeof time === 'string' ? parseText(time, zone) : toMs(time)
  return timeMs > minShownMs && timeMs < maxShownMs ? timeMs : undefined
}

function toMs(time: unknown): number {
  if (typeof time !== 'number') return Number.NaN
  if (time < minMsNumber) return time * 1000
  if (time < maxMsNumber) return time
  // A number of nanoseconds isn't exact, one of microseconds is.
  const timeUs = time < maxMsNumber * 1000 ? time : Math.round(time / 1000)
  return Math.floor(timeUs / 1000)
}

function parseText(text: string, zone: TimeZone | undefined): number {
  if (text.length > maxTextLength) return Number.NaN
  if (/^\d{9,19}(?:\.\d+)?$/.test(text)) return toMs(Number(text))
  const match = iso.exec(text)
  if (!match) return Number.NaN
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = '0'] = match
  const [, , , , , , , , utc, sign, offsetHours, offsetMinutes = 0] = match
  const fields = [year, month, day, hour, minute, second].map(Number)
  const wallMs = toWallMs(fields) + Math.floor(Number(`0.${fraction}`) * 1000)
  if (offsetHours !== undefined) {
    const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000
    return sign === '-' ? wallMs + offsetMs : wallMs - offsetMs
  }
  const isExact = utc !== undefined || !zone || Number.isNaN(wallMs)
  return isExact ? wallMs : zone.fromWall(wallMs)
}

/** @returns NaN where there is no such day or time */
function toWallMs([
  year = 0,
  month = 0,
  day = 0,
  hour = 0,
  minute = 0,
  second = 0
]: number[]): number {
  const wall = new Date(0)
  wall.setUTCFullYear(year, month - 1, day)
  const isDay = wall.getUTCMonth() === month - 1 && wall.getUTCDate() === day
  const isTime = hour <= 23 && minute <= 59 && second <= 60 // a leap second is the next one
  return isDay && isTime ? wall.setUTCHours(hour, minute, second) : Number.NaN
}

/** No time is longer. Unit: characters */
const maxTextLength = 40
/** Smaller numbers are seconds: as milliseconds they would be in 1970. Unit: ms since the epoch */
const minMsNumber = 30_000_000_000
/** Larger numbers are microseconds, and a thousand times larger ones nanoseconds: as milliseconds they would be after 2920. */
const maxMsNumber = 30_000_000_000_000
/** The years 1 to 9999 less a day at each end: these can be shown in every time zone. Unit: ms since the epoch */
const minShownMs = Date.parse('0001-01-02T00:00:00Z')
const maxShownMs = Date.parse('9999-12-30T00:00:00Z')
