/** Finds text that must be in a line, so that most lines need no closer look: searching for bytes is ten times faster. */

/** A text that each match of a regular expression contains. */
export interface Literal {
  /** '' where none is known */
  text: string
  /** whether the expression is nothing but this text */
  isWhole: boolean
}

/** Characters of which the bytes of a file say for sure that they are there: not those that stand for invalid bytes. */
const unsure = /[\n\r\uFFFD\p{Surrogate}]/u

/**
 * The longest text that each match of a regular expression contains.
 * @param source that `toPattern` accepts
 */
export function findLiteral(source: string): Literal {
  const runs: string[] = []
  let run: string[] = []
  let isWhole = true
  const endRun = (): void => {
    runs.push(run.join(''))
    run = []
  }
  const characters = Array.from(source)
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] as string
    const next = characters[index + 1] ?? ''
    if (character === '|') return { text: '', isWhole: false }
    if (character === '\\' && /[^\p{L}\p{N}]/u.test(next) && !unsure.test(next)) {
      run.push(next)
      index++
      continue
    }
    if (!special.test(character) && !unsure.test(character)) {
      run.push(character)
      continue
    }
    isWhole = false
    // `x*`, `x?` and `x{0,1}` may have no x. A `?` behind another quantifier finds an empty run.
    if (/[*?{]/.test(character)) run.pop()
    endRun()
    index = findPartEnd(characters, index)
  }
  endRun()
  const text = runs.reduce((longest, each) => (each.length > longest.length ? each : longest), '')
  return { text, isWhole: isWhole && text !== '' }
}

const special = /[$()*+.?[\\\]^{|}]/

/** The index of the last character of a group, a class, an escape, or a `{1,2}` that begins at `start`; else `start`. */
function findPartEnd(characters: readonly string[], start: number): number {
  const character = characters[start] ?? ''
  if (character === '(') return findGroupEnd(characters, start)
  if (character === '[') return findClassEnd(characters, start)
  if (character === '{') return characters.indexOf('}', start)
  if (character !== '\\') return start
  const escape = /^\\(?:[pPu]\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|k<[^>]*>|\d+|.)/su
  const [found = ''] = escape.exec(characters.slice(start, start + 300).join('')) ?? []
  return start + Array.from(found).length - 1
}

function findGroupEnd(characters: readonly string[], start: number): number {
  for (let index = start + 1; index < characters.length; index++) {
    if (characters[index] === ')') return index
    if (characters[index] === '(') index = findGroupEnd(characters, index)
    else if (characters[index] === '[') index = findClassEnd(characters, index)
    else if (characters[index] === '\\') index++
  }
  return characters.length
}

function findClassEnd(characters: readonly string[], start: number): number {
  for (let index = start + 1; index < characters.length; index++) {
    if (characters[index] === ']') return index
    if (characters[index] === '\\') index++
  }
  return characters.length
}

/** What JSON may write with an escape that doesn't begin with `\u`, and what replaces invalid bytes. */
const escaped = new RegExp(String.raw`["/\\\u0000-\u001F\uFFFD\p{Surrogate}]+`, 'u')

/**
 * The longest part of a text that JSON writes as it is, or with an escape that begins with `\u`; '' where there is none.
 * @param text that a record has as a string
 */
export function findPlainPart(text: string): string {
  const parts = text.split(escaped)
  return parts.reduce((longest, each) => (each.length > longest.length ? each : longest), '')
}
