import { test } from 'tap'
import {
  maxLineBytes,
  maxLiveBytes,
  toCutRecord,
  toLiveRecord,
  type RecordSource
} from '../../../lib/collector/live/live-record.ts'
import { FlatRecordReader } from '../../../lib/record/flat-record-reader.ts'
import { RoleFinder } from '../../../lib/record/roles.ts'

const source: RecordSource = { app: 'shop', host: 'web-1', pid: 7, roles: new RoleFinder({}) }
const facts = { level: 40, now: 5 }

function toRecord(line: string, changes: Partial<RecordSource> = {}): string {
  return toLiveRecord(line, { ...source, ...changes }, facts, new FlatRecordReader())
}

const usual = '{"level":30,"time":9,"pid":7,"hostname":"web-1","name":"shop","a":[1],"msg":"x"}'

test('what pino has written stays as it is', async t => {
  t.equal(toRecord(usual), usual)
  const spaced = '{ "level": 30, "time": 9, "pid": 7, "hostname": "web-1", "name": "shop" }'
  t.equal(toRecord(spaced), spaced)
})

const completed: [what: string, line: string, record: object, changes?: Partial<RecordSource>][] = [
  [
    'an app that leaves out what pino adds',
    '{"level":30,"time":9,"msg":"x"}',
    { level: 40, time: 9, pid: 7, hostname: 'web-1', name: 'shop', msg: 'x' }
  ],
  [
    'a record without level and time',
    '{"pid":8,"hostname":"web-1","name":"shop"}',
    { level: 40, time: 5, pid: 8, hostname: 'web-1', name: 'shop' }
  ],
  [
    'a level as text',
    '{"level":"warn","time":9,"pid":7,"hostname":"web-1","name":"shop"}',
    { level: 40, time: 9, pid: 7, hostname: 'web-1', name: 'shop' }
  ],
  [
    'the format of Google Cloud',
    '{"severity":"WARNING","timestamp":"2026-11-26T08:00:00Z","message":"x","a":{"b":1}}',
    {
      level: 40,
      time: '2026-11-26T08:00:00Z',
      pid: 7,
      hostname: 'web-1',
      name: 'shop',
      msg: 'x',
      a: { b: 1 }
    }
  ],
  [
    'keys of its own',
    '{"l":3,"t":9,"text":"a \\"b\\""}',
    { level: 40, time: 9, pid: 7, hostname: 'web-1', name: 'shop', msg: 'a "b"' },
    { roles: new RoleFinder({ levelKey: 'l', timeKey: 't', messageKey: 'text' }) }
  ],
  [
    'another name and host than the collector knows',
    '{"level":30,"time":9,"pid":1,"hostname":"pod","name":"db","sentBy":"me","msg":"x"}',
    { level: 40, time: 9, sentBy: 'shop@web-1', pid: 1, hostname: 'pod', name: 'db', msg: 'x' }
  ],
  [
    'a false sentBy',
    usual.replace('"a"', '"sentBy"'),
    { level: 40, time: 9, pid: 7, hostname: 'web-1', name: 'shop', msg: 'x' }
  ],
  [
    'a name that is given twice: the last counts',
    '{"level":30,"time":9,"pid":7,"hostname":"web-1","name":"shop","name":"db"}',
    { level: 40, time: 9, sentBy: 'shop@web-1', pid: 7, hostname: 'web-1', name: 'db' }
  ],
  [
    'a sender of which nothing is known',
    '{"time":9,"msg":"x"}',
    { level: 40, time: 9, msg: 'x' },
    { app: '', host: '', pid: 0 }
  ],
  [
    'a line that is no JSON',
    'npm "warn"\u001b[2J',
    {
      level: 40,
      time: 5,
      pid: 7,
      hostname: 'web-1',
      name: 'shop',
      msg: 'npm "warn"\u001b[2J'
    }
  ]
]

for (const [what, line, expected, changes] of completed) {
  test(`completed is ${what}`, async t => {
    const record = toRecord(line, changes)
    t.strictSame(JSON.parse(record), expected)
    t.notMatch(record, /\p{Cc}/u)
  })
}

test('no terminal acts on a record, whose values stay the same', async t => {
  const line = usual.replace('"x"', '"\u009b2J\u2028\u202e\u007f"')
  const record = toRecord(line)
  t.notMatch(record, /[\u007f-\u009f\u2028\u202e]/)
  t.strictSame(JSON.parse(record), JSON.parse(line))
})

test('a control character where JSON has none does not reach a terminal either', async t => {
  for (const line of ['{"a":{"b":"\u001b[2J"}}', '{"a":\u001b}', '\u001b{}'])
    t.notMatch(toRecord(line), /\p{Cc}/u)
})

test('of a long line the beginning is published', async t => {
  const line = `{"level":40,"time":9,"msg":"${'x'.repeat(maxLineBytes)}"}\n`
  const record = toCutRecord(Buffer.from(line), source, facts)
  t.match(JSON.parse(record), {
    level: 40,
    time: 5,
    name: 'shop',
    recordBytes: line.length,
    msg: /^\{"level":40,"time":9,"msg":"x{2000}/
  })
})

test('what escapes make too long is cut, too', async t => {
  for (const filler of ['\u0001', '\u009b', '"']) {
    const line = filler.repeat(maxLineBytes / Buffer.byteLength(filler))
    const record = toRecord(line, { app: '\u0001'.repeat(256), host: '\u0001'.repeat(256) })
    t.ok(Buffer.byteLength(record) <= maxLiveBytes, `${Buffer.byteLength(record)} bytes`)
    t.ok(JSON.parse(record))
  }
})

test('a long record without escapes stays whole', async t => {
  const line = usual.replace('"x"', `"${'é'.repeat(maxLineBytes / 2 - 100)}"`)
  t.equal(toRecord(line), line)
})
