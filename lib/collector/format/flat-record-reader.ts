import { parseObject } from '../../util/object.ts'
import { escapeRegExp } from '../../util/regexp.ts'

/** The keys and values of a record, in its order. */
export interface Fields {
  keys: readonly string[]
  values: readonly unknown[]
  /** by index, whether the value is a whole number given as a string of digits; undefined where none is */
  isDigits?: readonly boolean[]
}

/** Records with the same keys, and values of the same types. */
interface Layout {
  keys: readonly string[]
  isDigits: readonly boolean[]
  /** has one group for each value */
  pattern: RegExp
}

/** Maximum number of layouts kept, most recently matched first. */
const maxLayouts = 8
/** After as many records without a matching layout no more layouts are learned. */
const maxLearned = 1000

/**
 * Reads records faster than JSON.parse where they are flat and have the same keys in the same order
 * as an earlier one. Other records go to JSON.parse, and new flat layouts are learned from them. The
 * result is the same either way.
 */
export class FlatRecordReader {
  readonly #layouts: Layout[] = []
  #hits = 0
  #misses = 0

  /** @param line without its newline @returns undefined where the line isn't a JSON object */
  read(line: string): Fields | undefined {
    for (let index = 0; index < this.#layouts.length; index++) {
      const layout = this.#layouts[index] as Layout
      const match = layout.pattern.exec(line)
      if (!match) continue
      this.#hits++
      if (index > 0) this.#layouts.unshift(...this.#layouts.splice(index, 1))
      return { keys: layout.keys, values: match.slice(1), isDigits: layout.isDigits }
    }
    const record = parseObject(line)
    if (!record) return undefined
    const fields = { keys: Object.keys(record), values: Object.values(record) }
    if (this.#misses++ < maxLearned) this.#learn(fields, record, line)
    // Where layouts rarely match, trying them only costs time.
    else if (this.#hits < maxLearned) this.#layouts.length = 0
    return fields
  }

  /** Learns a layout only where JSON.stringify reproduces the line: then no key occurs twice. */
  #learn({ keys, values }: Fields, record: Record<string, unknown>, line: string): void {
    const isFlat = values.every(value => typeof value === 'string' || Number.isSafeInteger(value))
    if (!isFlat || keys.length === 0 || JSON.stringify(record) !== line) return
    this.#layouts.unshift({
      keys,
      isDigits: values.map(value => typeof value === 'number'),
      pattern: toPattern(keys, values)
    })
    if (this.#layouts.length > maxLayouts) this.#layouts.pop()
  }
}

function toPattern(keys: readonly string[], values: readonly unknown[]): RegExp {
  const members = keys.map((key, index) => {
    const value = typeof values[index] === 'number' ? number : `"${plainText}"`
    return `${escapeRegExp(JSON.stringify(key))}:${value}`
  })
  return new RegExp(`^\\{${members.join(',')}\\}$`)
}

/** A whole number that JSON.stringify writes with the same digits. */
const number = String.raw`(0|-?[1-9]\d{0,14})`
/** A string without escapes. */
const plainText = String.raw`([^"\\\u0000-\u001f]*)`
