import { existsSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Whether a module is the program that was started, also through the symbolic link that npm makes for a bin.
 * @param url the module's `import.meta.url`
 * @param name of its file: another one is an app's bundle, of which the module is only a part
 */
export function isMain(url: string, name: string): boolean {
  const script = process.argv[1]
  if (script === undefined) return false
  try {
    // `node collector` without the extension: Node.js adds it
    const path = existsSync(script) ? script : `${script}.js`
    const own = realpathSync(fileURLToPath(url))
    return basename(own) === name && realpathSync(path) === own
  } catch {
    return false
  }
}
