/** Times as the page shows them, in the time zone of the browser. */

/** `08:15:26.123`, with the date in front where rows are of several days. @returns dashes for NaN */
export function showTime(timeMs: number, hasDate: boolean): string {
  const date = new Date(timeMs)
  if (Number.isNaN(date.getTime())) return '-'
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
  const clock = `${time}.${pad(date.getMilliseconds(), 3)}`
  return hasDate ? `${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${clock}` : clock
}

/** `2026-11-23 08:15:26.123` */
export function showDateTime(timeMs: number): string {
  const year = new Date(timeMs).getFullYear()
  return Number.isNaN(year) ? '-' : `${year}-${showTime(timeMs, true)}`
}

const dayMs = 86_400_000

/** A mark of an axis, as exact as its length needs: `11-23`, `08:15`, `08:15:26` or `08:15:26.123`. */
export function showMark(timeMs: number, lengthMs: number): string {
  const text = showTime(timeMs, true)
  const isMidnight = text.endsWith(' 00:00:00.000')
  if (lengthMs > 4 * dayMs || (isMidnight && lengthMs > dayMs / 2)) return text.slice(0, 5)
  if (lengthMs > 10 * 60_000) return text.slice(6, 11)
  return lengthMs > 10_000 ? text.slice(6, 14) : text.slice(6)
}

/** The form of an input of the type datetime-local, with seconds. */
export function toInputValue(timeMs: number): string {
  return showDateTime(timeMs).slice(0, 19).replace(' ', 'T')
}

/** @returns NaN where the text is no time */
export function parseInputValue(text: string): number {
  return text === '' ? Number.NaN : new Date(text).getTime()
}

function pad(number: number, digits = 2): string {
  return String(number).padStart(digits, '0')
}
