import fc from 'fast-check'
import { test } from 'tap'
import { EntryForm } from '../../../lib/collector/format/entry-form.ts'
import { toColumn, type Entry } from '../../../lib/collector/format/entry.ts'
import { readTemplate, recipeTemplate } from '../../../lib/collector/format/text-template.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'

const time = Date.parse('2026-11-23T03:39:18.042Z')
const asctime = '2026-11-23 03:39:18,042'
const utc = new TimeZone('utc')

const nothing: Entry = {
  time,
  levelName: 'INFO',
  subtopic: '',
  caller: '',
  message: '',
  fields: '',
  details: '',
  isSafe: false
}

function join(entry: Partial<Entry>, zone = utc): string {
  const form = new EntryForm(readTemplate(recipeTemplate), { app: '', host: '', pid: '' })
  return form.join({ ...nothing, ...entry }, zone)
}

const entries: [what: string, entry: Partial<Entry>, written: string][] = [
  ['a message', { message: 'x' }, 'INFO | x\n'],
  ['a sub-topic', { subtopic: 'db', message: 'x' }, 'INFO | db | x\n'],
  ['fields', { message: 'x', fields: ' a=1' }, 'INFO | x a=1\n'],
  ['fields alone', { fields: ' a=1' }, 'INFO | a=1\n'],
  ['nothing', {}, 'INFO | \n'],
  ['lines behind', { message: 'x', details: 'a\n\n\tb' }, 'INFO | x\n    a\n    \n    \tb\n'],
  ['lines of Windows', { message: 'x', details: 'a\r\nb' }, 'INFO | x\n    a\n    b\n']
]

for (const [what, entry, written] of entries) {
  test(`an entry with ${what}`, async t => {
    t.equal(join(entry), `${asctime} | ${written}`)
  })
}

test('the clock of the zone is written', async t => {
  const zone = new TimeZone('Asia/Kathmandu')
  t.equal(join({ message: 'x', isSafe: true }, zone), '2026-11-23 09:24:18,042 | INFO | x\n')
})

const escapes: [text: string, escaped: string][] = [
  ['a\nb', String.raw`a\nb`],
  ['a\r', String.raw`a\r`],
  ['a\r\nb', String.raw`a\r\nb`],
  ['\0', String.raw`\u0000`],
  ['\u001b[2K\u001b[A', String.raw`\u001b[2K\u001b[A`],
  ['\u009b1m\u007f', String.raw`\u009b1m\u007f`],
  ['\u000b\u000c\u0085', String.raw`\u000b\u000c\u0085`],
  ['\u2028\u2029', String.raw`\u2028\u2029`],
  ['\u202ecba\u202c\u2066x\u2069', String.raw`\u202ecba\u202c\u2066x\u2069`],
  ['größe € 😀\t\u00a0', 'größe € 😀\t\u00a0'],
  // a backslash is doubled only where it would look like an escape
  [String.raw`C:\Users\new`, String.raw`C:\Users\\new`],
  [String.raw`\\host\d`, String.raw`\\\host\d`],
  ['\\\n', String.raw`\\\n`]
]

for (const [text, escaped] of escapes) {
  test(`a message and a column are escaped as ${escaped}`, async t => {
    t.equal(join({ message: text }), `${asctime} | INFO | ${escaped}\n`)
    t.equal(toColumn(text), escaped)
  })
}

test('a column has no bar: bars separate columns', async t => {
  t.equal(toColumn('a | b'), String.raw`a \u007c b`)
})

test('fields have their backslashes from JSON, and keep them', async t => {
  const fields = String.raw` a="b\nc" d="\\"`
  t.equal(join({ fields: `${fields} e="\u202e"` }), `${asctime} | INFO |${fields} e="\\u202e"\n`)
})

/** What the page about the format says. */
function unescape(text: string): string {
  return text.replaceAll(/\\(?:\\|n|r|u([\da-f]{4}))/g, (escape, code?: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    return { n: '\n', r: '\r' }[escape.slice(1)] ?? '\\'
  })
}

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\\', 'n', 'r', 'u', '\n', '\r', '|', ' ', '\u001b', '\u2028'),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' })
  )
})
/** Where Python's splitlines() splits. */
const lineBreak = new RegExp(String.raw`[\n\r\u000b\u000c\u001c-\u001e\u0085\u2028\u2029]`)

test('whatever is in them, messages and columns are one line, and are read back', async t => {
  fc.assert(
    fc.property(anyText, text => {
      const line = join({ message: text }).slice(`${asctime} | INFO | `.length, -1)
      const column = toColumn(text)
      const isOneLine = !lineBreak.test(line) && !/[\n\r|]/.test(column)
      return isOneLine && unescape(line) === text && unescape(column) === text
    }),
    { numRuns: 1000 }
  )
  t.pass()
})

test('whatever is in them, lines behind the first are indented, and are read back', async t => {
  fc.assert(
    fc.property(anyText, text => {
      const [, ...lines] = join({ message: 'x', details: `a${text}` }).split('\n')
      const isEnded = lines.pop() === ''
      const isIndented = lines.every(line => line.startsWith('    ') && !lineBreak.test(line))
      const read = lines.map(line => unescape(line.slice(4))).join('\n')
      return isEnded && isIndented && read === `a${text.replaceAll('\r\n', '\n')}`
    }),
    { numRuns: 1000 }
  )
  t.pass()
})

for (const [character, escaped] of [
  ['\u001b', String.raw`\u001b`],
  ['\n', String.raw`\n`],
  ['\\', String.raw`\\`]
] as const) {
  test(`a long text of nothing but ${escaped} is escaped in pieces, and fast`, async t => {
    const startedAt = performance.now()
    for (const length of [65_535, 65_536, 65_537, 4_000_000]) {
      const message = `${character.repeat(length)}n`
      t.equal(toColumn(message).length, escaped.length * length + 1)
      t.equal(toColumn(message).replaceAll(escaped, ''), 'n')
      join({ message, details: message })
    }
    const ms = performance.now() - startedAt
    t.ok(ms < 10_000, `${ms} ms`) // a function that is called for each match takes longer
  })
}
