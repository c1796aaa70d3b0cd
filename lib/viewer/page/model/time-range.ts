/** The time that the history shows: the last minutes, hours or days, or from one time to another. */

/** Relative: `lastMs` until now. Absolute: from `sinceMs` to before `untilMs`, as ms since the epoch. */
export type TimeRange =
  { readonly lastMs: number } | { readonly sinceMs: number; readonly untilMs: number }

/** A range in which both ends are known. Unit: ms since the epoch */
export interface Interval {
  readonly sinceMs: number
  readonly untilMs: number
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** What one can choose at once, with its name. */
export const usualRanges: readonly (readonly [name: string, lastMs: number])[] = [
  ['Last 15 minutes', 15 * minute],
  ['Last hour', hour],
  ['Last 6 hours', 6 * hour],
  ['Last 24 hours', day],
  ['Last 7 days', 7 * day],
  ['Last 30 days', 30 * day]
]

export const defaultRange: TimeRange = { lastMs: hour }

/** Steps of a histogram that people know from clocks and calendars. */
const steps = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map(seconds => seconds * second),
  ...[1, 2, 5, 10, 15, 30].map(minutes => minutes * minute),
  ...[1, 2, 3, 6, 12].map(hours => hours * hour),
  ...[1, 2, 7, 30].map(days => days * day)
]

/** The two ends of a range. @param now ms since the epoch */
export function toInterval(range: TimeRange, now: number): Interval {
  if (!('lastMs' in range)) return range
  return { sinceMs: now - range.lastMs, untilMs: now }
}

/** The smallest usual step that needs at most this number of buckets. Unit: ms */
export function chooseBucketMs({ sinceMs, untilMs }: Interval, maxBuckets: number): number {
  const least = Math.max(1, (untilMs - sinceMs) / maxBuckets)
  return steps.find(step => step >= least) ?? Math.ceil(least / day) * day
}

/** The interval with both ends at whole steps, so that buckets stay the same while time passes. */
export function alignInterval({ sinceMs, untilMs }: Interval, bucketMs: number): Interval {
  return {
    sinceMs: Math.floor(sinceMs / bucketMs) * bucketMs,
    untilMs: Math.ceil(untilMs / bucketMs) * bucketMs
  }
}

/** A range as the address has it: `since=15m`, or `since=…&until=…` in ms since the epoch. */
export function addRange(params: URLSearchParams, range: TimeRange): void {
  if ('lastMs' in range) {
    params.append('since', toSpan(range.lastMs))
  } else {
    params.append('since', String(range.sinceMs))
    params.append('until', String(range.untilMs))
  }
}

/** @returns the default where the address has no range, or one that isn't valid */
export function parseRange(params: URLSearchParams): TimeRange {
  const since = params.get('since') ?? ''
  const lastMs = parseSpan(since)
  if (lastMs !== undefined) return { lastMs }
  const [sinceMs, untilMs] = [parseTime(since), parseTime(params.get('until') ?? '')]
  return sinceMs < untilMs ? { sinceMs, untilMs } : defaultRange
}

const units: Readonly<Record<string, number>> = { s: second, m: minute, h: hour, d: day }

/** `15m` as ms; undefined where it is none. */
function parseSpan(text: string): number | undefined {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * (units[unit] as number)
}

function toSpan(ms: number): string {
  const unit = Object.keys(units).findLast(name => ms % (units[name] as number) === 0) ?? 's'
  return `${Math.max(1, Math.round(ms / (units[unit] as number)))}${unit}`
}

/** NaN where it is no time of these centuries. */
function parseTime(text: string): number {
  return /^\d{1,14}$/.test(text) ? Number(text) : Number.NaN
}
