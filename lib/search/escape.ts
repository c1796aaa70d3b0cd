/** What senders write, as a terminal may get it. */
import { escapeText } from '../util/unsafe-characters.ts'

/** A text as one line that no terminal acts on; its newlines are `\n`. */
export function escapeLine(text: string): string {
  return escapeText(text).replaceAll('\n', String.raw`\n`)
}

/** A text of several lines that no terminal acts on. */
export function escapeLines(text: string): string {
  return escapeText(text.replaceAll('\r\n', '\n'))
}
