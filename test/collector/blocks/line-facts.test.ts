import fc from 'fast-check'
import { test } from 'tap'
import { LineFacts, type FactSettings } from '../../../lib/collector/blocks/line-facts.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { toInstant } from '../../../lib/collector/time/timestamp.ts'
import { findLevelNumber, toLevelNumber } from '../../../lib/record/levels.ts'
import { readMembers, readScalar } from '../../../lib/record/members.ts'
import { RoleFinder } from '../../../lib/record/roles.ts'

const usual: FactSettings = { timeKey: '', levelKey: '', timezone: 'Europe/Berlin' }

interface Facts {
  timeMs: number
  level: number
}

/** The facts of the last of some lines, which are read from the middle of other bytes. */
function read(lines: readonly string[], settings = usual): Facts {
  const facts = new LineFacts(settings)
  const before = '},'.repeat(8)
  for (const line of lines) {
    const bytes = Buffer.from(`${before}${line}\n{"level":10,"time":1}`)
    facts.read(bytes, before.length, before.length + Buffer.byteLength(line))
  }
  return { timeMs: facts.timeMs, level: facts.level }
}

const ms = 1_795_417_602_123
const none = Number.NaN
const lines: [line: string, timeMs: number, level: number][] = [
  [`{"level":30,"time":${ms},"msg":"a"}`, ms, 30],
  [`{"level":30,"time":${ms}}`, ms, 30],
  [`{"level":30,"time":${ms},"msg":"half a li`, ms, 30],
  [`{"level":30,"time":${ms}`, none, none],
  [`{"level":30,"time":179541`, none, none],
  [`{"level":30,"time":1795417602,"a":1}`, 1_795_417_602_000, 30],
  [`{"level":30,"time":1795417602123456,"a":1}`, ms, 30],
  [`{"level":30,"time":1795417602123456789,"a":1}`, ms, 30],
  [`{"level":30,"time":1795417602.5,"a":1}`, 1_795_417_602_500, 30],
  [`{"level":30,"time":-1000}`, -1_000_000, 30],
  [`{"level":30,"time":1e999}`, none, 30],
  [`{"level":30,"time":01795417602}`, none, none],
  [`{"level":30,"time":null}`, none, 30],
  [`{"level":30}`, none, 30],
  [`{"time":${ms}}`, ms, none],
  [`{"level":30,"time":${ms},"level":50,"time":5}`, ms, 30],
  [`{"level":30,"a":{"level":50,"time":5},"time":${ms}}`, ms, 30],
  [`{"a":{"level":50,"time":5}}`, none, none],
  [String.raw`{"\u006cevel":40,"\u0074ime":` + `${ms}}`, ms, 40],
  [`{"level":"warn","time":${ms}}`, ms, 40],
  [`{"level":"WARNING","time":${ms}}`, ms, 40],
  [`{"level":"Level 33","time":${ms}}`, ms, 40],
  [`{"level":"35","time":${ms}}`, ms, 35],
  [`{"level":"http","time":${ms}}`, ms, none],
  [`{"level":3,"time":${ms}}`, ms, 50],
  [`{"level":-1,"time":${ms}}`, ms, -1],
  [`{"level":1e999,"time":${ms}}`, ms, none],
  [`{"level":30,"time":"2026-11-23T07:06:42.123Z","a":1}`, ms, 30],
  [`{"level":30,"time":"2026-11-23T07:06:60.123Z"}`, Date.parse('2026-11-23T07:07:00.123Z'), 30],
  [`{"level":30,"time":"2026-02-29T07:06:42.123Z"}`, none, 30],
  [`{"level":30,"time":"2026-11-23T08:06:42.123"}`, ms, 30],
  [`{"level":30,"time":"2026-11-23T10:06:42.123+03:00"}`, ms, 30],
  [`{"severity":"ERROR","timestamp":"2026-11-23T07:06:42.123Z"}`, ms, 50],
  [`{"severity":"ERROR","timestamp":"2026-11-23T07:06:42.12\u0133Z"}`, none, 50],
  [`{"severity":"ERROR","level":30,"@timestamp":5,"timestamp":${ms}}`, ms, 30],
  [`  {"level":30,"time":${ms}}`, ms, 30],
  [`{"level":30,"time":${ms}}\r`, ms, 30],
  ['2026-11-23 08:06:42,123 | INFO | paid pid=5', ms, 30],
  ['2026-11-23 08:06:42,123 | WARNING | db | slow', ms, 40],
  ['2026-11-23 08:06:42,123 | 35 | paid', ms, 35],
  ['2026-11-23 08:06:42,123 | HTTP | paid', ms, none],
  ['2026-11-23 08:06:42,123 | INFO', ms, none],
  ['2026-11-23 08:06:42,123 | INFO |', ms, none],
  ['2026-11-23 08:06:42,123 INFO paid | ERROR | x', ms, none],
  ['2026-11-23 08:06:42.123 | INFO | paid', none, none],
  ['2026-13-23 08:06:42,123 | INFO | paid', none, none],
  ['2026-11-23 08:06', none, none],
  ['1969-11-23 08:06:42,123 | INFO | paid', Date.parse('1969-11-23T07:06:42.123Z'), 30],
  ['', none, none],
  ['17', none, none],
  ['null', none, none],
  ['[1]', none, none],
  ['{', none, none],
  ['Traceback (most recent call last):', none, none]
]

for (const [line, timeMs, level] of lines) {
  test(`the time and the level of ${JSON.stringify(line)}`, async t => {
    t.strictSame(read([line]), { timeMs, level })
  })
}

test('the output can name the members with time and level', async t => {
  const settings = { ...usual, timeKey: 'ts', levelKey: 'lvl' }
  t.strictSame(read([`{"lvl":40,"ts":${ms},"a":1}`], settings), { timeMs: ms, level: 40 })
  t.strictSame(read([`{"level":30,"time":5,"lvl":40,"ts":${ms}}`], settings), {
    timeMs: ms,
    level: 40
  })
})

test('a line that begins with four spaces has the facts of the entry before', async t => {
  const entry = '2026-11-23 08:06:42,123 | ERROR | failed'
  t.strictSame(read([entry, '    Error: reset', '        at x.js:1']), { timeMs: ms, level: 50 })
  t.strictSame(read(['    Error: reset']), { timeMs: none, level: none }, 'without one')
  t.strictSame(read([entry, '   three']), { timeMs: none, level: none }, 'three are too few')
  t.strictSame(read([entry, '   ']), { timeMs: none, level: none }, 'three and no more')
})

test('it is known whether times depended on the zone', async t => {
  const cases: [line: string, depends: boolean][] = [
    [`{"level":30,"time":${ms}}`, false],
    ['{"level":30,"time":"2026-11-23T07:06:42.123Z"}', false],
    ['{"level":30,"time":"2026-11-23T07:06:42.123"}', true],
    ['2026-11-23 08:06:42,123 | INFO | paid', true]
  ]
  for (const [line, depends] of cases) {
    const facts = new LineFacts({ ...usual, timezone: 'utc' })
    facts.read(Buffer.from(line), 0, line.length)
    t.equal(facts.dependsOnZone, depends, line)
  }
})

test('a time that a clock shows twice is always read as the same one', async t => {
  const twice = '2026-10-25 02:30:00,000 | INFO | a'
  const before = '2026-10-25 01:00:00,000 | INFO | a'
  const after = '2026-10-25 04:00:00,000 | INFO | a'
  const { timeMs } = read([twice])
  for (const lines of [
    [before, twice],
    [after, twice],
    [`{"level":30,"time":${ms}}`, twice]
  ])
    t.equal(read(lines).timeMs, timeMs)
})

/** What a record's facts are, without any short cut. */
function readSlowly(line: string, { timeKey, levelKey, timezone }: FactSettings): Facts {
  const record = readMembers(line)
  if (!record) return { timeMs: none, level: none }
  const roles = new RoleFinder({ timeKey, levelKey }).find(record)
  const level = readScalar(record, roles.level)
  const isName = typeof level === 'string' && !/^\d{1,4}$/.test(level)
  const isNone = level === undefined || (typeof level === 'number' && !Number.isFinite(level))
  const number = isName ? findLevelNumber(level) : isNone ? undefined : toLevelNumber(level, {})
  return {
    timeMs: toInstant(readScalar(record, roles.time), new TimeZone(timezone)) ?? none,
    level: number ?? none
  }
}

const pad = (value: number, length: number): string => String(value).padStart(length, '0')
const stamp = fc
  .tuple(
    fc.integer({ min: 0, max: 9999 }),
    fc.integer({ min: 0, max: 13 }),
    fc.integer({ min: 0, max: 32 }),
    fc.integer({ min: 0, max: 25 }),
    fc.integer({ min: 0, max: 61 }),
    fc.integer({ min: 0, max: 61 }),
    fc.integer({ min: 0, max: 999 })
  )
  .map(
    ([year, month, day, hour, minute, second, part]) =>
      `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(part, 3)}`
  )
const number = fc.oneof(
  fc.integer({ min: ms - 1e10, max: ms + 1e10 }).map(String),
  fc.maxSafeInteger().map(String),
  fc.integer({ min: 0, max: 70 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('0', '-0', '1e400', '1.5', '30.0', '1795417602123456789', '123456789012345678')
)
const value = fc.oneof(
  { weight: 4, arbitrary: number },
  stamp.map(text => `"${text}Z"`),
  stamp.map(text => `"${text}"`),
  fc
    .constantFrom('info', 'WARN', 'Level 33', '35', '30', '', 'http', 'a\\"b', 'ö')
    .map(text => `"${text}"`),
  number.map(text => `"${text}"`),
  fc.constantFrom('null', 'true', '{"level":50,"time":5}', '[{"time":7}]', '"\\u0069nfo"')
)
const keyTexts = String.raw`level time severity timestamp @timestamp log.level ts lvl msg a \u006cevel tim\u0065`
const key = fc.constantFrom('', 'level ', ...keyTexts.split(' '))
const gap = fc.constantFrom('', '', '', ' ', '\t')
const member = fc.tuple(key, gap, value, gap).map(parts => {
  const [name, before, text, after] = parts
  return `"${name}"${before}:${text}${after}`
})
const start = fc
  .tuple(fc.constantFrom('level', 'lvl'), value, fc.constantFrom('time', 'ts'), value)
  .map(([levelKey, level, timeKey, time]) => [`"${levelKey}":${level}`, `"${timeKey}":${time}`])
const record = fc
  .tuple(
    fc.oneof(fc.constant([]), { weight: 3, arbitrary: start }),
    fc.array(member, { maxLength: 5 })
  )
  .map(([first, rest]) => `{${[...first, ...rest].join(',')}}`)
const keys = fc.constantFrom(
  usual,
  { ...usual, timezone: 'utc' },
  { ...usual, timeKey: 'ts' },
  { ...usual, timeKey: 'timestamp', levelKey: 'severity' },
  { ...usual, timeKey: 'ts', levelKey: 'lvl' }
)

test('any record has the facts that it has without short cuts', async () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), keys, (records, settings) => {
      const slow = readSlowly(records.at(-1) as string, settings)
      return areSame(read(records, settings), slow)
    }),
    { numRuns: 3000 }
  )
})

test('any entry has the time that its text says, and the level between the first two bars', async () => {
  const level = fc.constantFrom('INFO', 'WARNING', 'ERROR', 'HTTP', '35', 'Level 33', '', 'in\\nfo')
  fc.assert(
    fc.property(stamp, level, keys, (text, name, settings) => {
      const asctime = text.replace('T', ' ').replace('.', ',')
      const timeMs = toInstant(asctime, new TimeZone(settings.timezone)) ?? none
      const expected = Number.isNaN(timeMs) ? none : levelOf(name)
      const facts = read([`${asctime} | ${name} | a`], settings)
      return areSame(facts, { timeMs, level: expected })
    }),
    { numRuns: 2000 }
  )
})

function areSame(a: Facts, b: Facts): boolean {
  return Object.is(a.timeMs, b.timeMs) && Object.is(a.level, b.level)
}

function levelOf(name: string): number {
  return /^\d+$/.test(name) ? Number(name) : (findLevelNumber(name) ?? none)
}
