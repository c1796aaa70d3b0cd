import { cutText } from '../../util/text.ts'

/** Of a longer name only the beginning is shown. Unit: bytes */
const maxShownBytes = 256

/** What a terminal may act on: control characters, line separators, and what changes the direction of writing. */
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g

/** A name that a peer has chosen, as the collector's own log shows it. */
export function escapeName(name: string): string {
  return escapeUnsafe(cutText(name, maxShownBytes))
}

/** A text with names of peers, as one line that no terminal acts on. */
export function escapeUnsafe(text: string): string {
  return text.replace(unsafe, toEscape)
}

function toEscape(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
