import fc from 'fast-check'
import { test } from 'tap'
import { PlainForms } from '../../../lib/collector/format/entry-forms.ts'
import { PlainMessage } from '../../../lib/collector/format/plain-message.ts'
import { recallTopic } from '../../../lib/collector/format/topic-parts.ts'
import { recipeTemplate } from '../../../lib/collector/format/text-template.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'

const now = Date.parse('2026-11-23T03:39:18.042Z')
const utc = new TimeZone('utc')
const plainForms = new PlainForms([recipeTemplate])

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
    t.equal(message.toEntry(plainForms), `2026-11-23 03:39:18,042 | ${entry}\n`)
  })
}

/** What a terminal, or a program that reads lines, may act on. */
const dangerous = new RegExp(
  String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]`
)
const stamp = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \| /

test('whatever topic and text are, they are one JSON record on one line, and one entry', async () => {
  const piece = fc.oneof(
    fc.constantFrom('\n', '\r', '\0', '\u001b[2K', ' | ', '.', 'INFO', 'shop', '\u2028', '"', '\\'),
    fc.constantFrom('{"level":30,"time":1', '}', ',"msg":"', '2026-11-23 03:39:18,042 | '),
    fc.string({ unit: 'binary', maxLength: 4 })
  )
  const anyText = fc.array(piece, { maxLength: 10 }).map(pieces => Buffer.from(pieces.join('')))
  const bytes = fc.uint8Array({ maxLength: 60 }).map(given => Buffer.from(given))
  fc.assert(
    fc.property(anyText, fc.oneof(anyText, bytes), (topic, text) => {
      const message = new PlainMessage(recallTopic(topic.toString()), text, utc, now)
      const record = message.toRecord()
      const [first = '', ...others] = message.toEntry(plainForms).slice(0, -1).split('\n')
      const { level, time } = JSON.parse(record) as { level: unknown; time: unknown }
      return (
        record.indexOf('\n') === record.length - 1 &&
        level !== undefined &&
        time !== undefined &&
        stamp.test(first) &&
        others.every(line => line.startsWith('    ')) &&
        ![first, ...others].some(line => dangerous.test(line))
      )
    }),
    { seed: 13, numRuns: 2000 }
  )
})

/** A message, and its entry by the template `{level} | {app} | {topic} | {host} | {msg} {fields}`. */
const templated: [topic: string, text: string, entry: string][] = [
  ['shop.WARNING.db', 'slow\n', 'WARNING | shop | db | slow'],
  ['WARNING.db', 'slow', 'WARNING | db | slow'],
  ['shop.WARNING', 'slow', 'WARNING | shop | slow'],
  ['shop.ERROR', 'failed\nTraceback', 'ERROR | shop | failed\n    Traceback'],
  ['shop.INFO.db', '{"level":"INFO","time":1,"msg":"hello","a":1}', 'INFO | shop | db | hello a=1']
]

for (const [topic, text, entry] of templated) {
  test(`root and sub-topic of ${topic} are ${entry} by a template with both`, async t => {
    const message = new PlainMessage(recallTopic(topic), Buffer.from(text), utc, now)
    const forms = new PlainForms(['{level} | {app} | {topic} | {host} | {msg} {fields}'])
    t.equal(message.toEntry(forms), `${entry}\n`)
  })
}
