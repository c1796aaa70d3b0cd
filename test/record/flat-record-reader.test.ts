import fc from 'fast-check'
import { test } from 'tap'
import { FlatRecordReader } from '../../lib/record/flat-record-reader.ts'
import { readMembers } from '../../lib/record/members.ts'

/** Whether the second record is read by the layout of the first. */
function isKnown(before: string, line: string): boolean {
  const reader = new FlatRecordReader()
  reader.read(before)
  return reader.read(line)?.isSafe === true
}

const known = '{"level":30,"time":1,"msg":"a"}'
const cases: [what: string, line: string, isExpected: boolean][] = [
  ['the same keys and kinds', '{"level":-5,"time":123456789012345,"msg":"ü € 😀"}', true],
  ['an empty text', '{"level":0,"time":1,"msg":""}', true],
  ['a fraction', '{"level":30,"time":-1.5,"msg":"a"}', true],
  ['true, false and null', '{"level":null,"time":false,"msg":"a"}', true],
  ['another order', '{"time":1,"level":30,"msg":"a"}', false],
  ['one key more', '{"level":30,"time":1,"msg":"a","b":"c"}', false],
  ['one key less', '{"level":30,"time":1}', false],
  ['an escaped character', String.raw`{"level":30,"time":1,"msg":"a\n"}`, false],
  ['a character that must be escaped', '{"level":30,"time":1,"msg":"a\u202e"}', false],
  ['a control character', '{"level":30,"time":1,"msg":"a\u007f"}', false],
  ['a text for a number', '{"level":"30","time":1,"msg":"a"}', false],
  ['a nested value', '{"level":30,"time":1,"msg":{}}', false],
  ['an exponent', '{"level":30,"time":1e3,"msg":"a"}', false],
  ['blanks', '{"level": 30,"time":1,"msg":"a"}', false]
]

for (const [what, line, isExpected] of cases) {
  test(`after a flat record comes one with ${what}`, async t => {
    t.equal(isKnown(known, line), isExpected)
    const reader = new FlatRecordReader()
    reader.read(known)
    t.strictSame(reader.read(line), { ...readMembers(line), isSafe: isExpected })
  })
}

const numbered = (count: number, value = '1'): string[] =>
  Array.from({ length: count }, (_, index) => `"key${index}":${value}`)

const neverLearned: [what: string, line: string][] = [
  ['the same key twice', '{"level":30,"a":1,"a":2}'],
  ['more than 32 keys', `{${numbered(33).join(',')}}`],
  ['more than 4096 characters', `{"a":"${'x'.repeat(4096)}"}`],
  ['a nested value', '{"a":[]}'],
  ['no members', '{}']
]

for (const [what, line] of neverLearned) {
  test(`the layout of a record with ${what} is not learned`, async t => {
    t.notOk(isKnown(line, line))
    t.strictSame(new FlatRecordReader().read(line), readMembers(line))
  })
}

test('the layout of a record with 32 keys is learned', async t => {
  const line = `{${numbered(32).join(',')}}`
  t.ok(isKnown(line, line))
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
    for (let index = 0; index < 40; index++) {
      const line = `{"key${index}":${round}}`
      t.strictSame({ ...reader.read(line), isSafe: false }, readMembers(line))
    }
  }
})

test('after records that fit no layout, layouts are left alone for a while, and then learned again', async t => {
  const reader = new FlatRecordReader()
  const line = '{"key":1}'
  const isRead = (): boolean | undefined => reader.read(line)?.isSafe
  for (let index = 0; index < 1000; index++) reader.read(`{"key${index}":1}`)
  t.strictSame([isRead(), isRead()], [false, false])
  for (let count = 2; count < 9000; count++) isRead()
  t.strictSame([isRead(), isRead(), isRead()], [false, false, true])
})

test('whatever a sender brings, layouts cost little: 20 records of 20,000 keys, and lines that all but fit', async t => {
  const reader = new FlatRecordReader()
  const text = `"${'x'.repeat(100)}"`
  const lines = [
    ...Array.from({ length: 20 }, (_, index) => `{"id${index}":1,${numbered(20_000).join(',')}}`),
    ...Array.from({ length: 20_000 }, () => known),
    ...Array.from(
      { length: 2000 },
      (_, index) => `{${numbered(31, text).join(',')},"last${index % 9}":1}`
    )
  ]
  const startedAt = performance.now()
  for (const line of lines) reader.read(line)
  const ms = performance.now() - startedAt
  t.ok(ms < 5000, `${ms} ms`)
})

test('whatever came before, a record is read as without layouts', async t => {
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
        t.strictSame({ ...reader.read(line), isSafe: false }, readMembers(line))
      }
    }),
    { numRuns: 300 }
  )
})
