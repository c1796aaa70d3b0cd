/** What senders write, as a terminal may get it. */
import { unsafeButNewline, unsafeCharacters } from '../util/unsafe-characters.ts'

const unsafe = new RegExp(`[${unsafeCharacters}]`, 'g')
const unsafeInLines = new RegExp(`[${unsafeButNewline}]`, 'g')

/** A text as one line that no terminal acts on. */
export function escapeLine(text: string): string {
  return text.replace(unsafe, toEscape)
}

/** A text of several lines that no terminal acts on. */
export function escapeLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unsafeInLines, toEscape)
}

function toEscape(character: string): string {
  if (character === '\n') return String.raw`\n`
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
