import { cutText } from '../../util/text.ts'
import { toUnicodeEscape, unsafeCharacters } from '../../util/unsafe-characters.ts'

/** Of a longer name only the beginning is shown. Unit: bytes */
const maxShownBytes = 256

/** A name has no tabs, either. */
const unsafe = new RegExp(String.raw`[\t${unsafeCharacters}]`, 'g')

/** A name that a peer has chosen, as the collector's own log shows it. */
export function escapeName(name: string): string {
  return escapeUnsafe(cutText(name, maxShownBytes))
}

/** A text with names of peers, as one line that no terminal acts on. */
export function escapeUnsafe(text: string): string {
  return text.replace(unsafe, toUnicodeEscape)
}
