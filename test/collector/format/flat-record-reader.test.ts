import fc from 'fast-check'
import { test } from 'tap'
import { FlatRecordReader, type Fields } from '../../../lib/collector/format/flat-record-reader.ts'

/** What was read, with digits as the numbers that they are. */
function toEntries(fields: Fields | undefined): [string, unknown][] | undefined {
  return fields?.keys.map((key, at) => {
    const value = fields.values[at]
    return [key, fields.isDigits?.[at] ? Number(value) : value]
  })
}

/** Whether the line was read without JSON.parse, after another of the same keys. */
function isFlat(before: string, line: string): boolean {
  const reader = new FlatRecordReader()
  reader.read(before)
  return reader.read(line)?.isDigits !== undefined
}

const known = '{"level":30,"time":1,"msg":"a"}'
const cases: [what: string, line: string, isExpected: boolean][] = [
  ['the same keys and kinds', '{"level":-5,"time":123456789012345,"msg":"ü € 😀"}', true],
  ['an empty text', '{"level":0,"time":1,"msg":""}', true],
  ['another order', '{"time":1,"level":30,"msg":"a"}', false],
  ['one key more', '{"level":30,"time":1,"msg":"a","b":"c"}', false],
  ['one key less', '{"level":30,"time":1}', false],
  ['an escaped character', String.raw`{"level":30,"time":1,"msg":"a\n"}`, false],
  ['a text for a number', '{"level":"30","time":1,"msg":"a"}', false],
  ['more digits than are safe', '{"level":30,"time":1234567890123456,"msg":"a"}', false],
  ['a fraction', '{"level":30,"time":1.5,"msg":"a"}', false],
  ['a number that JavaScript writes otherwise', '{"level":30,"time":1e3,"msg":"a"}', false],
  ['a minus zero', '{"level":30,"time":-0,"msg":"a"}', false],
  ['blanks', '{"level": 30,"time":1,"msg":"a"}', false]
]

for (const [what, line, isExpected] of cases) {
  test(`after a flat record comes one with ${what}`, async t => {
    t.equal(isFlat(known, line), isExpected)
    const reader = new FlatRecordReader()
    reader.read(known)
    t.strictSame(toEntries(reader.read(line)), Object.entries(JSON.parse(line) as object))
  })
}

test('nothing is learnt of a record in which a key stands twice', async t => {
  const line = '{"level":30,"a":1,"a":2}'
  t.notOk(isFlat(line, line))
  t.strictSame(toEntries(new FlatRecordReader().read(line)), [
    ['level', 30],
    ['a', 2]
  ])
})

for (const line of ['', 'null', '[]', '7', '{"level":30', '{"level":30}}', '{"a":"\u0001"}']) {
  test(`${JSON.stringify(line)} is no record, whatever is known`, async t => {
    const reader = new FlatRecordReader()
    reader.read('{"level":30}')
    reader.read('{"a":"b"}')
    t.equal(reader.read(line), undefined)
  })
}

test('records of more layouts than are remembered are all read', async t => {
  const reader = new FlatRecordReader()
  for (let round = 0; round < 3; round++) {
    for (let at = 0; at < 40; at++) {
      t.strictSame(toEntries(reader.read(`{"key${at}":${round}}`)), [[`key${at}`, round]])
    }
  }
})

test('layouts that seldom fit are given up', async t => {
  const reader = new FlatRecordReader()
  const line = '{"key":1}'
  for (let at = 0; at < 1001; at++) reader.read(`{"key${at}":1}`)
  reader.read(line)
  t.equal(reader.read(line)?.isDigits, undefined)
  t.strictSame(toEntries(reader.read(line)), [['key', 1]])
})

test('whatever came before, a record is read as JSON.parse reads it', async t => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.jsonValue())
  const key = fc.oneof(
    fc.constantFrom('level', 'time', 'msg', '7', '__proto__', '.*$'),
    fc.string()
  )
  const record = fc.dictionary(key, value, { maxKeys: 4 }).map(given => JSON.stringify(given))
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), lines => {
      const reader = new FlatRecordReader()
      for (const line of [...lines, ...lines.toReversed()]) {
        t.strictSame(toEntries(reader.read(line)), Object.entries(JSON.parse(line) as object))
      }
    }),
    { numRuns: 300 }
  )
})
