import { test } from 'tap'
import { pauses } from '../../../lib/transport/connection/reachability.ts'
import { explainTopic, TopicCheck } from '../../../lib/transport/connection/topic-check.ts'

test('a refused topic is reported after a while, and every minute as long as it lasts', async t => {
  const check = new TopicCheck()
  const { unreachableMs, repeatMs } = pauses
  const reports: number[] = []
  for (let now = 0; now <= 2 * repeatMs; now += 500) if (check.check(true, now)) reports.push(now)
  t.strictSame(reports, [unreachableMs, unreachableMs + repeatMs])
})

test('each refusal is reported anew', async t => {
  const check = new TopicCheck()
  check.check(true, 0)
  t.ok(check.check(true, pauses.unreachableMs))
  t.notOk(check.check(false, pauses.unreachableMs + 500))
  t.notOk(check.check(true, 20_000), 'it has just begun')
  t.ok(check.check(true, 20_000 + pauses.unreachableMs))
})

test('the reason names addresses without keys, and the topic as it must be written', async t => {
  const { why, advice } = explainTopic(['tcp://a:1', 'tcp://b:2'], 'shop "1"')
  t.equal(
    why,
    'the collector at tcp://a:1, tcp://b:2 receives only other topics than "shop \\"1\\"", the topic of this app'
  )
  t.match(advice, '--topic')
})
