import { test } from 'tap'
import { PlainMessage } from '../../../lib/collector/format/plain-message.ts'
import { recallTopic } from '../../../lib/collector/format/topic-parts.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'

const now = Date.parse('2026-11-23T03:39:18.042Z')
const utc = new TimeZone('utc')

const pino = '{"level":50,"time":1795405158042,"msg":"hello","a":1}'

/** A message, its NDJSON record and its text entry. */
const messages: [topic: string, text: string, record: object | string, entry: string][] = [
  ['INFO', 'hello\n', { level: 30, time: now, msg: 'hello' }, 'INFO | hello'],
  ['INFO', 'hello', { level: 30, time: now, msg: 'hello' }, 'INFO | hello'],
  ['DEBUG.db', 'slow\n', { level: 20, time: now, topic: 'db', msg: 'slow' }, 'DEBUG | db | slow'],
  [
    'shop.CRITICAL.db',
    'down\n',
    { level: 60, time: now, name: 'shop', topic: 'db', msg: 'down' },
    'CRITICAL | shop.db | down'
  ],
  [
    'TRACE',
    'one\ntwo\n\n',
    { level: 10, time: now, msg: 'one\ntwo\n' },
    'TRACE | one\n    two\n    '
  ],
  [
    'ERROR',
    'failed\nTraceback:\n\tb\u001b[A',
    { level: 50, time: now, msg: 'failed\nTraceback:\n\tb\u001b[A' },
    'ERROR | failed\n    Traceback:\n    \tb\\u001b[A'
  ],
  ['INFO.a\nb', 'x', { level: 30, time: now, topic: 'a\nb', msg: 'x' }, 'INFO | a\\nb | x'],
  ['ERROR', '', { level: 50, time: now, msg: '' }, 'ERROR | '],
  ['web', 'hi\n', { level: 30, time: now, topic: 'web', msg: 'hi' }, 'INFO | web | hi'],
  ['INFO', 'größe\n', { level: 30, time: now, msg: 'größe' }, 'INFO | größe'],
  ['ERROR', `${pino}\n`, pino, 'ERROR | hello a=1'],
  ['ERROR', pino, pino, 'ERROR | hello a=1'],
  ['INFO', '{"a":1}', { level: 30, time: now, msg: '{"a":1}' }, 'INFO | {"a":1}'],
  ['INFO', '{"level":1}', { level: 30, time: now, msg: '{"level":1}' }, 'INFO | {"level":1}'],
  ['INFO', '{oops', { level: 30, time: now, msg: '{oops' }, 'INFO | {oops'],
  [
    'INFO',
    '{"level":30,\n"time":5}',
    { level: 30, time: now, msg: '{"level":30,\n"time":5}' },
    'INFO | {"level":30,\n    "time":5}'
  ]
]

for (const [topic, text, record, entry] of messages) {
  test(`a plain message is written: ${topic} ${JSON.stringify(text)}`, async t => {
    const message = new PlainMessage(recallTopic(topic), Buffer.from(text), utc, now)
    const line = typeof record === 'string' ? record : JSON.stringify(record)
    t.equal(message.toRecord(), `${line}\n`)
    t.equal(message.toEntry(), `2026-11-23 03:39:18,042 | ${entry}\n`)
  })
}
