/** Who may import whom: this table is the architecture; docs/architecture.md draws it. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { test } from 'tap'
import { root } from '../helpers/program.ts'
import { listSources } from '../helpers/sources.ts'

/**
 * By room, the rooms that its files may import; a room's own files may always import each other. A
 * room is a folder or a file. A file belongs to the longest name here that its path begins with.
 */
const mayImport: Record<string, readonly string[]> = {
  'lib/errors': ['lib/util'],
  'lib/version': [],
  'lib/zeromq': ['lib/errors'],
  'lib/util': [],
  'lib/wire': ['lib/util', 'lib/errors', 'lib/version'],
  'lib/record': ['lib/util'],
  'lib/options': ['lib/util', 'lib/errors'],
  'lib/curve': ['lib/util', 'lib/errors'],
  'lib/engine': ['lib/wire', 'lib/util', 'lib/errors'],
  'lib/transport/options': [
    'lib/transport/curve-options',
    'lib/transport/environment',
    'lib/transport/events',
    'lib/options',
    'lib/record',
    'lib/wire',
    'lib/util',
    'lib/errors'
  ],
  'lib/transport/environment': [
    'lib/transport/curve-options',
    'lib/options',
    'lib/util',
    'lib/errors'
  ],
  'lib/transport/curve-options': ['lib/curve', 'lib/util', 'lib/errors'],
  'lib/transport/events': [],
  'lib/transport/sender': ['lib/wire', 'lib/util'],
  'lib/transport/spool': ['lib/transport/sender', 'lib/transport/options', 'lib/wire', 'lib/util'],
  'lib/transport/connection': [
    'lib/transport/sender',
    'lib/transport/options',
    'lib/transport/events',
    'lib/options',
    'lib/curve',
    'lib/wire',
    'lib/record',
    'lib/util',
    'lib/errors',
    'lib/zeromq'
  ],
  'lib/transport': [
    'lib/errors',
    'lib/transport/options',
    'lib/transport/events',
    'lib/transport/sender',
    'lib/transport/spool',
    'lib/transport/connection',
    'lib/curve',
    'lib/record',
    'lib/wire',
    'lib/util'
  ],
  'lib/collector/time': [],
  'lib/collector/naming': ['lib/collector/blocks', 'lib/collector/time', 'lib/util', 'lib/errors'],
  'lib/collector/format': ['lib/collector/time', 'lib/record', 'lib/util', 'lib/wire'],
  'lib/collector/routing': ['lib/collector/naming', 'lib/collector/time', 'lib/record', 'lib/wire'],
  'lib/collector/blocks': ['lib/collector/time', 'lib/record', 'lib/util'],
  'lib/collector/files': [
    'lib/collector/blocks',
    'lib/collector/naming',
    'lib/collector/time',
    'lib/util',
    'lib/errors'
  ],
  'lib/collector/journal': [
    'lib/collector/files',
    'lib/collector/naming',
    'lib/wire',
    'lib/util',
    'lib/errors'
  ],
  'lib/collector/options': [
    'lib/collector/files',
    'lib/collector/format',
    'lib/collector/naming',
    'lib/collector/time',
    'lib/options',
    'lib/record',
    'lib/util',
    'lib/errors'
  ],
  'lib/collector/reporting': ['lib/options', 'lib/wire', 'lib/util', 'lib/errors', 'lib/version'],
  'lib/collector/output': [
    'lib/collector/files',
    'lib/collector/format',
    'lib/collector/journal',
    'lib/collector/naming',
    'lib/collector/routing',
    'lib/collector/options',
    'lib/collector/time',
    'lib/record',
    'lib/wire',
    'lib/util'
  ],
  'lib/collector/access': ['lib/curve', 'lib/util', 'lib/errors'],
  'lib/collector/intake': [
    'lib/collector/access',
    'lib/collector/format',
    'lib/collector/journal',
    'lib/collector/reporting',
    'lib/collector/routing',
    'lib/collector/time',
    'lib/curve',
    'lib/record',
    'lib/wire',
    'lib/util',
    'lib/errors'
  ],
  'lib/collector/live': [
    'lib/collector/access',
    'lib/collector/format',
    'lib/collector/intake',
    'lib/collector/routing',
    'lib/record',
    'lib/wire',
    'lib/util',
    'lib/errors'
  ],
  'lib/collector/control': ['lib/collector/reporting', 'lib/wire', 'lib/version'],
  'lib/search': [
    'lib/collector/blocks',
    'lib/collector/naming',
    'lib/collector/time',
    'lib/record',
    'lib/util',
    'lib/errors'
  ],
  'lib/collector/gateway': [
    'lib/collector',
    'lib/collector/format',
    'lib/collector/intake',
    'lib/collector/options',
    'lib/collector/output',
    'lib/collector/reporting',
    'lib/collector/routing',
    'lib/collector/time',
    'lib/engine',
    'lib/wire',
    'lib/errors'
  ],
  'lib/collector/writer': [
    'lib/collector/intake',
    'lib/collector/journal',
    'lib/collector/options',
    'lib/engine',
    'lib/wire',
    'lib/util',
    'lib/errors'
  ],
  'lib/viewer/page/model': ['lib/record', 'lib/util'],
  'lib/viewer/page': [
    'lib/viewer/page/model',
    'lib/top',
    'lib/collector/control',
    'lib/record',
    'lib/util'
  ],
  'lib/viewer': [
    'lib/search',
    'lib/collector/live',
    'lib/collector/options',
    'lib/collector/time',
    'lib/record',
    'lib/wire',
    'lib/util',
    'lib/errors'
  ],
  'lib/collector': [
    'lib/collector/access',
    'lib/collector/control',
    'lib/collector/live',
    'lib/collector/naming',
    'lib/collector/journal',
    'lib/collector/options',
    'lib/collector/reporting',
    'lib/collector/output',
    'lib/collector/intake',
    'lib/collector/writer',
    'lib/engine',
    'lib/viewer',
    'lib/options',
    'lib/util',
    'lib/errors'
  ],
  'lib/cli/pipe': [
    'lib/cli',
    'lib/transport',
    'lib/transport/options',
    'lib/transport/events',
    'lib/options',
    'lib/util',
    'lib/errors',
    'lib/version'
  ],
  'lib/cli/check': [
    'lib/cli',
    'lib/cli/check-result',
    'lib/transport',
    'lib/transport/options',
    'lib/transport/connection',
    'lib/wire',
    'lib/util'
  ],
  'lib/cli/check-result': [
    'lib/transport/options',
    'lib/transport/connection',
    'lib/curve',
    'lib/wire',
    'lib/util'
  ],
  'lib/cli/tail': [
    'lib/cli',
    'lib/cli/tail-arguments',
    'lib/cli/tail-connection',
    'lib/cli/tail-line',
    'lib/cli/tail-silence',
    'lib/transport/options',
    'lib/wire',
    'lib/util'
  ],
  'lib/cli/tail-arguments': ['lib/cli', 'lib/options', 'lib/record', 'lib/wire', 'lib/errors'],
  'lib/cli/tail-connection': [
    'lib/transport/options',
    'lib/transport/connection',
    'lib/wire',
    'lib/util'
  ],
  'lib/cli/tail-line': [
    'lib/collector/format',
    'lib/collector/time',
    'lib/record',
    'lib/wire',
    'lib/util'
  ],
  'lib/cli/tail-silence': [
    'lib/cli/check-result',
    'lib/transport/options',
    'lib/transport/connection',
    'lib/curve'
  ],
  'lib/cli/check-command': ['lib/cli', 'lib/cli/check'],
  'lib/cli/validate': [
    'lib/cli',
    'lib/collector',
    'lib/collector/options',
    'lib/options',
    'lib/errors',
    'lib/zeromq'
  ],
  'lib/top': [
    'lib/collector/control',
    'lib/collector/reporting',
    'lib/util',
    'lib/errors',
    'lib/version'
  ],
  'lib/cli/top': ['lib/cli', 'lib/top', 'lib/collector/journal', 'lib/collector/reporting'],
  'lib/cli/search-arguments': [
    'lib/cli',
    'lib/search',
    'lib/collector/options',
    'lib/collector/time',
    'lib/options',
    'lib/record',
    'lib/errors'
  ],
  'lib/cli/search-progress': ['lib/search'],
  'lib/cli/search': [
    'lib/cli',
    'lib/cli/search-arguments',
    'lib/cli/search-progress',
    'lib/search',
    'lib/errors'
  ],
  'lib/cli/sub-commands': [
    'lib/cli',
    'lib/cli/search',
    'lib/cli/check-command',
    'lib/cli/tail',
    'lib/cli/top',
    'lib/cli/validate',
    'lib/util',
    'lib/errors'
  ],
  'lib/cli': [
    'lib/collector/options',
    'lib/transport/environment',
    'lib/curve',
    'lib/options',
    'lib/util',
    'lib/errors'
  ],
  transport: ['lib/transport', 'lib/transport/options', 'lib/transport/events', 'lib/errors'],
  events: ['lib/transport', 'lib/transport/options', 'lib/transport/events', 'lib/errors'],
  collector: [
    'lib/collector',
    'lib/collector/gateway',
    'lib/collector/options',
    'lib/collector/reporting',
    'lib/cli',
    'lib/cli/sub-commands',
    'lib/util',
    'lib/errors',
    'lib/version',
    'lib/zeromq'
  ]
}

const rooms = Object.keys(mayImport).toSorted((a, b) => b.length - a.length)

function roomOf(path: string): string | undefined {
  const name = path.replace(/\.ts$/, '')
  return rooms.find(room => name === room || name.startsWith(`${room}/`))
}

const sources = listSources()

/** The files of ours that a source imports, types included. */
function findImports(path: string, text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.[^']*)'/g)
  return [...found].map(([, specifier = '']) => posix.join(dirname(path), specifier))
}

/** What a source imports against the table, as texts. */
function findForbidden(path: string, text: string): string[] {
  const room = roomOf(path)
  return findImports(path, text).flatMap(imported => {
    const other = roomOf(imported)
    if (room === undefined || other === undefined) return [`${path} or ${imported} has no room`]
    const isAllowed = room === other || mayImport[room]?.includes(other)
    return isAllowed ? [] : [`${path} imports ${imported}: ${room} may not import ${other}`]
  })
}

test('every file of lib is in a room, and imports only what the table allows', async t => {
  t.ok(sources.length > 80, `${sources.length} files`)
  for (const path of sources) {
    t.strictSame(findForbidden(path, readFileSync(join(root, path), 'utf8')), [], path)
  }
})

test('each import that the table allows is made: the table promises no more than is used', async t => {
  const made = new Set(
    sources.flatMap(path =>
      findImports(path, readFileSync(join(root, path), 'utf8')).map(
        imported => `${roomOf(path)} ${roomOf(imported)}`
      )
    )
  )
  for (const room of rooms) {
    for (const other of mayImport[room] ?? []) {
      t.ok(made.has(`${room} ${other}`), `${room} imports ${other}`)
    }
  }
})

const forbidden: [path: string, line: string][] = [
  ['lib/transport/delivery.ts', "import { Collector } from '../collector/collector.ts'"],
  ['lib/collector/files/log-file.ts', "import type { Hello } from '../../wire/hello.ts'"],
  ['lib/util/queue.ts', "import { ZmqPubError } from '../errors.ts'"],
  ['lib/wire/message.ts', "export { toLevelName } from '../record/levels.ts'"],
  ['lib/record/levels.ts', "const main = await import('../../collector.ts')"],
  ['lib/new-file.ts', "import { version } from './version.ts'"]
]

for (const [path, line] of forbidden) {
  test(`${path} may not contain ${line}`, async t => {
    t.equal(findForbidden(path, line).length, 1)
  })
}

test('lib has folders, and at most three files', async t => {
  const entries = readdirSync(join(root, 'lib'), { withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
  t.ok(files.length <= 3, files.map(({ name }) => name).join(', '))
})

/** What only a method may do: who reads a property expects no work. It may keep what it has found. */
const work = /Sync\(|\bawait\b|\.(?:shift|pop|delete|clear)\(/

/** The getters of a source that read the disk or remove something, by name. */
function findWorkingGetters(text: string): string[] {
  const getters = text.matchAll(/^  (?:static )?get (#?\w+)\(\).*?\{\n(.*?)^  \}/gms)
  return [...getters].flatMap(([, name = '', body = '']) => (work.test(body) ? [name] : []))
}

test('no getter of lib reads the disk or removes anything', async t => {
  t.strictSame(findWorkingGetters('  get size(): number {\n    return statSync(a).size\n  }\n'), [
    'size'
  ])
  for (const path of sources) {
    t.strictSame(findWorkingGetters(readFileSync(join(root, path), 'utf8')), [], path)
  }
})
