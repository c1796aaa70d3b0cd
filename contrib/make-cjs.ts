/**
 * Writes what CommonJS projects import: for each entry point a module that requires the ES module, as Node.js can, and
 * the declarations that it needs once more as .d.cts files, as TypeScript before 5.8 doesn't let a CommonJS module
 * import an ES module. `zmq-pub` itself has none: pino loads it, and its types are those of `zmq-pub/events`.
 * Command:  npm run build
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isMain } from '../lib/cli/is-main.ts'

const root = join(import.meta.dirname, '..')
const entryPoints = ['events', 'collector']

/** A relative import in a declaration, by its path without `.ts`. */
const relativeImport = /(?<=\b(?:from |import\()')(\.[^']*)\.ts(?=')/g

/** Writes all of them. */
export function writeCjs(): void {
  for (const name of entryPoints) {
    writeFileSync(join(root, `${name}.cjs`), `module.exports = require('./${name}.js')\n`)
  }
  const waiting = entryPoints.map(name => join(root, name))
  const seen = new Set(waiting)
  for (const path of waiting) {
    const text = readFileSync(`${path}.d.ts`, 'utf8')
    writeFileSync(`${path}.d.cts`, text.replace(relativeImport, '$1.cjs'))
    for (const [, specifier = ''] of text.matchAll(relativeImport)) {
      const imported = join(dirname(path), specifier)
      if (seen.has(imported)) continue
      seen.add(imported)
      waiting.push(imported)
    }
  }
}

if (isMain(import.meta.url, 'make-cjs.js')) writeCjs()
