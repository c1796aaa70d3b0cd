/** The production dependencies are those that the documents list, and only those have install scripts that they say. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { root } from '../helpers/program.ts'

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}

/** Rows of `| package | what for | install script |` in docs/security.md. */
const section =
  readFileSync(join(root, 'docs', 'security.md'), 'utf8').split(
    '\n## Production dependencies\n'
  )[1] ?? ''
const rows = [...section.matchAll(/^\| `([\w-]+)` +\| ([^|]+?) +\| ([^|]+?) +\|$/gm)].map(
  ([, name = '', , script = '']) => ({ name, hasScript: script.startsWith('yes') })
)

test('docs/security.md lists the production dependencies, and no other', async t => {
  t.strictSame(
    rows.map(({ name }) => name),
    Object.keys(dependencies)
  )
})

test('only those that docs/security.md names have an install script', async t => {
  const packages = [...collectPackages(Object.keys(dependencies))]
  t.ok(packages.length > rows.length, 'with what they depend on')
  t.strictSame(
    packages.filter(folder => hasInstallScript(folder)).map(folder => folder.split('/').at(-1)),
    rows.filter(({ hasScript }) => hasScript).map(({ name }) => name)
  )
})

/** The folders of packages and of all that they depend on. */
function collectPackages(names: readonly string[], from = root, found = new Set<string>()) {
  for (const name of names) {
    const folder = findPackage(name, from)
    if (folder === undefined || found.has(folder)) continue
    found.add(folder)
    const { dependencies: more = {} } = readManifest(folder)
    collectPackages(Object.keys(more), folder, found)
  }
  return found
}

/** Where Node.js would find a package. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = from; folder.startsWith(root); folder = join(folder, '..')) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(join(found, 'package.json'))) return found
  }
  return undefined
}

function readManifest(folder: string): {
  dependencies?: Record<string, string>
  scripts?: Record<string, string>
} {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object
}

function hasInstallScript(folder: string): boolean {
  const { scripts = {} } = readManifest(folder)
  return (
    ['preinstall', 'install', 'postinstall'].some(name => name in scripts) ||
    existsSync(join(folder, 'binding.gyp'))
  )
}
