import { test } from 'tap'
import { readPlainRecord } from '../../../lib/collector/format/plain-record.ts'
import { recallTopic } from '../../../lib/collector/format/topic-parts.ts'

/** What zmq-pub's transport sends, which stays byte for byte. */
const kept: [topic: string, line: string, levelName: string | undefined][] = [
  ['INFO', '{"level":30,"time":5,"msg":"a"}', undefined],
  ['DEBUG', '{"level":10,"time":5,"msg":"a"}', undefined],
  ['TRACE', '{"level":10,"time":5,"msg":"a"}', 'TRACE'],
  ['CRITICAL', '{"level":60,"time":5,"msg":"a"}', undefined],
  ['CRITICAL', '{"level":70,"time":5,"msg":"a"}', 'CRITICAL'],
  ['NOTICE', '{"level":35,"time":5,"msg":"a"}', 'NOTICE'],
  ['WARNING', '{"level":"warn","time":"2026-11-23T03:39:18Z","msg":"a"}', undefined],
  ['shop.INFO', '{"level":30,"time":5,"name":"shop","msg":"a"}', undefined],
  ['shop.eu.INFO', '{"level":30,"time":5,"name":"shop","msg":"a"}', undefined],
  ['shop.INFO', '{"level":30,"time":5,"pid":1,"hostname":"h","msg":"a"}', undefined],
  ['INFO.db', '{"level":30,"time":5,"topic":"db","msg":"a"}', undefined],
  ['INFO.db', '{"level":30,"time":5,"msg":"db::a"}', undefined],
  ['INFO.db', '{"level":30,"time":5,"text":"db::a"}', undefined],
  ['INFO', '{"level":30,"time":5,"topic":"db","level":10,"msg":"a"}', undefined],
  ['shop.AUDIT.db', '{"level":33,"time":5,"name":"shop","topic":"db"}', undefined],
  ['Level 33', '{"level":33,"time":5}', 'Level 33'],
  ['35', '{"level":35,"time":5,"pid":1,"hostname":"h"}', undefined]
]

for (const [topic, line, levelName] of kept) {
  test(`with the topic ${topic}, ${line} stays as it is`, async t => {
    t.strictSame(readPlainRecord(line, recallTopic(topic)), { line, levelName })
  })
}

/** What formatters for JSON send that know nothing of the topic. */
const changed: [topic: string, line: string, written: string, levelName: string | undefined][] = [
  [
    'app.WARNING.db',
    '{"level":30,"time":5,"message":"slow"}',
    '{"level":40,"time":5,"name":"app","topic":"db","message":"slow"}',
    'WARNING'
  ],
  [
    'app.ERROR.db',
    '{"message":"slow","level":"ERROR","time":"2026-11-23 03:39:18,042"}',
    '{"level":50,"time":"2026-11-23 03:39:18,042","name":"app","topic":"db","message":"slow"}',
    undefined
  ],
  [
    'app.NOTICE.db',
    '{"level":30,"time":5,"name":"db.pool","topic":"x","a":[1, 2]}',
    '{"level":30,"time":5,"name":"app","topic":"db","logger":"db.pool","a":[1, 2]}',
    'NOTICE'
  ],
  ['CRITICAL', '{"level":50,"time":5}', '{"level":60,"time":5}', 'CRITICAL'],
  ['app.INFO', '{"level":30,"time":5}', '{"level":30,"time":5,"name":"app"}', undefined],
  ['orders', '{"level":50,"time":5}', '{"level":50,"time":5,"topic":"orders"}', undefined],
  [
    'app.INFO',
    String.raw`{"level":50,"time":5,"name":"app","\u0061\"":"\n","level":1}`,
    String.raw`{"level":30,"time":5,"name":"app","a\"":"\n","level":1}`,
    'INFO'
  ]
]

for (const [topic, line, written, levelName] of changed) {
  test(`with the topic ${topic}, ${line} becomes ${written}`, async t => {
    t.strictSame(readPlainRecord(line, recallTopic(topic)), { line: written, levelName })
    t.ok(JSON.parse(written))
  })
}

for (const text of ['', 'a', '[]', '{"level":30}', '{"time":5}', '{"level":30,\n"time":5}']) {
  test(`${JSON.stringify(text)} is no record`, async t => {
    t.equal(readPlainRecord(text, recallTopic('app.INFO.db')), undefined)
  })
}
