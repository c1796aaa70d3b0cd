import { test } from 'tap'
import { addCount, Counter, type Counts } from '../../lib/search/counter.ts'
import type { CountKey } from '../../lib/search/query.ts'
import { findRanges, ndjsonLines, textLines } from '../helpers/entries.ts'

const time = Date.UTC(2026, 10, 23, 7, 6, 5)
const noValues = { app: undefined, host: undefined }
const record = { level: 30, time, name: 'shop', hostname: 'web1', topic: 'db', msg: 'x' }

function count(by: CountKey, records: object[], values = {}, settings = {}): Counts {
  const counter = new Counter(by, { ...ndjsonLines, ...settings })
  const chunk = Buffer.from(records.map(each => `${JSON.stringify(each)}\n`).join(''))
  return counter.count(chunk, findRanges(chunk), { ...noValues, ...values })
}

const values: [by: CountKey, record: object, value: string][] = [
  ['level', record, 'info'],
  ['level', { ...record, level: 35 }, '35'],
  ['level', { msg: 'without a level' }, 'info'],
  ['app', record, 'shop'],
  ['app', { ...record, name: 5 }, 'unknown'],
  ['host', record, 'web1'],
  ['host', { msg: 'without a host' }, 'unknown'],
  ['topic', record, 'db'],
  ['topic', { level: 30, time, msg: 'web.login::done' }, 'web.login'],
  ['topic', { level: 30, time, msg: 'done' }, 'none'],
  ['minute', record, '2026-11-23 07:06'],
  ['hour', record, '2026-11-23 07'],
  ['hour', { msg: 'without a time' }, 'unknown']
]

for (const [by, given, value] of values) {
  test(`by ${by}, ${JSON.stringify(given)} counts as ${value}`, async t => {
    t.strictSame([...count(by, [given])], [[value, 1]])
  })
}

test('entries with the same value are counted together, and only those in the ranges', async t => {
  const chunk = Buffer.from('{"level":30}\n{"level":50}\n{"level":30}\n{"level":50}\n')
  const ranges = findRanges(chunk).slice(2)
  const counts = new Counter('level', ndjsonLines).count(chunk, ranges, noValues)
  t.strictSame(Object.fromEntries(counts), { info: 1, error: 2 })
})

test("the path's app and host win over those of the records", async t => {
  t.strictSame([...count('app', [record, { name: 'other' }], { app: 'path' })], [['path', 2]])
  t.strictSame([...count('host', [record], { host: 'path' })], [['path', 1]])
})

test('minutes and hours are of the wall clock of the zone', async t => {
  const india = { timezone: 'Asia/Kolkata' }
  t.strictSame([...count('minute', [record], {}, india)], [['2026-11-23 12:36', 1]])
})

test('in the text format an entry counts once, with the time and level of its first line', async t => {
  const chunk = Buffer.from(
    '2026-11-23 07:06:05,123 | ERROR | one\n    its stack\n2026-11-23 07:06:06,123 | INFO | two\n'
  )
  const ranges = findRanges(chunk, 'text')
  const countBy = (by: CountKey): Counts =>
    new Counter(by, textLines).count(chunk, ranges, noValues)
  t.strictSame(Object.fromEntries(countBy('level')), { error: 1, info: 1 })
  t.strictSame(Object.fromEntries(countBy('minute')), { '2026-11-23 07:06': 2 })
  t.strictSame(Object.fromEntries(countBy('app')), { unknown: 2 }, 'only a path says the app')
})

test('a line that is no record counts, too', async t => {
  const chunk = Buffer.from('no record\n')
  const counts = new Counter('app', ndjsonLines).count(chunk, findRanges(chunk), noValues)
  t.strictSame([...counts], [['unknown', 1]])
})

test('senders cannot fill the memory with values: what is too much is counted as others', async t => {
  const counts: Counts = new Map()
  for (let index = 0; index < 100_000; index++) addCount(counts, `app${index}`, 1)
  addCount(counts, 'one more', 2)
  addCount(counts, 'another', 3)
  addCount(counts, 'app7', 4)
  t.equal(counts.size, 100_001)
  t.equal(counts.get('(others)'), 5)
  t.equal(counts.get('app7'), 5, 'a known value is still counted by itself')
})
