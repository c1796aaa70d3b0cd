import fc from 'fast-check'
import { test } from 'tap'
import {
  pinoSettings,
  toText,
  type TextSettings
} from '../../../lib/collector/format/text-format.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'

const utc = new TimeZone('utc')
const time = Date.parse('2026-11-23T03:39:18.042Z')
const asctime = '2026-11-23 03:39:18,042'
const now = Date.parse('2030-01-01T00:00:00.000Z')
const nowAsctime = '2030-01-01 00:00:00,000'

/** A record, or a raw line, as an entry without its newline. */
function format(record: object | string, settings: Partial<TextSettings> = {}): string {
  const line = typeof record === 'string' ? record : JSON.stringify(record)
  const payload = Buffer.from(`${line}\n`)
  const entry = toText(payload, { ...pinoSettings, ...settings }, utc, now).toString()
  if (!entry.endsWith('\n')) throw new Error('the entry has no newline')
  return entry.slice(0, -1)
}

const levels: [level: unknown, levelName: string][] = [
  [10, 'TRACE'],
  [20, 'DEBUG'],
  [30, 'INFO'],
  [40, 'WARNING'],
  [50, 'ERROR'],
  [60, 'CRITICAL'],
  [35, 'NOTICE'],
  [45, '45'],
  ['warn', 'WARNING'],
  ['fatal', 'CRITICAL'],
  ['notice', 'NOTICE'],
  [undefined, 'INFO']
]

for (const [level, levelName] of levels) {
  test(`level ${JSON.stringify(level)} is written as ${levelName}`, async t => {
    t.equal(
      format({ level, time, msg: 'hello' }, { levels: { 35: 'notice' } }),
      `${asctime} | ${levelName} | hello`
    )
  })
}

const times: [what: string, time: unknown, asctime: string][] = [
  ['ms since the epoch', time, asctime],
  ['s since the epoch', 1_795_405_158.042, asctime],
  ['s of a far year', 29_999_999_999, '2920-08-30 05:19:59,000'],
  ['ms of 1970', 30_000_000_000, '1970-12-14 05:20:00,000'],
  ['whole s since the epoch', 1_795_405_158, '2026-11-23 03:39:18,000'],
  ['ISO 8601', '2026-11-23T03:39:18.042Z', asctime],
  ['ISO 8601 with an offset', '2026-11-23T09:24:18.042+05:45', asctime],
  ['ISO 8601 with nanoseconds', '2026-11-23T03:39:18.042999999Z', asctime],
  ['almost nothing before 1970', -5e-324, '1969-12-31 23:59:59,999'],
  ['nothing', undefined, nowAsctime]
]

for (const [what, given, expected] of times) {
  test(`a time that is ${what} is written as ${expected}`, async t => {
    t.equal(format({ level: 30, time: given, msg: 'hello' }), `${expected} | INFO | hello`)
  })
}

/** The fields of a record besides level and time, and what stands after the levelName. */
const bodies: [what: string, fields: object, body: string][] = [
  ['a message alone', { msg: 'hello world' }, 'hello world'],
  ['no message', { a: 1 }, 'a=1'],
  ['an empty message', { msg: '', a: 1 }, 'a=1'],
  ['nothing at all', {}, ''],
  ['a message of two lines', { msg: 'one\ntwo' }, String.raw`one\ntwo`],
  ['a message with terminal codes', { msg: '\u001b[31mred\r' }, String.raw`\u001b[31mred\r`],
  ['a message with a NUL', { msg: 'a\0b' }, String.raw`a\u0000b`],
  ['a message that is no text', { msg: { a: 1 } }, 'msg={"a":1}'],
  ['fields in their order', { pid: 5, msg: 'x', b: true, a: null }, 'x pid=5 b=true a=null'],
  ['a field of plain text', { msg: 'x', f: 'größe/9' }, 'x f=größe/9'],
  ['a field with a space', { msg: 'x', f: 'a b' }, 'x f="a b"'],
  ['a field with a newline', { msg: 'x', f: 'a\nb' }, String.raw`x f="a\nb"`],
  ['a field with a quote', { msg: 'x', f: 'a"b' }, String.raw`x f="a\"b"`],
  ['a field with an equals sign', { msg: 'x', f: 'a=b' }, 'x f="a=b"'],
  ['an empty field', { msg: 'x', f: '' }, 'x f=""'],
  ['fields of objects', { msg: 'x', f: { a: ['b c'] }, g: [] }, 'x f={"a":["b c"]} g=[]'],
  ['a topic', { msg: 'slow', topic: 'db.query' }, 'db.query | slow'],
  ['a topic of two lines', { msg: 'x', topic: 'a\nb' }, String.raw`a\nb | x`],
  ['a topic with a bar', { msg: 'x', topic: 'a | b' }, String.raw`a \u007c b | x`],
  ['a topic in the message', { msg: 'db.query::slow', a: 1 }, 'db.query | slow a=1'],
  [
    'an error',
    { msg: 'x', err: { message: 'm', stack: 'Error: m\n  at a', code: 'EIO' }, a: 1 },
    'x err.code=EIO a=1\n    Error: m\n      at a'
  ],
  ['an error alone', { err: { stack: 'Error' } }, '\n    Error'],
  [
    'a stack that looks like entries',
    { msg: 'x', err: { stack: `E\n${asctime} | INFO | a\r${asctime} | INFO | b` } },
    `x\n    E\n    ${asctime} | INFO | a\\r${asctime} | INFO | b`
  ],
  ['an error without a stack', { msg: 'x', err: { code: 5 } }, 'x err={"code":5}'],
  ['an error with an empty stack', { msg: 'x', err: { stack: '' } }, 'x err={"stack":""}'],
  ['an error that is a text', { msg: 'x', err: 'no' }, 'x err=no'],
  ['an error that is null', { msg: 'x', err: null }, 'x err=null']
]

for (const [what, fields, body] of bodies) {
  test(`a record with ${what} is written in full`, async t => {
    t.equal(format({ level: 30, time, ...fields }), `${asctime} | INFO | ${body}`)
  })
}

test('renamed keys are read under their names, and the usual ones are fields then', async t => {
  const settings = { messageKey: 'message', errorKey: 'error' }
  const record = { level: 30, time, message: 'hello', msg: 'm', err: 'e', error: { stack: 'S' } }
  t.equal(format(record, settings), `${asctime} | INFO | hello msg=m err=e\n    S`)
})

/** A record with members of the same name, as pino writes them, and its entry. */
const repeated: [line: string, entry: string][] = [
  [`{"level":30,"time":${time},"time":350,"msg":"took"}`, 'INFO | took time=350'],
  [`{"level":50,"time":${time},"level":3,"msg":"x"}`, 'ERROR | x level=3'],
  [
    `{"level":50,"time":${time},"level":"low","time":"noon","msg":"x"}`,
    'ERROR | x level=low time=noon'
  ],
  [`{"time":${time},"msg":"x","level":"warn","level":10}`, 'WARNING | x level=10'],
  [`{"level":30,"time":${time},"msg":"a","msg":"b"}`, 'INFO | b msg=a'],
  [`{"level":30,"time":${time},"topic":"a","topic":"b","msg":"x"}`, 'INFO | b | x topic=a'],
  [`{"level":30,"time":${time},"a":1,"a":2,"msg":"x"}`, 'INFO | x a=1 a=2']
]

for (const [line, entry] of repeated) {
  test(`${line} keeps pino's level and time, and all that it has`, async t => {
    t.equal(format(line), `${asctime} | ${entry}`)
  })
}

test('what cannot be read as level or time is a field', async t => {
  t.equal(
    format({ level: { a: 1 }, time: 'soon', msg: 'x' }),
    `${nowAsctime} | INFO | x level={"a":1} time=soon`
  )
})

test("a level name of the sender's is one column", async t => {
  const levels = { 35: 'a\nb | c' }
  t.equal(
    format({ level: 35, time, msg: 'x' }, { levels }),
    `${asctime} | ${String.raw`A\nB \u007c C`} | x`
  )
})

for (const line of ['plain text', '', '[1]', '"text"', '{"level":30', 'null']) {
  test(`a line that is no record goes as INFO: '${line}'`, async t => {
    t.equal(format(line), `${nowAsctime} | INFO | ${line}`)
  })
}

test('each record of a payload is an entry, in its order', async t => {
  const records = [1, 2, 3].map(id => JSON.stringify({ level: 30, time, msg: `no. ${id}` }))
  const entries = toText(Buffer.from(`${records.join('\n')}\n`), pinoSettings, utc, now)
  t.equal(entries.toString(), [1, 2, 3].map(id => `${asctime} | INFO | no. ${id}\n`).join(''))
  t.equal(toText(Buffer.alloc(0), pinoSettings, utc, now).length, 0)
})

test('the text of a payload as large as a message is made in pieces', async t => {
  const line = JSON.stringify({ level: 30, time, msg: 'größe' })
  const payload = Buffer.from(`${line}\n`.repeat(20_000))
  const entry = `${asctime} | INFO | größe\n`
  t.ok(toText(payload, pinoSettings, utc, now).toString() === entry.repeat(20_000))
  const long = `{"level":30,"time":${time},"msg":"${'x'.repeat(200_000)}"}`
  t.equal(format(long), `${asctime} | INFO | ${'x'.repeat(200_000)}`)
})

test('entries that are much longer than their records are made in pieces', async t => {
  const levels = { 35: 'L'.repeat(2_000_000) }
  const payload = Buffer.from('{"level":35}\n'.repeat(20))
  const text = toText(payload, { ...pinoSettings, levels }, utc, now)
  const entry = `${nowAsctime} | ${levels[35]} | \n`
  t.equal(text.length, 20 * entry.length)
  t.equal(text.toString('utf8', text.length - entry.length), entry)
})

test('a last line without a newline is an entry, too', async t => {
  t.equal(
    toText(Buffer.from('a\nb'), pinoSettings, utc, now).toString(),
    `${nowAsctime} | INFO | a\n${nowAsctime} | INFO | b\n`
  )
})

test('a record that is nested very deeply is written in full', async t => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  t.equal(
    format(`{"level":50,"time":${time},"a":${deep},"msg":"x"}`),
    `${asctime} | ERROR | x a=${deep}`
  )
})

test('a record with very many members is written in full', async t => {
  const members = Array.from({ length: 12_000 }, (_, index) => `"k${index}":${index}`)
  const entry = format(`{"level":50,"time":${time},"msg":"x",${members.join(',')}}`)
  t.ok(entry.startsWith(`${asctime} | ERROR | x k0=0 k1=1 `))
  t.ok(entry.endsWith(',"k11998":11998,"k11999":11999}'))
})

test('an entry has the level and the time of its own record, whatever the one before had', async t => {
  const members = [
    '"level":30,"time":1',
    '"level":30,"time":2000000000000',
    '"level":50,"time":2000000000000',
    '"level":"30","time":"2000000000000"',
    '"level":"","time":""',
    '"level":"","time":""',
    '"level":"error","time":"order 7"',
    '"level":null,"time":null',
    '"time":1',
    '"level":30'
  ]
  const lines = [...members, ...members.toReversed()].map(text => `{${text},"msg":"a"}`)
  const all = toText(Buffer.from(lines.map(line => `${line}\n`).join('')), pinoSettings, utc, now)
  t.strictSame(
    all.toString().split('\n').slice(0, -1),
    lines.map(line => format(line))
  )
})

/** Independent of how entries are made: what a terminal, or a program that reads lines, may act on. */
const dangerous = new RegExp(
  String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]`
)
/** `TIME | LEVEL | ` and the rest; no level name has a `|`. */
const firstLine = /^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| [^|]* \| /
const forged = `\n${asctime} | ERROR | forged`

test('whatever a record is, its entry is one line with time and level, and indented lines behind it', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\n',
      '\r',
      '\r\n',
      '\0',
      '\u001b[31m',
      '\u0085',
      '\u2028',
      '\u202e',
      '\\',
      '|'
    ),
    fc.constantFrom(forged, forged.replace('\n', '\r'), ' | ', '::', 'a', 'größe', '\ud800'),
    fc.string({ unit: 'binary', maxLength: 4 })
  )
  const anyText = fc.array(piece, { maxLength: 8 }).map(pieces => pieces.join(''))
  const anyValue = fc.oneof(
    { arbitrary: anyText, weight: 3 },
    fc.jsonValue({ maxDepth: 2 }),
    fc.record({ type: anyText, message: anyText, stack: anyText, code: anyText }),
    fc.constantFrom(30, 1e21, -1, 1_795_405_158_042)
  )
  const key = fc.oneof(
    fc.constantFrom('level', 'time', 'msg', 'topic', 'err', 'name', 'pid', 'a', '__proto__'),
    anyText
  )
  const members = fc.array(fc.tuple(key, anyValue), { maxLength: 8 })
  const record = members.map(
    list => `{${list.map(pair => pair.map(part => JSON.stringify(part)).join(':')).join(',')}}`
  )
  const line = fc.oneof(
    { arbitrary: record, weight: 4 },
    anyText.map(text => text.replaceAll('\n', '')),
    record.map(text => text.slice(0, -2)),
    record.map(text => `${text}${forged.slice(1)}`)
  )
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), anyText, (lines, levelName) => {
      const settings = { ...pinoSettings, levels: { 30: levelName } }
      const payload = Buffer.from(lines.map(text => `${text}\n`).join(''))
      const text = toText(payload, settings, utc, now).toString()
      const written = text.slice(0, -1).split('\n')
      const entries = written.filter(one => !one.startsWith('    '))
      return (
        text.endsWith('\n') &&
        entries.length === lines.length &&
        written[0] === entries[0] &&
        entries.every(one => firstLine.test(one)) &&
        !written.some(one => dangerous.test(one))
      )
    }),
    { seed: 13, numRuns: 2000 }
  )
})
