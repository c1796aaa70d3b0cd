import { test } from 'tap'
import {
  TraitReader,
  type RecordTraits,
  type TraitSettings
} from '../../../lib/collector/routing/record-traits.ts'

const all: TraitSettings = { levels: {}, keys: {}, needsTopic: true, timeKey: 'time' }

function read(lines: readonly string[], settings: TraitSettings = all): RecordTraits[] {
  const payload = Buffer.from(lines.map(line => `${line}\n`).join(''))
  const traits: RecordTraits[] = []
  let expectedStart = 0
  new TraitReader(payload, settings).forEach((start, end, found) => {
    if (start !== expectedStart || payload[end - 1] !== 10) throw new Error(`${start}-${end}`)
    expectedStart = end
    traits.push(found)
  })
  if (expectedStart !== payload.length) throw new Error(`ended at ${expectedStart}`)
  return traits
}

const time = 1_795_573_368_034
const quarterHour = Date.parse('2026-11-25T02:15:00Z')
const records: [line: string, traits: RecordTraits][] = [
  [
    `{"level":30,"time":${time},"msg":"a"}`,
    { level: 30, levelName: 'info', topic: '', time: quarterHour }
  ],
  [`{"level":50,"time":${time}}`, { level: 50, levelName: 'error', topic: '', time: quarterHour }],
  [`{"level":35,"time":${time}}`, { level: 35, levelName: '35', topic: '', time: quarterHour }],
  [`{"level":30}`, { level: 30, levelName: 'info', topic: '', time: undefined }],
  [
    `{"level":30,"time":"2026-11-25T00:00:00Z"}`,
    { level: 30, levelName: 'info', topic: '', time: Date.parse('2026-11-25T00:00:00Z') }
  ],
  [
    `{"level":30,"time":1795573368.034}`,
    { level: 30, levelName: 'info', topic: '', time: quarterHour }
  ],
  [`{"level":30,"time":null}`, { level: 30, levelName: 'info', topic: '', time: undefined }],
  [
    `{"level":30,"msg":"größe","time":${time}}`,
    { level: 30, levelName: 'info', topic: '', time: quarterHour }
  ],
  [
    `{"level":30,"time":${time},"topic":"db"}`,
    { level: 30, levelName: 'info', topic: 'db', time: quarterHour }
  ],
  [
    `{"level":30,"time":${time},"topic":"größe"}`,
    { level: 30, levelName: 'info', topic: 'größe', time: quarterHour }
  ],
  [
    `{"level":30,"time":${time},"topic":5}`,
    { level: 30, levelName: 'info', topic: '', time: quarterHour }
  ],
  [
    `{"level":30,"time":${time},"a":{"topic":"x"}}`,
    { level: 30, levelName: 'info', topic: '', time: quarterHour }
  ],
  [
    `{"level":30,"time":${time},"msg":"db.query::slow"}`,
    { level: 30, levelName: 'info', topic: 'db.query', time: quarterHour }
  ],
  [
    `{"level":30,"time":${time},"msg":"std: a::b"}`,
    { level: 30, levelName: 'info', topic: '', time: quarterHour }
  ],
  [
    `{"level":"warn","time":${time}}`,
    { level: 40, levelName: 'warn', topic: '', time: quarterHour }
  ],
  [
    `{"level":"WARN","time":${time}}`,
    { level: 40, levelName: 'warn', topic: '', time: quarterHour }
  ],
  [`{"level":"odd","time":${time}}`, { level: 30, levelName: 'odd', topic: '', time: quarterHour }],
  [`{"time":${time},"level":20}`, { level: 20, levelName: 'debug', topic: '', time: quarterHour }],
  // pino's own level and time stand first
  [
    `{"level":50,"time":${time},"level":3,"time":350}`,
    { level: 50, levelName: 'error', topic: '', time: quarterHour }
  ],
  [
    `{"level":50,"time":${time},"level":3,"time":350,"topic":"db"}`,
    { level: 50, levelName: 'error', topic: 'db', time: quarterHour }
  ],
  [
    `{"time":${time},"pid":1,"level":"err","level":10,"time":350}`,
    { level: 50, levelName: 'error', topic: '', time: quarterHour }
  ],
  [`{"severity":"CRITICAL"}`, { level: 60, levelName: 'fatal', topic: '', time: undefined }],
  [`{"log.level":"error"}`, { level: 50, levelName: 'error', topic: '', time: undefined }],
  [`{"level":"50"}`, { level: 50, levelName: 'error', topic: '', time: undefined }],
  [`{"level":3}`, { level: 50, levelName: 'error', topic: '', time: undefined }],
  [`{"level":-5}`, { level: -5, levelName: '-5', topic: '', time: undefined }],
  [`{"level":5000}`, { level: 5000, levelName: '5000', topic: '', time: undefined }],
  [
    `{"level":30,"time":${time},"topic":"db","a":${'['.repeat(9)}`,
    { level: 30, levelName: 'info', topic: '', time: undefined }
  ],
  ['no JSON', { level: 30, levelName: 'info', topic: '', time: undefined }],
  ['', { level: 30, levelName: 'info', topic: '', time: undefined }],
  ['[]', { level: 30, levelName: 'info', topic: '', time: undefined }]
]

for (const [line, traits] of records) {
  test(`the traits of ${line}`, async t => {
    t.strictSame(read([line]), [traits])
  })
}

test('records are read one after another, whatever stands beside them', async t => {
  const lines = records.map(([line]) => line)
  const expected = records.map(([, traits]) => traits)
  t.strictSame(read(lines), expected)
  t.strictSame(read(lines.toReversed()), expected.toReversed())
})

test("a sender's own levels and keys count", async t => {
  const settings = {
    ...all,
    levels: { 35: 'notice', 100: 'Loud' },
    keys: { messageKey: 'text' },
    timeKey: 'ts'
  }
  t.strictSame(
    read(
      [
        `{"level":35,"ts":${time},"text":"db::x","msg":"no::y"}`,
        `{"level":"loud","ts":${time / 1000}}`,
        `{"level":30,"time":${time},"ts":5}`
      ],
      settings
    ),
    [
      { level: 35, levelName: 'notice', topic: 'db', time: quarterHour },
      { level: 100, levelName: 'loud', topic: '', time: quarterHour },
      { level: 30, levelName: 'info', topic: '', time: 0 }
    ]
  )
})

test("a level under another key is read as pino's is", async t => {
  const settings = { ...all, keys: { levelKey: 'severity' } }
  const lines = ['{"severity":50,"level":10}', '{"level":10,"severity":"ERROR"}', '{"level":60}']
  t.strictSame(
    read(lines, settings).map(({ level }) => level),
    [50, 50, 60]
  )
})

test('what nobody asks for is not looked for', async t => {
  const [traits] = read([`{"level":30,"time":${time},"topic":"db"}`], {
    ...all,
    needsTopic: false,
    timeKey: ''
  })
  t.strictSame(traits, { level: 30, levelName: 'info', topic: '', time: undefined })
})
