import { test } from 'tap'
import { LookPace } from '../../../lib/transport/connection/look-pace.ts'

/** The pauses between looks that find nothing. */
function takePauses(pace: LookPace, now: number): number[] {
  const pauses: number[] = []
  for (let next = pace.nextAt(false); Number.isFinite(next); next = pace.nextAt(false)) {
    pauses.push(next - now)
    now = next
    pace.markEmpty(now)
  }
  return pauses
}

const growing = [5, 10, 20, 40, 80, 160, 320, 640]

test('at the start it is looked often, then less and less, and at last only twice a second', async t => {
  t.strictSame(takePauses(new LookPace(1000), 1000), growing)
})

test('the same after each subscription: more may follow', async t => {
  const pace = new LookPace(1000)
  takePauses(pace, 1000)
  pace.markSubscription(50_000)
  t.strictSame(takePauses(pace, 50_000), growing)
})

test('for acks that nobody waits for it is not looked at a time of their own', async t => {
  const pace = new LookPace(1000)
  pace.markExchange()
  t.strictSame(takePauses(pace, 2000), [])
})

test('while somebody waits it is looked every 2 ms, however long nothing comes', async t => {
  const pace = new LookPace(1000)
  for (let now = 1000; now < 1100; now += 2) {
    pace.markExchange()
    pace.markEmpty(now)
    t.equal(pace.nextAt(true), now + 2)
  }
})
