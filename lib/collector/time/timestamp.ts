/** pino's times: ms or s since the epoch, or ISO 8601. @returns ms since the epoch, undefined for anything else */
export function toInstant(time: unknown): number | undefined {
  const at = typeof time === 'string' ? Date.parse(time) : toMs(time)
  return at > minShownMs && at < maxShownMs ? at : undefined
}

function toMs(time: unknown): number {
  if (typeof time !== 'number') return Number.NaN
  return time < firstMsTime ? time * 1000 : time
}

/** A smaller number can only be seconds: as milliseconds it would lie in 1970. */
const firstMsTime = 30_000_000_000
/** The years 1 to 9999, less a day: only those can be written as `asctime` in every zone. */
const minShownMs = Date.parse('0001-01-02T00:00:00Z')
const maxShownMs = Date.parse('9999-12-30T00:00:00Z')
