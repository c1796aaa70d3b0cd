import { readMembers, type Members } from './members.ts'
import { escapeRegExp } from '../util/regexp.ts'
import { unsafeCharacters } from '../util/unsafe-characters.ts'

/** Records with the same keys, and values of the same types. */
interface Layout {
  keys: string[]
  isText: boolean[]
  /** has one group for each value */
  pattern: RegExp
}

/** Maximum number of layouts kept, most recently matched first. */
const maxLayouts = 8
/** Layouts are small, and longer lines aren't compared with them: a line that fits none costs 8 passes. Unit: characters */
const maxLineLength = 4096
/** A pattern with very many groups costs more than it saves. */
const maxKeys = 32

/** Lines after which it is decided whether layouts are worth their cost. */
const roundLines = 1000
/** Layouts learned in a round: learning one takes as long as reading 30 lines. */
const maxLearned = 16
/** After a round with fewer matches, layouts cost more than they save, and are left alone for `restRounds`. */
const minMatches = roundLines / 2
const restRounds = 9

/**
 * Reads records faster than `readMembers` where they are flat, and have the same keys in the same order
 * as an earlier one. Other records go to `readMembers`, and their layouts are learned. The result is
 * the same either way.
 */
export class FlatRecordReader {
  readonly #layouts: Layout[] = []
  #lines = 0
  #matches = 0
  #learned = 0
  #restingLines = 0

  /** @param line without its newline @returns undefined where the line isn't a JSON object */
  read(line: string): Members | undefined {
    const isTried = line.length <= maxLineLength && !this.#isResting()
    const known = isTried ? this.#match(line) : undefined
    if (known) return known
    const members = readMembers(line)
    if (members && isTried && this.#learned < maxLearned) this.#learn(members, line)
    return members
  }

  #match(line: string): Members | undefined {
    for (let index = 0; index < this.#layouts.length; index++) {
      const { keys, isText, pattern } = this.#layouts[index] as Layout
      const match = pattern.exec(line)
      if (!match) continue
      this.#matches++
      if (index > 0) this.#layouts.unshift(...this.#layouts.splice(index, 1))
      return { keys, values: match.slice(1), isText, rest: '', isSafe: true }
    }
    return undefined
  }

  /** Counts the line. At the end of a round with few matches, layouts are forgotten for a while. */
  #isResting(): boolean {
    if (this.#restingLines > 0) return this.#restingLines-- > 0
    if (++this.#lines <= roundLines) return false
    if (this.#matches < minMatches) {
      this.#layouts.length = 0
      this.#restingLines = restRounds * roundLines
    }
    this.#lines = 0
    this.#matches = 0
    this.#learned = 0
    return this.#restingLines > 0
  }

  #learn(members: Members, line: string): void {
    const layout = toLayout(members)
    if (!layout?.pattern.test(line)) return
    this.#learned++
    this.#layouts.unshift(layout)
    if (this.#layouts.length > maxLayouts) this.#layouts.pop()
  }
}

/** The layout of a record, undefined where it isn't flat, has too many keys, or one twice. */
function toLayout({ keys, values, isText }: Members): Layout | undefined {
  if (keys.length === 0 || keys.length > maxKeys) return undefined
  const isFlat = values.every((value, index) => isText[index] || !/^[{[]/.test(value))
  if (!isFlat || new Set(keys).size < keys.length) return undefined
  const groups = keys.map(
    (key, index) =>
      `${escapeRegExp(JSON.stringify(key))}:${isText[index] ? `"${plainText}"` : scalar}`
  )
  return { keys, isText, pattern: new RegExp(`^\\{${groups.join(',')}\\}$`) }
}

const scalar = String.raw`(-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null)`
/** A text that is written as it is. */
const plainText = String.raw`([^"\\${unsafeCharacters}\t]*)`
