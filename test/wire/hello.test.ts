import fc from 'fast-check'
import { hostname } from 'node:os'
import { test } from 'tap'
import { parseObject } from '../../lib/util/object.ts'
import { version } from '../../lib/version.ts'
import {
  createHello,
  decodeHello,
  encodeHello,
  isFinalBye,
  maxByeBytes,
  toRootTopic,
  type Hello
} from '../../lib/wire/hello.ts'
import {
  maxDroppedRanges,
  maxHelloBytes,
  maxLabelBytes,
  maxLevels,
  maxNameBytes,
  maxProofs,
  maxVersions
} from '../../lib/wire/limits.ts'
import { isSeq } from '../../lib/wire/seq.ts'

const seed = 13

const unknown = {
  host: 'unknown',
  pid: 0,
  app: '',
  versions: {},
  levels: {},
  errorKey: 'err',
  dropped: []
}

test('a new hello describes this process', async t => {
  t.strictSame(createHello(), {
    ...unknown,
    host: hostname(),
    pid: process.pid,
    versions: { 'zmq-pub': version, node: process.versions.node }
  })
})

test('the root topic is the option, else the name of the app, without what would end it', async t => {
  t.equal(toRootTopic({ app: 'shop' }), 'shop')
  t.equal(toRootTopic({ app: 'shop', topic: '' }), '')
  t.equal(toRootTopic({ app: 'shop', topic: 'a\0b\0' }), 'ab')
})

test('a hello arrives as it was sent', async t => {
  const hello = {
    host: 'höst',
    pid: 5,
    app: 'shop',
    topic: 'web',
    versions: { node: '20.19.0' },
    levels: { 35: 'notice' },
    levelKey: 'severity',
    timeKey: '@timestamp',
    messageKey: 'message',
    errorKey: 'error',
    dropped: [{ from: 1, to: 5, why: 'buffer full' }]
  }
  t.strictSame(decodeHello(Buffer.from(encodeHello(hello))), hello)
})

const others: [what: string, payload: string, expected: object][] = [
  ['says nothing', '{}', {}],
  ['says more than we know', '{"host":"h","colour":"red"}', { host: 'h' }],
  [
    'has values of other types',
    '{"host":1,"pid":"5","app":null,"topic":5,"messageKey":[],"levelKey":5,"timeKey":""}',
    {}
  ],
  ['has no objects where they belong', '{"versions":"x","levels":null,"dropped":{}}', {}],
  ['has level names that are not strings', '{"levels":{"35":5}}', { levels: { 35: '5' } }]
]

for (const [what, payload, expected] of others) {
  test(`a hello that ${what} is completed by the defaults`, async t => {
    t.strictSame(decodeHello(Buffer.from(payload)), { ...unknown, ...expected })
  })
}

test('only dropped ranges that are complete are taken', async t => {
  const good = { from: 3, to: 4, why: 'full' }
  const bad = [null, 5, {}, { ...good, from: '3' }, { ...good, to: 4.5 }, { ...good, why: 1 }]
  const payload = Buffer.from(JSON.stringify({ dropped: [...bad, good] }))
  t.strictSame(decodeHello(payload)?.dropped, [good])
})

const ranges: [what: string, given: [from: unknown, to: unknown][], taken: [number, number][]][] = [
  [
    'out of order',
    [
      [7, 9],
      [1, 3],
      [5, 5]
    ],
    [
      [1, 3],
      [5, 5],
      [7, 9]
    ]
  ],
  [
    'that overlap',
    [
      [1, 5],
      [3, 8],
      [4, 6],
      [8, 9]
    ],
    [
      [1, 5],
      [6, 8],
      [9, 9]
    ]
  ],
  [
    'that are the same',
    [
      [1, 5],
      [1, 5]
    ],
    [[1, 5]]
  ],
  [
    'that end before they begin',
    [
      [5, 3],
      [6, 7]
    ],
    [[6, 7]]
  ],
  [
    'with numbers that no record can have',
    [
      [0, 3],
      [-5, 9],
      [4, 2 ** 53],
      [1.5, 3],
      [1e300, 1e301]
    ],
    []
  ],
  ['up to the highest number', [[4, 2 ** 53 - 2]], [[4, 2 ** 53 - 2]]]
]

for (const [what, given, taken] of ranges) {
  test(`of dropped ranges ${what} those that are possible are taken, in order`, async t => {
    const toRange = ([from, to]: unknown[]): object => ({ from, to, why: 'full' })
    const payload = Buffer.from(JSON.stringify({ dropped: given.map(toRange) }))
    t.strictSame(decodeHello(payload)?.dropped, taken.map(toRange))
  })
}

for (const pid of [-1, 1.5, 1e300]) {
  test(`${pid} is no process`, async t => {
    t.equal(decodeHello(Buffer.from(JSON.stringify({ pid })))?.pid, 0)
  })
}

for (const json of ['', 'hello', '[]', 'null', '5', '"text"', '{"a":']) {
  test(`no JSON object: ${JSON.stringify(json)}`, async t => {
    t.equal(parseObject(json), undefined)
    t.equal(decodeHello(Buffer.from(json)), undefined)
  })
}

test('a JSON object is read', async t => {
  t.strictSame(parseObject(' {"a":[1]} '), { a: [1] })
})

/** A list or an object with this many members. */
function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

const name = 'n'.repeat(maxNameBytes)
const label = 'l'.repeat(maxLabelBytes)
const key = 'k'.repeat(40)
const bounded: [what: string, given: object, taken: object][] = [
  ...['host', 'app', 'topic', 'levelKey', 'timeKey', 'messageKey', 'errorKey'].map(
    (key): [string, object, object] => [
      `a longer ${key}`,
      { [key]: `${name}more` },
      { [key]: name }
    ]
  ),
  ['a longer level name', { levels: { 35: `${label}more` } }, { levels: { 35: label } }],
  [
    'more levels',
    { levels: Object.fromEntries(many(maxLevels + 1, index => [index, 'x'])) },
    { levels: Object.fromEntries(many(maxLevels, index => [index, 'x'])) }
  ],
  ['levels that are no numbers', { levels: { x: 'y', 35: 'z' } }, { levels: { 35: 'z' } }],
  ['a longer version', { versions: { node: `${label}more` } }, { versions: { node: label } }],
  ['a longer name of a version', { versions: { [`${label}more`]: '1' } }, { versions: {} }],
  [
    'more versions',
    { versions: Object.fromEntries(many(maxVersions + 1, index => [`v${index}`, '1'])) },
    { versions: Object.fromEntries(many(maxVersions, index => [`v${index}`, '1'])) }
  ],
  [
    'more proofs',
    { key, proofs: many(maxProofs + 1, index => `p${index}`) },
    { key, proofs: many(maxProofs, index => `p${index}`) }
  ],
  ['a longer proof', { key, proofs: [label, `${label}m`] }, { key, proofs: [label] }],
  [
    'a longer reason',
    { dropped: [{ from: 1, to: 2, why: `${name}more` }] },
    { dropped: [{ from: 1, to: 2, why: name }] }
  ],
  [
    'more dropped ranges',
    { dropped: many(maxDroppedRanges + 1, index => ({ from: index + 1, to: index + 1, why: '' })) },
    { dropped: many(maxDroppedRanges, index => ({ from: index + 1, to: index + 1, why: '' })) }
  ]
]

for (const [what, given, taken] of bounded) {
  test(`of a hello with ${what} what is within the limits is taken`, async t => {
    t.strictSame(decodeHello(Buffer.from(JSON.stringify(given))), { ...unknown, ...taken })
  })

  test(`and a sender with ${what} says no more than that`, async t => {
    const hello = { ...createHello(), ...given }
    t.strictSame(JSON.parse(encodeHello(hello)), { ...createHello(), ...taken })
  })
}

/** A JSON object of this size. Unit: bytes */
function fill(said: object, bytes: number): Buffer {
  const { length } = JSON.stringify({ ...said, filler: '' })
  return Buffer.from(JSON.stringify({ ...said, filler: 'x'.repeat(bytes - length) }))
}

test('a hello that is too long is none', async t => {
  t.equal(decodeHello(fill({ host: 'h' }, maxHelloBytes))?.host, 'h')
  t.equal(decodeHello(fill({ host: 'h' }, maxHelloBytes + 1)), undefined)
})

test('a bye that is too long is not final: its sender may speak again', async t => {
  t.ok(isFinalBye(fill({ final: true }, maxByeBytes)))
  t.notOk(isFinalBye(fill({ final: true }, maxByeBytes + 1)))
})

test('a hello that would be too long says the oldest of its dropped ranges', async t => {
  const why = 'w'.repeat(200)
  const dropped = many(1000, index => ({ from: 2 * index + 1, to: 2 * index + 1, why }))
  const payload = Buffer.from(encodeHello({ ...createHello(), app: 'shop', dropped }))
  t.ok(payload.length <= maxHelloBytes)
  const read = decodeHello(payload)
  t.equal(read?.app, 'shop')
  t.ok((read?.dropped.length ?? 0) > 100)
  t.strictSame(read?.dropped, dropped.slice(0, read?.dropped.length))
})

test('a hello whose level names JSON makes too long says the rest', async t => {
  const levels = Object.fromEntries(many(maxLevels, index => [index, '\0'.repeat(maxLabelBytes)]))
  const payload = Buffer.from(encodeHello({ ...createHello(), app: 'shop', levels }))
  t.ok(payload.length <= maxHelloBytes)
  t.match(decodeHello(payload), { app: 'shop', levels: {} })
})

/** A value of a hello: what belongs there, and what doesn't. */
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom('läden'.repeat(200), '🎉'.repeat(200), '\u2003'.repeat(64), 1e308, -1, 2 ** 53),
  fc.string({ unit: 'binary', maxLength: 400, size: 'max' })
)
const anyKey = fc.oneof(
  fc.string(),
  fc.constantFrom('5', '__proto__', '\u2003'.repeat(64), 'ä'.repeat(64))
)
const anyRange = fc.record(
  { from: fc.oneof(fc.nat(50), anyValue), to: fc.oneof(fc.nat(50), anyValue), why: anyValue },
  { requiredKeys: [] }
)
const anyHello = fc
  .record(
    {
      ...Object.fromEntries(
        ['host', 'pid', 'app', 'topic', 'levelKey', 'timeKey', 'messageKey', 'errorKey'].map(
          key => [key, anyValue]
        )
      ),
      key: fc.oneof(fc.string({ minLength: 40, maxLength: 40 }), anyValue),
      proofs: fc.oneof(fc.array(anyValue, { maxLength: 100, size: 'max' }), anyValue),
      formerId: fc.oneof(fc.constant('00000000000000aa'), anyValue),
      levels: fc.oneof(fc.dictionary(anyKey, anyValue), anyValue),
      versions: fc.oneof(fc.dictionary(anyKey, anyValue, { maxKeys: 30, size: 'max' }), anyValue),
      dropped: fc.oneof(fc.array(anyRange, { maxLength: 30 }), anyValue)
    },
    { requiredKeys: [] }
  )
  .map(value => JSON.stringify(value))

function isWithin(text: string | undefined, maxBytes: number): boolean {
  return text === undefined || (typeof text === 'string' && Buffer.byteLength(text) <= maxBytes)
}

function areLabels(labels: Readonly<Record<string, string>>, maxCount: number): boolean {
  const all = Object.entries(labels)
  return all.length <= maxCount && all.flat().every(text => isWithin(text, maxLabelBytes))
}

/** Whether all that a collector keeps of a hello is within the limits of docs/wire-format.md. */
function isWithinLimits(hello: Hello): boolean {
  const { host, pid, app, topic, levelKey, timeKey, messageKey, errorKey } = hello
  const { versions, levels, key = '', proofs = [], formerId, dropped } = hello
  let end = 0
  const areInOrder = dropped.every(({ from, to }) => {
    const isAfter = isSeq(from) && isSeq(to) && from > end && to >= from
    end = to
    return isAfter
  })
  return (
    [host, app, topic, levelKey, timeKey, messageKey, errorKey].every(text =>
      isWithin(text, maxNameBytes)
    ) &&
    Number.isSafeInteger(pid) &&
    pid >= 0 &&
    areLabels(versions, maxVersions) &&
    areLabels(levels, maxLevels) &&
    ['', 'x'.repeat(40)].some(({ length }) => length === key.length) &&
    proofs.length <= maxProofs &&
    proofs.every(text => isWithin(text, maxLabelBytes)) &&
    (formerId === undefined || /^[0-9a-f]{16}$/.test(formerId)) &&
    dropped.length <= maxDroppedRanges &&
    dropped.every(({ why }) => isWithin(why, maxNameBytes)) &&
    areInOrder
  )
}

test('whatever JSON is in a hello, what is taken is within the limits, and can be said again', async () => {
  fc.assert(
    fc.property(fc.oneof(anyHello, fc.json({ maxDepth: 6 })), json => {
      const hello = decodeHello(Buffer.from(json))
      if (!hello) return parseObject(json) === undefined || Buffer.byteLength(json) > maxHelloBytes
      const said = encodeHello(hello)
      const again = decodeHello(Buffer.from(said))
      return (
        isWithinLimits(hello) &&
        Buffer.byteLength(said) <= maxHelloBytes &&
        again !== undefined &&
        encodeHello(again) === said
      )
    }),
    { seed, numRuns: 1000 }
  )
})

test('whatever bytes a hello or a bye is, it is taken or not, and nothing is thrown', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom(...['[', '{"a":'].map(text => Buffer.from(text.repeat(10_000)))),
    anyHello.map(json => Buffer.from(json).subarray(0, -1)),
    anyHello.map(json => Buffer.concat([Buffer.of(0xff), Buffer.from(json)]))
  )
  fc.assert(
    fc.property(bytes, given => {
      const payload = Buffer.from(given)
      return decodeHello(payload) === undefined && !isFinalBye(payload)
    }),
    { seed, numRuns: 1000 }
  )
})

test('a bye is final where it says true, in at most 1 KiB, and in no other case', async () => {
  fc.assert(
    fc.property(anyValue, fc.nat(2000), (final, more) => {
      const payload = Buffer.from(JSON.stringify({ final, more: 'x'.repeat(more) }))
      return isFinalBye(payload) === (final === true && payload.length <= 1024)
    }),
    {
      seed,
      numRuns: 500,
      examples: [
        [true, 0],
        [true, 2000],
        ['true', 0]
      ]
    }
  )
})
