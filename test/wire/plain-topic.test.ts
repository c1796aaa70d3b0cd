import { test } from 'tap'
import { parsePlainTopic, toPlainTopic, type PlainTopic } from '../../lib/wire/plain-topic.ts'

const isLevel = (name: string): boolean => ['NOTICE', 'ALERT', 'Level 33', 'info'].includes(name)

const topics: [topic: string, parsed: PlainTopic][] = [
  ['INFO', { root: '', levelName: 'INFO', subtopic: '' }],
  ['INFO.db', { root: '', levelName: 'INFO', subtopic: 'db' }],
  ['INFO.db.query', { root: '', levelName: 'INFO', subtopic: 'db.query' }],
  ['shop.WARN', { root: 'shop', levelName: 'WARN', subtopic: '' }],
  ['shop.web.CRITICAL.db.query', { root: 'shop.web', levelName: 'CRITICAL', subtopic: 'db.query' }],
  ['shop.NOTICE.db', { root: 'shop', levelName: 'NOTICE', subtopic: 'db' }],
  ['shop.Level 33.db', { root: 'shop', levelName: 'Level 33', subtopic: 'db' }],
  ['ALERT.INFO.db', { root: 'ALERT', levelName: 'INFO', subtopic: 'db' }],
  ['DEBUG.ERROR', { root: '', levelName: 'DEBUG', subtopic: 'ERROR' }]
]

for (const [topic, parsed] of topics) {
  test(`the topic '${topic}' is split, and joined again`, async t => {
    t.strictSame(parsePlainTopic(topic, isLevel), parsed)
    t.equal(toPlainTopic(parsed), topic)
  })
}

for (const topic of ['', 'shop.web', 'info', 'constructor', 'LOG.db', 'Level x', 'level 33']) {
  test(`the topic '${topic}', which has no level, is all sub-topic`, async t => {
    t.strictSame(parsePlainTopic(topic, isLevel), { root: '', levelName: 'INFO', subtopic: topic })
  })
}

test('a level that Python lacks is joined as it is', async t => {
  t.equal(toPlainTopic({ root: 'shop', levelName: 'NOTICE', subtopic: 'db' }), 'shop.NOTICE.db')
})
