/** As below, without the newline. */
export const unsafeButNewline = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069`

/**
 * What a terminal or a program that reads lines may act on, as part of a class of a regular expression:
 * all control characters but the tab, the separators of lines and paragraphs, and what changes the
 * direction of writing.
 */
export const unsafeCharacters = String.raw`\n${unsafeButNewline}`

const unsafe = new RegExp(`[${unsafeCharacters}]`, 'g')
const unsafeInText = new RegExp(`[${unsafeButNewline}]`, 'g')

/** A text as one line that no terminal acts on; in a text of JSON its escapes mean the same. */
export function escapeLine(text: string): string {
  return text.replace(unsafe, toUnicodeEscape)
}

/** A text of several lines that no terminal acts on. */
export function escapeText(text: string): string {
  return text.replace(unsafeInText, toUnicodeEscape)
}

/** A character as JSON escapes it: `\u001b`. */
export function toUnicodeEscape(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
