/** What an entry of the text format consists of, and how it keeps what senders write from looking like another entry. */
import {
  toUnicodeEscape,
  unsafeButNewline,
  unsafeCharacters
} from '../../util/unsafe-characters.ts'

/** What an entry consists of. */
export interface Entry {
  /** ms since the epoch */
  time: number
  /** as `toColumn` returns it */
  levelName: string
  /** as `toColumn` returns it; '' for none */
  subtopic: string
  /** the source place, as `toColumn` returns it; '' for none */
  caller: string
  message: string
  /** other members of the record as ` key=value`, JSON where that is needed; '' for none */
  fields: string
  /** lines that follow the first one, such as a stack, separated by newlines; '' for none */
  details: string
  /** whether message and fields are known to need no escapes: looking costs a tenth of the time */
  isSafe: boolean
}

const unsafe = new RegExp(`[${unsafeButNewline}]`)
const mayNeedEscape = new RegExp(String.raw`[\\${unsafeCharacters}]`)
const detailsMayNeedEscape = new RegExp(String.raw`[\\${unsafeButNewline}]`)
/** A backslash that would look like the beginning of an escape. */
const ambiguousBackslash = new RegExp(String.raw`\\(?=[\\nru|${unsafeCharacters}])`, 'g')

/** Message and fields as they are written; JSON escapes the backslashes of fields itself. */
export function escapeBody(entry: Entry): Entry {
  const { message, fields, isSafe } = entry
  if (isSafe || !mayNeedEscape.test(message + fields)) return entry
  return {
    ...entry,
    message: inPieces(message, escapeText),
    fields: inPieces(fields, escapeUnsafe)
  }
}

/** A line that doesn't begin with a space: where one doesn't, an entry begins. */
export function escapeStart(line: string): string {
  return /^[ \t]/.test(line) ? toEscape(line.slice(0, 1)) + line.slice(1) : line
}

/** A level name or a sub-topic as it is written: ` | ` separates it from what follows. */
export function toColumn(text: string): string {
  const isFine = !mayNeedEscape.test(text) && !text.includes('|')
  return isFine ? text : replaceAll(inPieces(text, escapeText), '|', toEscape('|'))
}

/** Each line of a text behind four spaces. */
export function indent(details: string): string {
  const isFine = !detailsMayNeedEscape.test(details)
  const convert = (piece: string, next: string): string =>
    replaceAll(isFine ? piece : escapeLines(piece, next), '\n', '\n    ')
  return `    ${inPieces(replaceAll(details, '\r\n', '\n'), convert)}\n`
}

/** In the result `\n`, `\r`, `\uXXXX` and `\\` are escapes; every other backslash is itself. */
function escapeText(text: string, next: string): string {
  return replaceAll(escapeLines(text, next), '\n', String.raw`\n`)
}

/** The same, but newlines stay. @param next the character behind the text, '' for none */
function escapeLines(text: string, next: string): string {
  const doubled = (text + next).replaceAll(ambiguousBackslash, String.raw`\\`)
  return escapeUnsafe(next === '' ? doubled : doubled.slice(0, -1))
}

function escapeUnsafe(text: string): string {
  let escaped = text
  let found = unsafe.exec(escaped)
  while (found) {
    escaped = replaceAll(escaped, found[0], toEscape(found[0]))
    found = unsafe.exec(escaped)
  }
  return escaped
}

function toEscape(character: string): string {
  return character === '\r' ? String.raw`\r` : toUnicodeEscape(character)
}

/** V8's own replaceAll takes five times as long where there is much to replace. */
function replaceAll(text: string, wanted: string, replacement: string): string {
  return text.includes(wanted) ? text.split(wanted).join(replacement) : text
}

const pieceLength = 65_536

/** Converts a long text in pieces: much to replace in one takes several times the memory. @param convert gets the character behind the piece as well */
function inPieces(text: string, convert: (piece: string, next: string) => string): string {
  if (text.length <= pieceLength) return convert(text, '')
  let converted = ''
  for (let start = 0; start < text.length; start += pieceLength) {
    const end = start + pieceLength
    converted += convert(text.slice(start, end), text[end] ?? '')
  }
  return converted
}
