/** docs/frameworks.md names the systems for which zeromq has binaries, and no other. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { root } from '../helpers/program.ts'

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
  const page = readFileSync(join(root, 'docs', 'frameworks.md'), 'utf8')
  const [, table = ''] = /^\| system .*\n\|.*\n((?:\|.*\n)+)/m.exec(page) ?? []
  const rows = [...table.matchAll(/^\| (.*?) +\| (.*?) +\|/gm)]
  t.strictSame(
    new Map(rows.map(([, name = '', arches = '']) => [name, new Set(arches.split(', '))])),
    found
  )
})
