/** Texts of senders as the page shows them. They are never HTML: all of them become text nodes. */
import { unsafeCharacters } from '../../../util/unsafe-characters.ts'
import { toUnicodeEscape } from '../../../util/unsafe-characters.ts'

/** More of a message isn't put into a row: nobody could see it. Unit: characters */
export const maxRowLength = 600

const unsafe = new RegExp(`[${unsafeCharacters}]`, 'g')
const unsafeButNewlines = new RegExp(`(?!\n)[${unsafeCharacters}]`, 'g')

/** A text as one line, with what can't be seen or changes the direction of writing as escapes: `\u001b`. */
export function showText(text: string, maxLength = maxRowLength): string {
  const cut = cutText(text, maxLength)
  return cut.replace(unsafe, character => (character === '\n' ? '⏎' : toUnicodeEscape(character)))
}

/** The same of a text that keeps its lines, such as a stack. */
export function showLines(text: string, maxLength: number): string {
  return cutText(text, maxLength).replace(unsafeButNewlines, toUnicodeEscape)
}

/** The beginning of a text; what was left out is shown by an ellipsis. */
function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  // Half of a surrogate pair would be shown as a box.
  const end = /[\ud800-\udbff]/.test(text[maxLength - 1] ?? '') ? maxLength - 1 : maxLength
  return `${text.slice(0, end)}…`
}

/** A part of a text, and whether the filter has found it. */
export interface Part {
  readonly text: string
  readonly isFound: boolean
}

/**
 * Divides a text at what the filters look for. As in the search, a text in lower case matches any case.
 * @param wanted texts that may be found @returns the parts in their order, together the whole text
 */
export function markFound(text: string, wanted: readonly string[]): Part[] {
  const parts: Part[] = []
  const lower = text.toLowerCase()
  const needles = wanted.filter(needle => needle !== '')
  let start = 0
  while (start < text.length) {
    const found = findFirst(text, lower, needles, start)
    if (!found) break
    if (found.index > start) parts.push({ text: text.slice(start, found.index), isFound: false })
    parts.push({ text: text.slice(found.index, found.end), isFound: true })
    start = found.end
  }
  if (start < text.length) parts.push({ text: text.slice(start), isFound: false })
  return parts
}

function findFirst(text: string, lower: string, needles: readonly string[], start: number) {
  let first: { index: number; end: number } | undefined
  for (const needle of needles) {
    // Some letters have a different length in lower case: then positions in `lower` say nothing.
    const isAnyCase = needle === needle.toLowerCase() && lower.length === text.length
    const index = (isAnyCase ? lower : text).indexOf(needle, start)
    if (index !== -1 && (!first || index < first.index))
      first = { index, end: index + needle.length }
  }
  return first
}
