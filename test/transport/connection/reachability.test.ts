import { test } from 'tap'
import { Reachability } from '../../../lib/transport/connection/reachability.ts'

test('without an answer the collector is unreachable after 5 s, and that is returned once', async t => {
  const reachability = new Reachability(100)
  t.equal(reachability.check(5099), undefined)
  t.notOk(reachability.isUnreachable)
  t.equal(reachability.check(5100), 5000)
  t.ok(reachability.isUnreachable)
  t.equal(reachability.check(9000), undefined)
})

test('after an answer none is expected until something is sent', async t => {
  const reachability = new Reachability(0)
  reachability.markAnswered()
  t.equal(reachability.check(60_000), undefined)
  reachability.expectAnswer(60_000)
  reachability.expectAnswer(64_000)
  t.equal(reachability.check(65_000), 5000, 'from the first message on')
  reachability.markAnswered()
  t.notOk(reachability.isUnreachable)
})
