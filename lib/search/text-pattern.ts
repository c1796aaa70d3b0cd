/** Literal texts as regular expressions. They have no quantifiers, so that no text makes a search slow. */
import { escapeRegExp } from '../util/regexp.ts'
import { toPattern } from './query.ts'

/** A text as it can be found in an entry. */
export interface TextPattern {
  regexp: RegExp
  /** the text, where only exactly its bytes are meant; '' where it may be spelt in several ways */
  exact: string
}

/**
 * Finds a text. If it has no capital letters, it matches any case. In NDJSON, each character may also be written with an
 * escape, as JSON needs it for `"` and as Python's json writes everything beyond ASCII.
 */
export function toTextPattern(text: string, format: 'ndjson' | 'text'): TextPattern {
  const isAnyCase = text === text.toLowerCase() && text !== text.toUpperCase()
  const spellings = Array.from(text, character =>
    format === 'ndjson' ? toSpelling(character, isAnyCase) : escapeRegExp(character)
  )
  const source = spellings.join('')
  const isExact = !isAnyCase && source === escapeRegExp(text) && !unsure.test(text)
  const { flags } = toPattern('')
  return { regexp: new RegExp(source, isAnyCase ? `i${flags}` : flags), exact: isExact ? text : '' }
}

/** Characters of which the bytes of a file don't say for sure that they are there: those that stand for invalid bytes. */
const unsure = /[\n\r\uFFFD\p{Surrogate}]/u

/** A character as itself, or with an escape of JSON. */
function toSpelling(character: string, isAnyCase: boolean): string {
  if (isPlain.test(character)) return escapeRegExp(character)
  const cases = isAnyCase ? [character, character.toUpperCase()] : [character]
  const short = /["/\\]/.test(character) ? `\\${character}` : JSON.stringify(character).slice(1, -1)
  const all = new Set([character, short, ...cases.flatMap(toEscapes)])
  return `(?:${[...all].map(escapeRegExp).join('|')})`
}

const isPlain = /^[ !#-.0-[\]-~]$/

/** A text as escapes such as `\u00e9`, whose digits may be capitals. */
function toEscapes(text: string): string[] {
  const units = text.split('').map(unit => unit.charCodeAt(0).toString(16).padStart(4, '0'))
  return [units, units.map(unit => unit.toUpperCase())].map(each =>
    each.map(unit => `\\u${unit}`).join('')
  )
}
