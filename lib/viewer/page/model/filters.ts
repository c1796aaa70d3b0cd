/** Which records are shown. The page's address and the requests to the collector have it in the same form. */
import { parseLevel } from '../../../record/levels.ts'

/** A member and its value. */
export interface FieldFilter {
  /** `err.code` is the member `code` of the object `err` */
  readonly key: string
  readonly value: string
}

/** A record must match all of it. */
export interface Filters {
  /** '' = all, as of the next two */
  readonly app: string
  readonly host: string
  /** prefix of the sub-topic */
  readonly topic: string
  /** lowest level, as pino's number; 0 = all */
  readonly level: number
  /** each must be in the line */
  readonly texts: readonly string[]
  readonly fields: readonly FieldFilter[]
  readonly nots: readonly FieldFilter[]
}

export const noFilters: Filters = {
  app: '',
  host: '',
  topic: '',
  level: 0,
  texts: [],
  fields: [],
  nots: []
}

/** Reads what an address has; what isn't valid there is left out. */
export function parseFilters(params: URLSearchParams): Filters {
  const level = parseLevel(params.get('level') ?? '') ?? 0
  return {
    app: params.get('app') ?? '',
    host: params.get('host') ?? '',
    topic: params.get('topic') ?? '',
    level,
    texts: params.getAll('text').filter(text => text !== ''),
    fields: params.getAll('field').flatMap(parseField),
    nots: params.getAll('not').flatMap(parseField)
  }
}

/** Adds the filters to parameters, each only where it is set. */
export function addFilters(params: URLSearchParams, filters: Filters): void {
  const { app, host, topic, level, texts, fields, nots } = filters
  if (app !== '') params.append('app', app)
  if (host !== '') params.append('host', host)
  if (topic !== '') params.append('topic', topic)
  if (level > 0) params.append('level', String(level))
  for (const text of texts) params.append('text', text)
  for (const { key, value } of fields) params.append('field', `${key}=${value}`)
  for (const { key, value } of nots) params.append('not', `${key}=${value}`)
}

/** Whether all records match. */
export function isEmpty({ app, host, topic, level, texts, fields, nots }: Filters): boolean {
  return app + host + topic === '' && level + texts.length + fields.length + nots.length === 0
}

/** Adds a value that a record must have, or must not have. Only one of the two can be asked for. */
export function withField(filters: Filters, field: FieldFilter, kind: 'fields' | 'nots'): Filters {
  const fields = withoutItem(filters.fields, field)
  const nots = withoutItem(filters.nots, field)
  return { ...filters, fields, nots, [kind]: [...(kind === 'fields' ? fields : nots), field] }
}

/** Removes it from both lists. */
export function withoutField(filters: Filters, field: FieldFilter): Filters {
  return {
    ...filters,
    fields: withoutItem(filters.fields, field),
    nots: withoutItem(filters.nots, field)
  }
}

function withoutItem(list: readonly FieldFilter[], { key, value }: FieldFilter): FieldFilter[] {
  return list.filter(item => item.key !== key || item.value !== value)
}

/** A filter that is longer is refused by the collector. Unit: characters */
const maxFilterLength = 500

/** Whether a record's member can be asked for: its key ends at the first `=`. */
export function canBeFilter({ key, value }: FieldFilter): boolean {
  return key !== '' && !key.includes('=') && `${key}=${value}`.length <= maxFilterLength
}

/** The key ends at the first `=`; a field without one is left out. */
function parseField(text: string): FieldFilter[] {
  const end = text.indexOf('=')
  return end > 0 ? [{ key: text.slice(0, end), value: text.slice(end + 1) }] : []
}
