import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Whether a module is the program that was started, also through the link that npm makes for a bin.
 * @param url the module's `import.meta.url`
 */
export function isMain(url: string): boolean {
  const script = process.argv[1]
  if (script === undefined) return false
  try {
    return realpathSync(script) === realpathSync(fileURLToPath(url))
  } catch {
    // `node collector` without the extension: node has found the file, realpath doesn't
    return `${script}.js` === fileURLToPath(url)
  }
}
