/** Path templates, such as `logs/{app}/{host}/{date}.log`. */
import { mayBeKey } from '../../util/hide-keys.ts'
import { suggestName } from '../../util/suggest.ts'

/** Placeholders for values of a sender or a record. `{date}` and `{hour}` are for the period. */
export const valueNames = ['app', 'host', 'pid', 'topic', 'level'] as const
/** The name of such a placeholder. */
export type ValueName = (typeof valueNames)[number]

/** The values of one record, as received. */
export type Values = Readonly<Record<ValueName, string>>

const knownNames: readonly string[] = [...valueNames, 'date', 'hour']

const placeholder = /\{([^{}/\\]*)\}/g

/** The names of a template's placeholders, each once. */
export function namesIn(template: string): string[] {
  return [...new Set([...template.matchAll(placeholder)].map(([, name = '']) => name))]
}

/** @returns a message about the first unknown placeholder, with the known ones; undefined if all are known */
export function findUnknownName(template: string): string | undefined {
  const unknown = namesIn(template).find(name => !knownNames.includes(name))
  if (unknown === undefined) return undefined
  const known = knownNames.map(name => `{${name}}`).join(' ')
  const shown = /^[\w -]*$/.test(unknown) || !mayBeKey(template) ? unknown : '…' // keys have braces
  return `unknown placeholder {${shown}}${suggestName(unknown, knownNames, name => `{${name}}`)}; known: ${known}`
}

/** Whether a template has a placeholder for a value of a sender or a record. */
export function hasValues(template: string): boolean {
  return namesIn(template).some(isValueName)
}

/** Whether a placeholder's name is that of a value. */
export function isValueName(name: string): name is ValueName {
  return (valueNames as readonly string[]).includes(name)
}

/** Index of a template's first placeholder; the template's length if it has none. Unit: characters */
export function literalLength(template: string): number {
  const index = template.search(placeholder)
  return index === -1 ? template.length : index
}

/** Replaces value placeholders with safe values, see toSafeName. The period's placeholders stay. */
export function fillIn(template: string, values: Partial<Values>): string {
  return template.replaceAll(placeholder, (whole, name: string) =>
    isValueName(name) ? toSafeName(values[name] ?? '', absentValues[name]) : whole
  )
}

/** The replacement for a value that is missing or empty. */
const absentValues: Values = {
  app: 'unknown',
  host: 'unknown',
  pid: 'unknown',
  topic: 'none',
  level: 'info'
}

/** File systems limit names to 255 bytes, and a name may contain several values. Unit: bytes */
export const maxValueBytes = 72

/** Characters not allowed in a value: separators, control characters, special characters of shells and of Windows. */
const unsafe = /[^\p{L}\p{M}\p{N}_@+.-]+/gu

/** Source of a regular expression (flag `u`) that matches what `toSafeName` returns. */
export const safeValue = String.raw`(?!\.)[\p{L}\p{M}\p{N}_@+.-]{1,${maxValueBytes}}?(?<!\.(?:\d[\dTWtw-]*)?)`

/**
 * Makes a value safe as a part of a file's name: no separators, no leading dot, at most 72 bytes, never
 * empty. It doesn't end like what a log adds to names: an index, `.1`, or a period, `.2026-11-25`.
 * @param absent returned if nothing is left of the value
 */
export function toSafeName(value: string, absent: string): string {
  const written = Buffer.from(value.normalize('NFC').replaceAll(unsafe, '_'))
  const safe = written
    .toString('utf8', 0, maxValueBytes)
    .replace(/\uFFFD+$/, '') // a character that was cut in two
    .replaceAll(/\.{2,}|^\./g, '_')
    .replace(/\.((?:\d[\dTW-]*)?)$/i, '_$1')
  if (safe === '') return absent
  return reservedOnWindows.test(safe) ? `_${safe.slice(1)}` : safe
}

/** Device names, with or without an extension. */
const reservedOnWindows = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=$|\.)/i
