import { test } from 'tap'
import { Settling } from '../../../lib/transport/connection/settling.ts'

const times: [what: string, times: number[], dueAt: number][] = [
  ['nothing is decided without a subscription', [], Number.POSITIVE_INFINITY],
  ['the wire is decided 20 ms after a subscription', [1000], 1020],
  ['each further one puts it off', [1000, 1003, 1015], 1035],
  ['but not for ever', Array.from({ length: 50 }, (_, index) => 1000 + 10 * index), 1200]
]

for (const [what, subscribed, dueAt] of times) {
  test(what, async t => {
    const settling = new Settling()
    for (const now of subscribed) settling.add(now, false, false)
    t.equal(settling.dueAt(false), dueAt)
    t.match(settling, { isPending: subscribed.length > 0, mustHold: subscribed.length > 0 })
    settling.markDecided(2000)
    t.match(settling, { isPending: false, mustHold: false })
    t.equal(settling.dueAt(false), Number.POSITIVE_INFINITY)
  })
}

test('on the batch wire it is decided anew twice a second at most', async t => {
  const settling = new Settling()
  settling.add(1000, false, false)
  settling.markDecided(1020)
  settling.add(1030, true, true)
  t.equal(settling.dueAt(false), 1520)
  settling.add(1600, true, true)
  t.equal(settling.dueAt(true), 1520, 'whatever is just read')
})

test('what is just read is waited for, as long as may be', async t => {
  const settling = new Settling()
  settling.add(1000, false, false)
  t.equal(settling.dueAt(true), 1200)
})

test('who gets batches already goes on to get them', async t => {
  const settling = new Settling()
  settling.add(1000, true, true)
  settling.add(1001, false, true)
  t.equal(settling.mustHold, false)
})
