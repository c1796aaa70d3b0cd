/** What the files of a log are called: a template, the period, and a number where a period has several. */
import { statSync } from 'node:fs'
import { dirname, extname, join, normalize, sep } from 'node:path'
import { ZmqPubError } from '../../errors.ts'
import { escapeRegExp } from '../../util/regexp.ts'
import type { Rotation } from '../time/calendar.ts'
import type { NamePart, Variable } from './name-overlap.ts'
import { isValueName, literalLength, safeValue, valueNames } from './path-template.ts'

/** What is added to a closed file's name when it has been compressed. */
export const compressedSuffixes = { gzip: '.gz', zstd: '.zst' } as const
export type Compression = keyof typeof compressedSuffixes

const periodPatterns: Readonly<Record<Rotation, string>> = {
  daily: String.raw`\d{4}-\d\d-\d\d`,
  hourly: String.raw`\d{4}-\d\d-\d\dT\d\d`,
  weekly: String.raw`\d{4}-W\d\d`,
  monthly: String.raw`\d{4}-\d\d`,
  never: ''
}

/** The same, with `#` for each digit; in lower case. */
const periodShapes: Readonly<Record<Rotation, string>> = {
  daily: '####-##-##',
  hourly: '####-##-##t##',
  weekly: '####-w##',
  monthly: '####-##',
  never: ''
}

/**
 * The path of a period's file: the period stands for `{date}`, or before the extension. Where the
 * template has an `{hour}`, that is taken out of the period.
 * @param file a template without values of senders and records
 * @param period '' where the log is never rotated
 * @param index stands before the extension where it isn't 0
 */
export function toPath(file: string, period: string, index = 0): string {
  const [date = '', hour = ''] = file.includes('{hour}') ? period.split('T') : [period]
  return compose(file, date, hour, index === 0 ? '' : `.${index}`)
}

function compose(file: string, date: string, hour: string, number: string): string {
  const extension = extname(file)
  const stem = file.slice(0, file.length - extension.length)
  const isInName = file.includes('{date}')
  const period = isInName || date === '' ? '' : `.${date}`
  const path = `${stem}${period}${number}${extension}`
  return normalize(path.replaceAll('{date}', date).replaceAll('{hour}', hour))
}

/** @throws ERR_ZMQ_PUB_FILE where a log's path is a folder's: a period in that name would be a surprise */
export function refuseFolderPath(file: string): void {
  if (!isFolder(file)) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `${file} is a folder; name a file in it, such as ${join(file, '{date}.log')}`
  )
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // none, or one that can't be looked at: opening the log will tell
  }
}

/** The folder in which all files of a log lie, at some depth. */
export function baseFolderOf(file: string): string {
  const literal = file.slice(0, literalLength(file))
  return literal.endsWith('/') || literal.endsWith(sep) ? literal : dirname(literal)
}

/** The paths that `toPath` gives. */
export function toPattern(file: string, rotation: Rotation): RegExp {
  const [datePattern, hourPattern = ''] = file.includes('{hour}')
    ? periodPatterns[rotation].split('T')
    : [periodPatterns[rotation]]
  const parts = [
    ['date', datePattern],
    ['hour', hourPattern],
    ['index', String.raw`(?:\.(?<index>[1-9]\d*))?`],
    ...valueNames.map(name => [name, safeValue])
  ] as const
  const { date = '', hour = '', index = '' } = markers
  const path = compose(file, rotation === 'never' ? '' : date, hour, index)
  let pattern = escapeRegExp(
    valueNames.reduce((text, name) => text.replaceAll(`{${name}}`, markers[name] ?? ''), path)
  )
  for (const [name = '', part = ''] of parts) {
    const named = name === 'index' ? part : `(?<${name}>${part})`
    pattern = pattern
      .replace(markers[name] ?? '', () => named)
      .replaceAll(markers[name] ?? '', () => String.raw`\k<${name}>`)
  }
  const suffixes = Object.values(compressedSuffixes).map(escapeRegExp).join('|')
  return new RegExp(`^${pattern}(?<suffix>${suffixes})?$`, 'u')
}

/** What stands for a part that varies: no path has such characters. */
const markers: Readonly<Record<string, string>> = Object.fromEntries(
  ['date', 'hour', 'index', ...valueNames].map((name, at) => [name, String.fromCodePoint(at + 1)])
)

const digit: Variable = { chars: /\d/, isRepeated: false }
const digits: Variable = { chars: /\d/, isRepeated: true }
const anyValue: Variable = { chars: /[^/\\]/, isRepeated: true }

/** The shapes of the names that the files of a log may have: a period's first, and the others. */
export function toNameShapes(file: string, rotation: Rotation): NamePart[][] {
  const shape = periodShapes[rotation]
  const [date = '', hour = ''] = file.includes('{hour}') ? shape.split('t') : [shape]
  return ['', '.#+'].map(number => toParts(compose(file, date, hour, number)))
}

/** `#` is a digit, and stands in paths, too: those are then taken for more than they are. */
function toParts(path: string): NamePart[] {
  const parts = path.split(/(\{[a-z]+\}|#\+|#)/)
  const variables: Readonly<Record<string, Variable>> = { '#': digit, '#+': digits }
  return parts.map(part => (isPlaceholder(part) ? anyValue : (variables[part] ?? part)))
}

function isPlaceholder(part: string): boolean {
  return isValueName(part.slice(1, -1)) && part.startsWith('{')
}
