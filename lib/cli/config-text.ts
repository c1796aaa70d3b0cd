/** The text of a configuration file: JSON, in which comments are allowed. */
import nodeModule from 'node:module'
import type * as Jsonc from 'jsonc-parser'
import { hideKeys, mayBeKey } from '../util/hide-keys.ts'

/**
 * Parses a configuration file's text. Differs from JSON.parse in that comments and a byte order mark are
 * ignored, a key that is given twice is refused, and errors name line and column.
 * @throws SyntaxError
 */
export function parseConfigText(text: string): unknown {
  const jsonc = loadParser()
  const given = text.replace(/^\uFEFF/, '')
  /** the keys of the objects that are open, the innermost last */
  const keys: Set<string>[] = []
  jsonc.visit(given, {
    onObjectBegin: () => void keys.push(new Set()),
    onObjectEnd: () => void keys.pop(),
    onObjectProperty(key, _offset, _length, line, column) {
      if (key === '__proto__') refuse(line, column, `the key "${key}" is not allowed`)
      if (keys.at(-1)?.has(key))
        refuse(line, column, `the key "${hideKeys(key)}" is given twice; delete one`)
      keys.at(-1)?.add(key)
    },
    onError(code, offset, _length, line, column) {
      const found = /^(?:[\w.+-]+|[^])/.exec(given.slice(offset))?.[0] ?? 'the end'
      const got = mayBeKey(given.split('\n')[line] ?? '') ? 'a line that may contain a key' : found
      refuse(line, column, `${toWords(jsonc.printParseErrorCode(code))}, got ${got}`)
    }
  })
  return jsonc.parse(given)
}

/**
 * Loads the parser when a file is read. An app's bundle with `startCollector()` reads none, and couldn't have it: it is
 * a UMD module, whose parts bundlers don't find. (A bundle's usual banner has the name createRequire for itself.)
 */
function loadParser(): typeof Jsonc {
  return nodeModule.createRequire(import.meta.url)('jsonc-parser') as typeof Jsonc
}

/** @param line from 0 @param column from 0 */
function refuse(line: number, column: number, detail: string): never {
  throw new SyntaxError(`line ${line + 1}, column ${column + 1}: ${detail}`)
}

/** `PropertyNameExpected` as `property name expected`. */
function toWords(code: string): string {
  return code.replaceAll(/(?<!^)[A-Z]/g, ' $&').toLowerCase()
}
