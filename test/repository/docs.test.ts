/** README and docs say what the code does: names, defaults, codes, events, bytes, links. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'tap'
import { parseCommandLine } from '../../lib/cli/collector-command.ts'
import { entranceOptions } from '../../lib/collector/entrance.ts'
import {
  collectorDefaults,
  collectorOptionNames
} from '../../lib/collector/options/collector-options.ts'
import { errorCodes, toMessage } from '../../lib/errors.ts'
import { toFlag } from '../../lib/options/flags.ts'
import { pythonLevelNames } from '../../lib/record/levels.ts'
import { variableNames } from '../../lib/transport/environment.ts'
import { transportDefaults, transportOptionNames } from '../../lib/transport/options.ts'
import { encodeAcks } from '../../lib/wire/acks.ts'
import { toHexId, toPublicId } from '../../lib/wire/id.ts'
import { encodeMarkers } from '../../lib/wire/marker.ts'
import { encodeMessage } from '../../lib/wire/message.ts'
import { root } from '../helpers/program.ts'
import { listFiles, listSources } from '../helpers/sources.ts'

type Row = Record<string, string>

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...listFiles('docs', /\.md$/)
]
const sources = listSources()

/** How a default is written where it isn't the value itself. */
const saidDefaults: Row = {
  topic: "the logger's `name`",
  plainLevels: "Python's labels",
  levelKey: '`level` and others',
  timeKey: '`time` and others',
  messageKey: "the logger's",
  spool: 'none',
  curve: 'none',
  '--connect': 'none',
  '--curveSecretKey': 'none',
  '--authorizedKeys': 'none',
  '--topic': 'all',
  '--publish': 'none',
  '--metrics': 'none',
  '--ui': 'none',
  '--uiName': 'none',
  '--symlink': 'none',
  '--compress': '`false`',
  '--text': 'the form of Python',
  '--timeKey': 'none',
  '--levelKey': '`level` and others',
  '--messageKey': '`msg` and others',
  '--fileMode': 'the umask',
  '--dirMode': 'the umask'
}

test('README.md has the defaults of the options that it names, and no option that is none', async t => {
  const options = new Map(transportOptionNames.map(name => [`\`${name}\``, name]))
  for (const { option = '', default: said } of readRows('README.md', 'option')) {
    const name = options.get(option)
    t.ok(name, option)
    if (name) t.equal(said, saidDefaults[name] ?? showDefault(transportDefaults[name]), name)
  }
  const flags = new Map(collectorOptionNames.map(name => [`\`--${toFlag(name)}\``, name]))
  for (const { flag = '', default: said } of readRows('README.md', 'flag')) {
    const name = flags.get(flag)
    t.ok(name, flag)
    if (name) t.equal(said, saidDefaults[`--${name}`] ?? showDefault(collectorDefaults[name]), name)
  }
})

test('docs/files.md names the options that need a restart', async t => {
  const [, section = ''] = /^## Reload\n([^]*)/m.exec(read('docs/files.md')) ?? []
  const [, item = ''] = /^- (A change of [^]*?)\n- /m.exec(section) ?? []
  const [, sentence = ''] = /^(.*?) needs a restart/s.exec(item) ?? []
  const names = [...sentence.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
  t.strictSame(names.toSorted(), entranceOptions.toSorted())
})

for (const page of ['docs/options.md']) {
  test(`${page} has every transport option with its default, and no other`, async t => {
    const rows = readRows(page, 'option')
    t.strictSame(
      rows.map(row => row['option']),
      transportOptionNames.map(name => `\`${name}\``)
    )
    for (const name of transportOptionNames) {
      const row = rows.find(({ option }) => option === `\`${name}\``)
      t.equal(row?.['default'], saidDefaults[name] ?? showDefault(transportDefaults[name]), name)
      t.equal(row?.['unit'], unitOf(name), `the unit of ${name}`)
    }
  })

  test(`${page} has every collector option with its default, and no other`, async t => {
    const rows = readRows(page, 'environment variable')
    t.strictSame(
      rows.map(({ flag }) => flag),
      collectorOptionNames.map(name => `\`--${toFlag(name)}\``)
    )
    for (const name of collectorOptionNames) {
      const row = rows.find(({ flag }) => flag === `\`--${toFlag(name)}\``)
      const said = saidDefaults[`--${name}`] ?? showDefault(collectorDefaults[name])
      t.equal(row?.['default'], said, name)
      const variable = row?.['environment variable']?.replaceAll('`', '') ?? ''
      t.ok(variable.endsWith(`_${toFlag(name).replaceAll('-', '_').toUpperCase()}`), variable)
      t.ok(isKnownVariable(variable), `${variable} is read`)
    }
  })

  test(`${page} has every event of the transport, and no other`, async t => {
    const events = readEvents()
    t.ok(events.length > 0)
    const rows = readRows(page, 'event')
    t.strictSame(
      rows.map(({ event }) => event),
      events.map(({ name }) => `\`${name}\``)
    )
    for (const [index, { fields }] of events.entries()) {
      const said = rows[index]?.['fields']
      if (said !== undefined) t.equal(said, fields.map(field => `\`${field}\``).join(', '))
    }
  })
}

test('docs/options.md has every environment variable of the transport, and no other', async t => {
  const rows = readRows('docs/options.md', 'variable')
  t.strictSame(
    rows.map(row => row['variable']),
    variableNames.map(name => `\`${name}\``)
  )
})

test('docs/options.md has the labels of the plain wire', async t => {
  const rows = readRows('docs/options.md', "pino's label")
  t.strictSame(
    rows.map(row => [row["pino's label"], row['on the plain wire']]),
    Object.entries(pythonLevelNames).map(([label, python]) => [`\`${label}\``, `\`${python}\``])
  )
})

test('docs/errors.md has a section for each code, and no other', async t => {
  t.strictSame(readHeadings('docs/errors.md', '## '), [...errorCodes])
})

for (const code of errorCodes) {
  test(`${code} is thrown by the code, and its section has a message`, async t => {
    const pattern = new RegExp(`new ZmqPubError\\(\\s*'${code}'`)
    t.ok(sources.some(path => pattern.test(read(path))))
    const section = read('docs/errors.md').split(`\n## ${code}\n`)[1]?.split('\n## ')[0] ?? ''
    t.match(section, `${code}: `)
    t.match(section, '**When:**')
    t.match(section, '**What to do:**')
  })
}

test('the bytes in docs/wire-format.md are those of the code', async t => {
  const page = read('docs/wire-format.md').replaceAll(/\s+/g, ' ')
  const senderId = 'AbCdEfGhIjKlMnOpQrStUv'
  const collectorId = toId('a1b2c3d4e5f60718')
  const payload = '{"level":30,"msg":"a"}\n{"level":40,"msg":"b"}\n'
  const header = { kind: 'batch', senderId, first: 17, count: 2 } as const
  const [message = ''] = encodeMessage('shop', header, payload)
  const acks = encodeAcks(collectorId, [{ senderId: toPublicId(senderId), seq: 18 }])
  for (const bytes of [Buffer.from(message), acks]) {
    t.ok(page.includes(toSpacedHex(bytes)), toSpacedHex(bytes))
  }
  t.ok(page.includes(toHexId(toPublicId(senderId))))
  for (const marker of encodeMarkers()) {
    t.ok(page.includes(marker.toString().replace('\0', '␀')), marker.toString())
  }
})

for (const { page, lines } of [
  { page: 'README.md', lines: 200 },
  { page: 'docs/architecture.md', lines: 200 }
]) {
  test(`${page} has no more than ${lines} lines`, async t => {
    const found = read(page).trimEnd().split('\n').length
    t.ok(found > 10 && found <= lines, `${found} lines`)
  })
}

test('docs/architecture.md has a paragraph for each folder of lib', async t => {
  const page = read('docs/architecture.md')
  const folders = new Set(
    sources.map(path => dirname(path)).filter(folder => !['.', 'lib'].includes(folder))
  )
  for (const folder of folders) t.ok(page.includes(`**\`${folder}/\`**`), folder)
})

test('the drawing of the folders in docs/architecture.md has each folder of lib, and no other', async t => {
  const [, drawing = ''] = read('docs/architecture.md').split('```')
  const drawn = [...drawing.matchAll(/([a-z]+)\/(?=\s)/g)].map(([, name = '']) => name)
  const folders = sources
    .filter(path => path.startsWith('lib/'))
    .flatMap(path => dirname(path).split('/').slice(0, 3))
    .filter(name => !['.', 'nats', 'page'].includes(name)) // parts of a folder that is drawn
  t.strictSame(new Set(drawn), new Set(folders))
})

for (const page of pages.filter(name => name !== 'CHANGELOG.md')) {
  test(`the files that ${page} names exist`, async t => {
    const named = read(page).matchAll(
      /(?:lib|test|benchmarks|examples|contrib)\/[\w./-]+\.(?:[jt]s|py|c)\b/g
    )
    for (const [path] of named) {
      t.ok(existsSync(join(root, path)) || existsSync(join(root, path.replace(/js$/, 'ts'))), path)
    }
  })
}

for (const page of pages) {
  test(`the links of ${page} lead somewhere`, async t => {
    const links = [...withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)]
    for (const [, path = '', anchor] of links) {
      const target = path === '' ? page : join(dirname(page), path)
      t.ok(existsSync(join(root, target)), target)
      if (anchor !== undefined) t.ok(readAnchors(target).includes(anchor), `${target}#${anchor}`)
    }
  })
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The rows of a page's first table with this column, by column. */
function readRows(page: string, column: string): Row[] {
  const tables = read(page).match(/(?:^\|.*\n)+/gm) ?? []
  for (const table of tables) {
    const [head = [], , ...rows] = table.trimEnd().split('\n').map(toCells)
    if (head.includes(column)) {
      return rows.map(cells => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ''])))
    }
  }
  throw new Error(`${page} has no table with a column '${column}'`)
}

function toCells(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map(cell => cell.trim())
}

function readHeadings(page: string, prefix: string): string[] {
  const lines = withoutCode(read(page)).split('\n')
  return lines.filter(line => line.startsWith(prefix)).map(line => line.slice(prefix.length))
}

/** The anchors that GitHub makes of a page's headings. */
function readAnchors(page: string): string[] {
  const headings = ['# ', '## ', '### '].flatMap(prefix => readHeadings(page, prefix))
  return headings.map(heading =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
  )
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```$/gms, '')
}

/** A value as a table shows it; an array as its only item. */
function showDefault(value: unknown): string {
  const [shown] = Array.isArray(value) ? (value as unknown[]) : [value]
  return shown === undefined
    ? 'none'
    : `\`${typeof shown === 'string' ? shown : JSON.stringify(shown)}\``
}

function unitOf(name: string): string {
  if (name.endsWith('Ms')) return 'ms'
  return name.endsWith('Bytes') ? 'bytes' : ''
}

function isKnownVariable(variable: string): boolean {
  try {
    parseCommandLine([], { [variable]: '\0' })
  } catch (error) {
    // Whatever the option is, a NUL is refused: had the variable been ignored, nothing would be thrown.
    return !toMessage(error).includes('unknown environment variable')
  }
  return false
}

/** The events of a transport and their fields, which are types and so only in the source. */
function readEvents(): { name: string; fields: string[] }[] {
  const source = read('lib/transport/events.ts').replaceAll(/ *\/\*\*[^]*?\*\/\n/g, '')
  const body = /interface TransportEvents \{\n([^]*?)\n\}/.exec(source)?.[1] ?? ''
  return [...body.matchAll(/^ {2}(\w+): \{([^}]*)\}$/gm)].map(([, name = '', fields = '']) => ({
    name,
    fields: [...fields.matchAll(/(\w+)\??: /g)].map(([, field = '']) => field)
  }))
}

function toId(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1')
}

function toSpacedHex(bytes: Buffer): string {
  return (bytes.toString('hex').match(/../g) ?? []).join(' ')
}
