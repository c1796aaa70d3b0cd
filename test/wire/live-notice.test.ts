import { test } from 'tap'
import { decodeNotice, encodeNotice, noticeTopic } from '../../lib/wire/live-notice.ts'
import { isTopicLevel } from '../../lib/record/levels.ts'
import { parsePlainTopic } from '../../lib/wire/plain-topic.ts'

const origin = { time: 5, pid: 7, hostname: 'logs' }
const topic = Buffer.from(noticeTopic)

test('a notice is a record for whoever knows nothing of notices', async t => {
  t.match(JSON.parse(encodeNotice(1, origin)), {
    ...origin,
    level: 40,
    name: 'zmq-pub-collector',
    topic: 'live',
    msg: '1 record was not published: there were too many'
  })
  t.match(parsePlainTopic(noticeTopic, isTopicLevel), {
    root: 'zmq-pub-collector',
    levelName: 'WARNING',
    subtopic: 'live'
  })
})

test('a notice says how many records were skipped', async t => {
  t.equal(decodeNotice(topic, Buffer.from(encodeNotice(12, origin))), 12)
  t.equal(
    decodeNotice(Buffer.from('shop.WARNING'), Buffer.from(encodeNotice(12, origin))),
    undefined
  )
  t.equal(decodeNotice(topic, Buffer.from('{"skippedRecords":"12"}')), undefined)
  t.equal(decodeNotice(topic, Buffer.from('no JSON')), undefined)
})
