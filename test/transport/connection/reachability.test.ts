import { test } from 'tap'
import { Reachability } from '../../../lib/transport/connection/reachability.ts'

test('who never answers is unreachable after 5 s, and that is news once', async t => {
  const reachability = new Reachability(100)
  t.equal(reachability.check(5099), undefined)
  t.notOk(reachability.isUnreachable)
  t.equal(reachability.check(5100), 5000)
  t.ok(reachability.isUnreachable)
  t.equal(reachability.check(9000), undefined)
})

test('who has answered owes nothing until something is sent', async t => {
  const reachability = new Reachability(0)
  reachability.hear()
  t.equal(reachability.check(60_000), undefined)
  reachability.expect(60_000)
  reachability.expect(64_000)
  t.equal(reachability.check(65_000), 5000, 'from the first message on')
  reachability.hear()
  t.notOk(reachability.isUnreachable)
})
