/** Templates of paths: `logs/{app}/{host}/{date}.log`. */
import { suggestName } from '../../util/suggest.ts'

/** What stands in a path for the sender, or for the record. `{date}` and `{hour}` stand for the period. */
export const valueNames = ['app', 'host', 'pid', 'topic', 'level'] as const
export type ValueName = (typeof valueNames)[number]

/** The values of one record, as they came. */
export type Values = Readonly<Record<ValueName, string>>

const knownNames: readonly string[] = [...valueNames, 'date', 'hour']

const placeholder = /\{([^{}/\\]*)\}/g

/** The names of a template's placeholders, each once. */
export function namesIn(template: string): string[] {
  return [...new Set([...template.matchAll(placeholder)].map(([, name = '']) => name))]
}

/** What is wrong with a template's placeholders; undefined where nothing is. */
export function findUnknownName(template: string): string | undefined {
  const unknown = namesIn(template).find(name => !knownNames.includes(name))
  if (unknown === undefined) return undefined
  const known = knownNames.map(name => `{${name}}`).join(' ')
  return `unknown placeholder {${unknown}}${suggestName(unknown, knownNames, name => `{${name}}`)}; known: ${known}`
}

/** Whether a template has a placeholder of a sender's or a record's value. */
export function hasValues(template: string): boolean {
  return namesIn(template).some(isValueName)
}

export function isValueName(name: string): name is ValueName {
  return (valueNames as readonly string[]).includes(name)
}

/** Where a template's first placeholder begins; the length of the template where it has none. */
export function literalLength(template: string): number {
  const at = template.search(placeholder)
  return at === -1 ? template.length : at
}

/** Puts values in a template, made safe; the period's placeholders stay. */
export function fillIn(template: string, values: Partial<Values>): string {
  return template.replaceAll(placeholder, (whole, name: string) =>
    isValueName(name) ? toSafeName(values[name] ?? '', absentValues[name]) : whole
  )
}

/** What stands for a value that isn't known. */
const absentValues: Values = {
  app: 'unknown',
  host: 'unknown',
  pid: 'unknown',
  topic: 'none',
  level: 'info'
}

/** File systems take names of 255 bytes, and a name may have several values. Unit: bytes */
const maxValueBytes = 72

/** One or more characters that may not stand in a value: separators, control characters, what shells and Windows mind. */
const unsafe = /[^\p{L}\p{M}\p{N}_@+.-]+/gu

/** As a regular expression with the flag `u`, what `toSafeName` returns. */
export const safeValue = String.raw`(?!\.)[\p{L}\p{M}\p{N}_@+.-]{1,${maxValueBytes}}?(?<!\.(?:\d[\dTWtw-]*)?)`

/**
 * A value as a part of a file's name: it stays in its folder, hides nothing and is never empty. It
 * doesn't end like what a log adds to its files' names: a number, `.1`, or a period, `.2026-11-25`.
 */
export function toSafeName(value: string, absent: string): string {
  const written = Buffer.from(value.normalize('NFC').replaceAll(unsafe, '_'))
  const safe = written
    .toString('utf8', 0, maxValueBytes)
    .replace(/\uFFFD+$/, '') // a letter of which a part was cut off
    .replaceAll(/\.{2,}|^\./g, '_')
    .replace(/\.((?:\d[\dTW-]*)?)$/i, '_$1')
  if (safe === '') return absent
  return reservedOnWindows.test(safe) ? `_${safe.slice(1)}` : safe
}

/** Names of devices, whatever follows behind a dot. */
const reservedOnWindows = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=$|\.)/i
