/** Names of log files: a template, the period, and an index if a period has several files. */
import { statSync } from 'node:fs'
import { dirname, extname, join, normalize, sep } from 'node:path'
import { ZmqPubError } from '../../errors.ts'
import { escapeRegExp } from '../../util/regexp.ts'
import type { Rotation } from '../time/calendar.ts'
import type { NamePart, Variable } from './name-overlap.ts'
import { isValueName, literalLength, safeValue, valueNames } from './path-template.ts'

/** By compression format, the suffix of a compressed file. */
export const compressedSuffixes = { gzip: '.gz', zstd: '.zst' } as const
/** How closed files can be compressed. */
export type Compression = keyof typeof compressedSuffixes

const periodPatterns: Readonly<Record<Rotation, string>> = {
  daily: String.raw`\d{4}-\d\d-\d\d`,
  hourly: String.raw`\d{4}-\d\d-\d\dT\d\d`,
  weekly: String.raw`\d{4}-W\d\d`,
  monthly: String.raw`\d{4}-\d\d`,
  never: ''
}

/** The same in lower case, with `#` for each digit. */
const periodShapes: Readonly<Record<Rotation, string>> = {
  daily: '####-##-##',
  hourly: '####-##-##t##',
  weekly: '####-w##',
  monthly: '####-##',
  never: ''
}

/**
 * The path of a period's file. The period replaces `{date}`, or is inserted before the extension. If the
 * template contains `{hour}`, the period is split into date and hour.
 * @param file template with no placeholders but `{date}` and `{hour}`
 * @param period as of Calendar; '' if the log is never rotated
 * @param index number of the file within its period; inserted before the extension unless it is 0
 * @returns a normalized path
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

/** Refuses a log path that is a folder: the period would be appended to the folder's name. @throws ERR_ZMQ_PUB_FILE */
export function refuseFolderPath(file: string): void {
  if (!isFolder(file)) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `${file} is a folder; name a file in it, such as ${join(file, '{date}.log')} (--file, or the file of an output)`
  )
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // missing or not accessible: opening the log will fail if it matters
  }
}

/** The deepest folder that contains all files of a log, directly or in subfolders. @param file template */
export function baseFolderOf(file: string): string {
  const literal = file.slice(0, literalLength(file))
  return literal.endsWith('/') || literal.endsWith(sep) ? literal : dirname(literal)
}

/**
 * A pattern of the paths of all files of a template's logs, compressed files included.
 * @returns matches normalized paths; groups: date, hour, index, suffix, and one for each value's name
 */
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

/** Replacements for the variable parts: control characters, which paths don't contain. */
const markers: Readonly<Record<string, string>> = Object.fromEntries(
  ['date', 'hour', 'index', ...valueNames].map((name, index) => [
    name,
    String.fromCodePoint(index + 1)
  ])
)

const digit: Variable = { chars: /\d/, isRepeated: false }
const digits: Variable = { chars: /\d/, isRepeated: true }
const anyValue: Variable = { chars: /[^/\\]/, isRepeated: true }

/** Shapes of the paths of a log's files: of a period's first file, and of the files with an index. See mayOverlap. */
export function toNameShapes(file: string, rotation: Rotation): NamePart[][] {
  const shape = periodShapes[rotation]
  const [date = '', hour = ''] = file.includes('{hour}') ? shape.split('t') : [shape]
  return ['', '.#+'].map(number => toParts(compose(file, date, hour, number)))
}

/** `#` means a digit. A `#` in the template itself is taken for one too: the shape then matches more than the log. */
function toParts(path: string): NamePart[] {
  const parts = path.split(/(\{[a-z]+\}|#\+|#)/)
  const variables: Readonly<Record<string, Variable>> = { '#': digit, '#+': digits }
  return parts.map(part => (isPlaceholder(part) ? anyValue : (variables[part] ?? part)))
}

function isPlaceholder(part: string): boolean {
  return isValueName(part.slice(1, -1)) && part.startsWith('{')
}
