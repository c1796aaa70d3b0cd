import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Whether a module is the program that was started, also through the symbolic link that npm makes for a bin.
 * @param url the module's `import.meta.url`
 */
export function isMain(url: string): boolean {
  const script = process.argv[1]
  if (script === undefined) return false
  try {
    // `node collector` without the extension: Node.js adds it
    const path = existsSync(script) ? script : `${script}.js`
    return realpathSync(path) === realpathSync(fileURLToPath(url))
  } catch {
    return false
  }
}
