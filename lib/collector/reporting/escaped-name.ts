import { cutText } from '../../util/text.ts'

/** Of a longer name only the beginning is shown. Unit: bytes */
const maxShownBytes = 256

/** What a terminal may act on and JSON does not escape: controls above ASCII, and what changes the direction of writing. */
const unsafe = /[\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g

/** A name that a peer has chosen, as the collector's own log shows it: its JSON has only characters that are safe on a terminal. */
export function escapeName(name: string): string {
  return cutText(name, maxShownBytes).replace(unsafe, toEscape)
}

function toEscape(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
