/** The text of a configuration file: JSON, in which comments are allowed. */

/** White space, and comments as in JavaScript. */
const blank = /(?:[ \t\r\n]+|\/\/[^\n]*|\/\*[^]*?\*\/)*/y
const string = /"(?:[^"\\\n]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y
const literal = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)\b/y
/** What an error message shows of the text. */
const token = /[\w.+-]+|[^]|$/y

/**
 * Parses a configuration file's text. Differs from JSON.parse in that comments and a byte order mark are
 * ignored, a key that is given twice is refused, and errors name line and column.
 * @throws SyntaxError
 */
export function parseConfigText(text: string): unknown {
  const reader = new Reader(text.replace(/^\uFEFF/, ''))
  const value = reader.readValue()
  reader.readEnd()
  return value
}

class Reader {
  readonly #text: string
  #offset = 0

  constructor(text: string) {
    this.#text = text
  }

  readValue(): unknown {
    if (this.#takeMark('{')) return this.#readObject()
    if (this.#takeMark('[')) return this.#readArray()
    const start = this.#offset
    const found = this.#take(string) ?? this.#take(literal) ?? this.#refuse('a value expected')
    return this.#parse(found, start)
  }

  readEnd(): void {
    this.#skipBlank()
    if (this.#offset < this.#text.length) this.#refuse('the end expected')
  }

  #readObject(): Record<string, unknown> {
    const members = new Map<string, unknown>()
    if (this.#takeMark('}')) return {}
    do {
      this.#skipBlank()
      const start = this.#offset
      const found = this.#take(string) ?? this.#refuse('a key in double quotes expected')
      const key = this.#parse(found, start) as string
      if (members.has(key)) this.#refuseAt(start, `the key ${found} is given twice; delete one`)
      if (!this.#takeMark(':')) this.#refuse(': expected')
      members.set(key, this.readValue())
    } while (this.#takeMark(','))
    if (!this.#takeMark('}')) this.#refuse(', or } expected')
    return Object.fromEntries(members)
  }

  #readArray(): unknown[] {
    const items: unknown[] = []
    if (this.#takeMark(']')) return items
    do items.push(this.readValue())
    while (this.#takeMark(','))
    if (!this.#takeMark(']')) this.#refuse(', or ] expected')
    return items
  }

  /** Parses a string or a literal. Only control characters in a string can still be wrong. */
  #parse(text: string, offset: number): unknown {
    try {
      return JSON.parse(text)
    } catch {
      return this.#refuseAt(offset, 'a text without control characters expected')
    }
  }

  #skipBlank(): void {
    this.#offset += this.#match(blank).length
  }

  #takeMark(mark: string): boolean {
    this.#skipBlank()
    if (this.#text[this.#offset] !== mark) return false
    this.#offset++
    return true
  }

  #take(pattern: RegExp): string | undefined {
    this.#skipBlank()
    const found = this.#match(pattern)
    this.#offset += found.length
    return found === '' ? undefined : found
  }

  /** What matches at the current offset; '' if nothing does. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#offset
    return pattern.exec(this.#text)?.[0] ?? ''
  }

  #refuse(expected: string): never {
    this.#skipBlank()
    const found = this.#match(token)
    this.#refuseAt(this.#offset, `${expected}, got ${found === '' ? 'the end' : found}`)
  }

  #refuseAt(offset: number, detail: string): never {
    const lines = this.#text.slice(0, offset).split('\n')
    const column = (lines.at(-1) ?? '').length + 1
    throw new SyntaxError(`line ${lines.length}, column ${column}: ${detail}`)
  }
}
