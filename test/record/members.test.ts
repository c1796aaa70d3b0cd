import fc from 'fast-check'
import { test } from 'tap'
import {
  decodeText,
  maxMembers,
  readMembers,
  readScalar,
  readText,
  type Members
} from '../../lib/record/members.ts'

/** What was read, as values. */
function toEntries(members: Members | undefined): [string, unknown][] | undefined {
  return members?.keys.map((key, index) => {
    const value = members.values[index] ?? ''
    return [key, members.isText[index] ? decodeText(value) : JSON.parse(value)]
  })
}

const records: [line: string, entries: [string, unknown][]][] = [
  ['{}', []],
  [' { } ', []],
  ['{"a":1}', [['a', 1]]],
  [
    '{"a":1,"a":"2","b":3}',
    [
      ['a', 1],
      ['a', '2'],
      ['b', 3]
    ]
  ],
  [
    '\t{ "a" : -1.5e+3 ,\r"b" :\n[ 1 , { "c" : "]}" } ] } ',
    [
      ['a', -1500],
      ['b', [1, { c: ']}' }]]
    ]
  ],
  [
    '{"a":true,"b":false,"c":null}',
    [
      ['a', true],
      ['b', false],
      ['c', null]
    ]
  ],
  [
    String.raw`{"\u0061\"":"\\\"\n","b":"\\"}`,
    [
      ['a"', '\\"\n'],
      ['b', '\\']
    ]
  ],
  [
    '{"":"","größe":"ü €"}',
    [
      ['', ''],
      ['größe', 'ü €']
    ]
  ],
  [
    '{"__proto__":1,"constructor":2}',
    [
      ['__proto__', 1],
      ['constructor', 2]
    ]
  ]
]

for (const [line, entries] of records) {
  test(`the members of ${JSON.stringify(line)}`, async t => {
    t.strictSame(toEntries(readMembers(line)), entries)
  })
}

const others = [
  '',
  ' ',
  'null',
  '[]',
  '"a"',
  '{',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  '{,}',
  '{"a" 1}',
  '{"a":}',
  '{a:1}',
  '{"a":01}',
  '{"a":1.}',
  '{"a":-}',
  '{"a":nul}',
  '{"a":1 2}',
  '{"a":1}}',
  '{"a":1}x',
  '{"a":"b}',
  String.raw`{"a":"\"}`,
  '{"a":"\u0001"}',
  '{"\u0001":"a"}',
  '{"a":[1}',
  '{"a":["]}'
]

for (const line of others) {
  test(`${JSON.stringify(line)} is no record`, async t => {
    t.equal(readMembers(line), undefined)
  })
}

test('a record is read as JSON.parse reads it', async t => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.jsonValue())
  const space = fc.constantFrom(0, 1, '\t', ' \r\n')
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), space, (given, indent) => {
      const json = JSON.stringify(given, undefined, indent)
      t.strictSame(toEntries(readMembers(json)), Object.entries(JSON.parse(json) as object))
    }),
    { numRuns: 500 }
  )
})

test('a record as large as a message is read in one pass, whatever is in it', async t => {
  const half = 4_000_000
  const values = [
    '"'.padEnd(half, 'x'),
    String.raw`"${String.raw`\"`.repeat(half)}"`,
    String.raw`"${String.raw`\\`.repeat(half)}"`,
    '['.repeat(half) + ']'.repeat(half),
    '{'.repeat(2 * half),
    `[${'[],'.repeat(half)}0]`,
    ' '.repeat(2 * half)
  ]
  const startedAt = performance.now()
  for (const value of values) readMembers(`{"a":${value},"b":1}`)
  const ms = performance.now() - startedAt
  t.ok(ms < 5000, `${ms} ms`) // JSON.parse alone takes longer for the nested arrays
})

test('of very many members the first are read, and the rest stays as it is', async t => {
  const members = Array.from({ length: maxMembers + 2 }, (_, index) => `"k${index}":${index}`)
  const { keys, rest } = readMembers(`{${members.join(',')}}`) as Members
  t.equal(keys.length, maxMembers)
  t.equal(rest, `"k${maxMembers}":${maxMembers},"k${maxMembers + 1}":${maxMembers + 1}}`)
  t.equal(readMembers(`{${members.slice(0, maxMembers).join(',')}}`)?.rest, '')
})

test('a text with wrong escapes stays as it is', async t => {
  t.equal(decodeText(String.raw`a\u0021`), 'a!')
  t.equal(decodeText(String.raw`a\q`), String.raw`a\q`)
})

test('texts and numbers are read by index, other values are not', async t => {
  const members = readMembers(String.raw`{"a":"b\n","b":1.5,"c":true,"d":null,"e":[1]}`) as Members
  t.strictSame(
    [0, 1, 2, 3, 4, 5, -1].map(index => readText(members, index)),
    ['b\n', ...Array.from({ length: 6 })]
  )
  t.strictSame(
    [0, 1, 2, 3, 4, 5, -1].map(index => readScalar(members, index)),
    ['b\n', 1.5, ...Array.from({ length: 5 })]
  )
})
