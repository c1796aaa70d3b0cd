/** docs/frameworks.md: what a recipe installs and has in it, and the systems that it names. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'tap'
import { readBlocks } from '../helpers/code-blocks.ts'
import { root } from '../helpers/program.ts'
import { readRecipe } from '../helpers/recipe.ts'

const page = readFileSync(join(root, 'docs', 'frameworks.md'), 'utf8')

/** A system of zeromq's manifest, as the page calls it. */
const names: Record<string, string> = {
  'linux glibc': 'Linux with glibc',
  'linux musl': 'Linux with musl',
  'darwin libc': 'macOS',
  'win32 msvc': 'Windows'
}

test('docs/frameworks.md names the systems for which zeromq has binaries, and no other', async t => {
  const manifest = join(root, 'node_modules', 'zeromq', 'build', 'manifest.json')
  const found = new Map<string, Set<string>>()
  for (const key of Object.keys(JSON.parse(readFileSync(manifest, 'utf8')) as object)) {
    const { os = '', libc = '', arch = '' } = JSON.parse(key) as Record<string, string>
    const name = names[`${os} ${libc}`] ?? `${os} ${libc}`
    found.set(name, (found.get(name) ?? new Set()).add(arch))
  }
  const [, table = ''] = /^\| system .*\n\|.*\n((?:\|.*\n)+)/m.exec(page) ?? []
  const rows = [...table.matchAll(/^\| (.*?) +\| (.*?) +\|/gm)]
  t.strictSame(
    new Map(rows.map(([, name = '', arches = '']) => [name, new Set(arches.split(', '))])),
    found
  )
})

const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading)

for (const heading of headings) {
  const recipe = readRecipe('docs/frameworks.md', heading)
  if (recipe.files.size === 0) continue
  test(`${heading}: a test installs what a reader is told to install`, async t => {
    const tested = recipe.packages.map(name => name.replace(/@\d+$/, ''))
    t.ok(tested.length > 0 || recipe.installed.length === 0, 'it says what it is tested with')
    for (const name of recipe.installed) t.ok(['zmq-pub', ...tested].includes(name), name)
  })
}

test('each block of code in docs/frameworks.md has its path in its first line', async t => {
  for (const { line, language, code } of readBlocks('docs/frameworks.md')) {
    if (language !== 'sh') t.match(code, /^\/\/ [\w./-]+\n/, `line ${line}`)
  }
})

test('the packages for Next.js, standalone output, are those that the transport loads', async t => {
  const config = readRecipe('docs/frameworks.md', 'Next.js, standalone output').files
  const [, list = ''] = /packages = \[(.*?)\]/s.exec(config.get('next.config.mjs') ?? '') ?? []
  const named = [...list.matchAll(/'(.*?)'/g)].map(([, name]) => name)
  t.strictSame(new Set(named), new Set(['zmq-pub', ...collectPackages(collectImports())]))
})

/** Packages that the transport's files import, from transport.ts on. */
function collectImports(path = join(root, 'transport.ts'), seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(path)) return packages
  seen.add(path)
  const imports = readFileSync(path, 'utf8').matchAll(
    /(?:^(?:import|export) (?!type )[^']*?from |=> import\()'(.*?)'/gm
  )
  for (const [, name = ''] of imports) {
    if (name.startsWith('.')) {
      for (const found of collectImports(join(dirname(path), name), seen)) packages.add(found)
    } else if (!name.startsWith('node:')) packages.add(name)
  }
  return packages
}

/** Packages with all that they depend on, except what is needed only to compile. */
function collectPackages(names: Iterable<string>, found = new Set<string>()): Set<string> {
  for (const name of names) {
    if (found.has(name) || name === 'node-addon-api') continue
    found.add(name)
    const file = join(root, 'node_modules', name, 'package.json')
    const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
      dependencies?: Record<string, string>
    }
    collectPackages(Object.keys(dependencies), found)
  }
  return found
}
