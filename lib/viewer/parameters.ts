/** Parameters of a request's URL, which anybody may have written. */
import { RequestError } from './request-error.ts'

/** @throws RequestError where there is one that isn't known: a filter with a wrong name would show too much */
export function refuseOtherParameters(parameters: URLSearchParams, known: readonly string[]): void {
  const other = [...parameters.keys()].find(name => !known.includes(name))
  if (other === undefined) return
  throw new RequestError(
    400,
    'parameter',
    `a parameter must be one of ${known.join(', ')}, got ${show(other)}`
  )
}

/** @throws RequestError where it isn't a whole number from `least` to `most` */
export function readNumber(
  parameters: URLSearchParams,
  name: string,
  { usual, least = 1, most }: { usual: number; least?: number; most: number }
): number {
  const text = parameters.get(name) ?? ''
  if (text === '') return usual
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new RequestError(
    400,
    'number',
    `${name} must be a whole number from ${least} to ${most}, got ${show(text)}`
  )
}

function show(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text)
}
