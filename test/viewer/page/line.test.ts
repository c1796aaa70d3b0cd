import { test } from 'tap'
import {
  levelNameOf,
  listMembers,
  maxMembers,
  parseLine,
  summarize
} from '../../../lib/viewer/page/model/line.ts'

const unknown = { timeMs: Number.NaN, level: 30, app: '', host: '', topic: '' }

const cases: [what: string, text: string, line: object][] = [
  [
    'a record of pino',
    '{"level":50,"time":1795417602000,"pid":4711,"hostname":"web-1","name":"shop","msg":"no"}',
    { level: 50, timeMs: 1795417602000, app: 'shop', host: 'web-1', message: 'no' }
  ],
  [
    'a record of Google Cloud',
    '{"severity":"WARNING","timestamp":"2026-11-23T06:06:42Z","message":"db.query::slow"}',
    {
      level: 40,
      timeMs: Date.UTC(2026, 10, 23, 6, 6, 42),
      message: 'db.query::slow',
      topic: 'db.query'
    }
  ],
  [
    'an entry of the text format',
    '{"level":40,"time":5,"text":"a\\nb"}',
    { level: 40, timeMs: 5, message: 'a\nb' }
  ],
  ['an error without a message', '{"err":{"message":"refused"}}', { message: 'refused' }],
  ['a text', 'not JSON', { message: 'not JSON' }],
  ['an array', '[1]', { message: '[1]' }],
  ['members of other types', '{"msg":1,"name":{},"time":"?","level":{}}', { message: '' }]
]

for (const [what, text, line] of cases) {
  test(`${what} is shown as a line`, async t => {
    t.strictSame(parseLine(text), { ...unknown, text, ...line })
  })
}

test('the keys of a log come before the usual ones', async t => {
  const keys = { timeKey: 'at', levelKey: 'rank', messageKey: 'body' }
  const own = '{"at":5,"time":6,"rank":"fatal","level":30,"body":"own","msg":"usual"}'
  t.match(parseLine(own, keys), { timeMs: 5, level: 60, message: 'own' })
  t.match(parseLine('{"time":6,"level":40,"msg":"usual"}', keys), {
    timeMs: 6,
    level: 40,
    message: 'usual'
  })
})

test('objects are opened to their members, by the keys that a filter has', async t => {
  const text =
    '{"a":1,"err":{"code":"EPIPE","cause":{"x":null}},"list":[1,{"b":2}],"none":{},"t":true}'
  t.strictSame(listMembers(text), [
    { key: 'a', value: '1', isScalar: true },
    { key: 'err.code', value: 'EPIPE', isScalar: true },
    { key: 'err.cause.x', value: 'null', isScalar: true },
    { key: 'list', value: '[1,{"b":2}]', isScalar: false },
    { key: 'none', value: '{}', isScalar: false },
    { key: 't', value: 'true', isScalar: true }
  ])
  t.strictSame(listMembers('text'), [])
})

test('a deep object and a record with very many members are bounded', async t => {
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`
  t.equal(listMembers(deep).length, 1)
  const many = JSON.stringify(
    Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`k${i}`, i]))
  )
  t.equal(listMembers(many).length, maxMembers)
})

test('what has no column of its own is summarized', async t => {
  const text = '{"level":30,"time":1,"msg":"x","order":17,"ids":["a"],"who":"me"}'
  t.equal(summarize(text, 100), 'order=17  ids=["a"]  who=me')
  t.equal(summarize(text, 10), 'order=17  …')
  t.equal(summarize('text', 10), '')
})

test('a level without a name has the colour of the next lower one', async t => {
  const names = [0, 10, 25, 35, 40, 59, 60, 100].map(levelNameOf)
  t.strictSame(names, ['trace', 'trace', 'debug', 'info', 'warn', 'error', 'fatal', 'fatal'])
})
