import { readdirSync } from 'node:fs'
import { join, posix } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Every TypeScript file that is published, as paths from the root of the repository. */
export function listSources(): string[] {
  return ['collector.ts', 'events.ts', 'transport.ts', ...listFiles('lib', /(?<!\.d)\.ts$/)]
}

/** The sources that run in browsers: they are published as a bundle, not as files. */
export const pageFolder = 'lib/viewer/page/'

/** Files below a folder of the repository, at any depth. */
export function listFiles(folder: string, name: RegExp): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return listFiles(path, name)
    return name.test(entry.name) ? [path] : []
  })
}
