/**
 * Parses a record's time as pino writes it: ms or s since the epoch, or ISO 8601.
 * @returns ms since the epoch; undefined for other values, and for years that can't be shown
 */
export function toInstant(time: unknown): number | undefined {
  const timeMs = typeof time === 'string' ? Date.parse(time) : toMs(time)
  return timeMs > minShownMs && timeMs < maxShownMs ? timeMs : undefined
}

function toMs(time: unknown): number {
  if (typeof time !== 'number') return Number.NaN
  return time < minMsNumber ? time * 1000 : time
}

/** Smaller numbers are seconds: as milliseconds they would be in 1970. Unit: ms since the epoch */
const minMsNumber = 30_000_000_000
/** The years 1 to 9999 less a day at each end: these can be shown in every time zone. Unit: ms since the epoch */
const minShownMs = Date.parse('0001-01-02T00:00:00Z')
const maxShownMs = Date.parse('9999-12-30T00:00:00Z')
