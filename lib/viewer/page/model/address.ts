/** What the page shows, as its address has it: a link shows others the same, and back and forward work. */
import { addFilters, parseFilters, type Filters } from './filters.ts'
import { addRange, parseRange, type TimeRange } from './time-range.ts'

export const views = ['live', 'history', 'senders'] as const
export type View = (typeof views)[number]

export interface PageState {
  readonly view: View
  readonly filters: Filters
  /** of the history */
  readonly range: TimeRange
  /** number of the output whose files the history shows; undefined = the one that the collector chooses */
  readonly output: number | undefined
}

/** @param search of the address, with or without `?` */
export function parseAddress(search: string): PageState {
  const params = new URLSearchParams(search)
  const output = params.get('output') ?? ''
  return {
    view: views.find(view => view === params.get('view')) ?? 'live',
    filters: parseFilters(params),
    range: parseRange(params),
    output: /^\d{1,3}$/.test(output) ? Number(output) : undefined
  }
}

/** @returns '' or what begins with `?`; parameters that the view doesn't use stay, so that one can change between views */
export function toAddress({ view, filters, range, output }: PageState): string {
  const params = new URLSearchParams()
  if (view !== 'live') params.append('view', view)
  addFilters(params, filters)
  if (view === 'history' || !isDefaultRange(range)) addRange(params, range)
  if (output !== undefined) params.append('output', String(output))
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

function isDefaultRange(range: TimeRange): boolean {
  const byDefault = parseRange(new URLSearchParams())
  return 'lastMs' in range && 'lastMs' in byDefault && range.lastMs === byDefault.lastMs
}
