/**
 * JSON as people write it in configuration files: with comments, and errors that name the line. JSON.parse keeps the
 * last of two equal keys and says nothing, and its errors name no line.
 */

/** Text that is not JSON; the message names the place. */
export class JsonError extends Error {}

/** White space and comments, a byte order mark included. */
const ignored = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*/y
const string = /"(?:[^"\\\n]|\\.)*"/y
const numberOrWord = /[-+.\w]+/y

/**
 * Reads JSON; comments (`//` to the end of the line, or between slash and asterisk) count as white space.
 * @throws JsonError also where an object has a key twice
 */
export function parseConfigJson(text: string): unknown {
  return new Reader(text).read()
}

class Reader {
  readonly #text: string
  #offset = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): unknown {
    const value = this.#readValue()
    if (this.#next !== '') this.#refuse('the end of the file')
    return value
  }

  /** The next character that is not white space, '' at the end. */
  get #next(): string {
    this.#take(ignored)
    return this.#text.charAt(this.#offset)
  }

  #readValue(): unknown {
    if (this.#next === '{') return Object.fromEntries(this.#readMembers())
    if (this.#next === '[') return this.#readList('[', ']', () => this.#readValue())
    const start = this.#offset
    return this.#decode(start, this.#take(string) || this.#take(numberOrWord), 'a value')
  }

  #readMembers(): [key: string, value: unknown][] {
    const keys = new Set<string>()
    return this.#readList('{', '}', () => {
      const start = this.#next && this.#offset
      const key = String(this.#decode(start, this.#take(string), 'a key in double quotes'))
      if (keys.has(key)) throw new JsonError(`${this.#placeOf(start)}: '${key}' is given twice`)
      keys.add(key)
      this.#expect(':')
      return [key, this.#readValue()]
    })
  }

  #readList<T>(open: string, close: string, readItem: () => T): T[] {
    const items: T[] = []
    this.#expect(open)
    while (this.#next !== close || items.length > 0) {
      items.push(readItem())
      if (this.#next === close) break
      this.#expect(',', `',' or '${close}'`)
    }
    this.#expect(close)
    return items
  }
}
