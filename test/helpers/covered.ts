/** The files whose coverage is measured. Read by tap, see .taprc. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const lib = readdirSync(join(root, 'lib')).filter(
  name => name.endsWith('.ts') && !name.endsWith('.d.ts')
)
const covered = ['collector.ts', 'transport.ts', ...lib.map(name => join('lib', name))]

/** @returns paths of sources and of what is compiled from them */
export default function findCovered(): string[] {
  return covered.flatMap(path => [path, path.replace(/\.ts$/, '.js')])
}
