import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of the page. */
export interface Asset {
  body: Buffer
  contentType: string
  /** of its content */
  etag: string
}

/** By path, its file and type. */
const files: Readonly<Record<string, readonly [name: string, contentType: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/licenses.txt': ['licenses.txt', 'text/plain; charset=utf-8']
}

/**
 * The files of the page, by path. They are read once, so no request can name another file.
 * @param folder where they are
 * @returns without those that are missing, as all are before `npm run build`
 */
export function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>()
  for (const [path, [name, contentType]] of Object.entries(files)) {
    try {
      const body = readFileSync(join(folder, name))
      const digest = createHash('sha256').update(body).digest('base64url')
      assets.set(path, { body, contentType, etag: `"${digest}"` })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return assets
}
