/** Reads the members of a record without making objects of them: filters and text format need a few. */

/** The members of a record, in its order. A key may occur several times. */
export interface Members {
  readonly keys: string[]
  /** as they are in the line; a text without its quotes, see `decodeText` */
  readonly values: string[]
  /** by index, whether the value is a text; otherwise it is JSON of any other type */
  readonly isText: boolean[]
  /** the part of the line that was not read, '' where there are at most `maxMembers` */
  rest: string
  /** whether the line is known to have no escapes, and no character that text format must escape */
  isSafe: boolean
}

/** Further members are left as they are: each takes more memory than its bytes. */
export const maxMembers = 10_000

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]
const [space, tab, newline, carriageReturn] = [0x20, 0x09, 0x0a, 0x0d]

/**
 * Reads a JSON object in one pass over the line, whatever is in it. A nested value is skipped: its
 * brackets and texts must end, and nothing else is checked.
 * @returns undefined where the line isn't a JSON object
 */
export function readMembers(line: string): Members | undefined {
  const start = skipSpace(line, 0)
  if (line.charCodeAt(start) !== openBrace) return undefined
  const members: Members = { keys: [], values: [], isText: [], rest: '', isSafe: false }
  const isChecked = control.test(line)
  let offset = skipSpace(line, start + 1)
  if (line.charCodeAt(offset) === closeBrace) return isEnd(line, offset + 1) ? members : undefined
  for (let count = 0; count < maxMembers; count++) {
    offset = skipSpace(line, readMember(line, offset, members, isChecked))
    if (offset === 0) return undefined
    const next = line.charCodeAt(offset)
    if (next === closeBrace) return isEnd(line, offset + 1) ? members : undefined
    if (next !== comma) return undefined
    offset = skipSpace(line, offset + 1)
  }
  members.rest = line.slice(offset)
  return members
}

/**
 * Reads the member that begins at `start`.
 * @param isChecked whether to look for control characters in texts: JSON has none there
 * @returns the offset behind it, 0 where there is none
 */
function readMember(
  line: string,
  start: number,
  { keys, values, isText }: Members,
  isChecked: boolean
): number {
  const keyEnd = findTextEnd(line, start)
  const colonOffset = skipSpace(line, keyEnd)
  if (keyEnd === 0 || line.charCodeAt(colonOffset) !== colon) return 0
  const key = line.slice(start + 1, keyEnd - 1)
  const valueStart = skipSpace(line, colonOffset + 1)
  const valueEnd = findValueEnd(line, valueStart)
  if (valueEnd === 0) return 0
  const isQuoted = line.charCodeAt(valueStart) === quote
  const value = isQuoted
    ? line.slice(valueStart + 1, valueEnd - 1)
    : line.slice(valueStart, valueEnd)
  if (isChecked && (control.test(key) || (isQuoted && control.test(value)))) return 0
  keys.push(decodeText(key))
  values.push(value)
  isText.push(isQuoted)
  return valueEnd
}

/** The offset behind the value that begins at `start`, 0 where there is none. */
function findValueEnd(line: string, start: number): number {
  const first = line.charCodeAt(start)
  if (first === quote) return findTextEnd(line, start)
  if (first === openBrace || first === openBracket) return findNestedEnd(line, start)
  scalar.lastIndex = start
  return scalar.test(line) ? scalar.lastIndex : 0
}

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?|true|false|null/y

/** The offset behind the text that begins at `start`, 0 where none does or it has no end. */
function findTextEnd(line: string, start: number): number {
  if (line.charCodeAt(start) !== quote) return 0
  let end = line.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(line, end)) end = line.indexOf('"', end + 1)
  return end + 1
}

/** Whether an odd number of backslashes is before `offset`. */
function isEscaped(line: string, offset: number): boolean {
  let before = offset - 1
  while (line.charCodeAt(before) === backslash) before--
  return (offset - before) % 2 === 0
}

/** The offset behind the object or array that begins at `start`, 0 where it has no end. */
function findNestedEnd(line: string, start: number): number {
  let depth = 0
  for (let offset = start; offset < line.length; offset++) {
    const code = line.charCodeAt(offset)
    if (code === quote) {
      const end = findTextEnd(line, offset)
      if (end === 0) return 0
      offset = end - 1
    } else if (code === openBrace || code === openBracket) depth++
    else if ((code === closeBrace || code === closeBracket) && --depth === 0) return offset + 1
  }
  return 0
}

const control = new RegExp(String.raw`[\u0000-\u001f]`)

/** The offset of the first character from `start` on that isn't white space. */
function skipSpace(line: string, start: number): number {
  let offset = start
  let code = line.charCodeAt(offset)
  while (code === space || code === tab || code === newline || code === carriageReturn) {
    code = line.charCodeAt(++offset)
  }
  return offset
}

function isEnd(line: string, offset: number): boolean {
  return skipSpace(line, offset) === line.length
}

/** A text of a record's JSON without its escapes. Wrong escapes stay as they are. */
export function decodeText(text: string): string {
  if (!text.includes('\\')) return text
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}

/** @returns the text at this index, undefined where the index is -1 or the value isn't a text */
export function readText({ values, isText, isSafe }: Members, index: number): string | undefined {
  // V8 looks an index of -1 up as if it were a name, which takes as long as half of a record.
  if (index === -1 || !isText[index]) return undefined
  return isSafe ? values[index] : decodeText(values[index] as string)
}

/** @returns the text or number at this index, undefined where the index is -1 or the value is another one */
export function readScalar(members: Members, index: number): string | number | undefined {
  if (index === -1 || members.isText[index]) return readText(members, index)
  const number = Number(members.values[index])
  return Number.isNaN(number) ? undefined : number
}

/** The value at this index as it is in the record's JSON. */
export function toJson({ values, isText }: Members, index: number): string {
  return isText[index] ? `"${values[index]}"` : (values[index] as string)
}
