import fc from 'fast-check'
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

/** Without the parts that are empty. */
function withoutEmpty(topic: string): string {
  return topic
    .split('.')
    .filter(name => name !== '')
    .join('.')
}

test('whatever a plain topic is, its parts joined are the topic again, or all of it is the sub-topic', async () => {
  const part = fc.oneof(
    fc.constantFrom('INFO', 'info', 'NOTICE', 'Level 33', 'Level', '', 'constructor', '__proto__'),
    fc.string({ unit: 'binary', maxLength: 6 })
  )
  const anyTopic = fc.array(part, { maxLength: 8 }).map(parts => parts.join('.'))
  fc.assert(
    fc.property(anyTopic, topic => {
      const parsed = parsePlainTopic(topic, isLevel)
      const { root, levelName, subtopic } = parsed
      const hasLevel = root !== '' || levelName !== 'INFO' || subtopic !== topic
      return hasLevel
        ? withoutEmpty(toPlainTopic(parsed)) === withoutEmpty(topic) &&
            topic.split('.').includes(levelName)
        : !topic.split('.').some(name => name === 'INFO' || ['NOTICE', 'Level 33'].includes(name))
    }),
    { seed: 13, numRuns: 2000 }
  )
})
