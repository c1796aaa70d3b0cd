import { test } from 'tap'
import { LookPace } from '../../../lib/transport/connection/look-pace.ts'

/** The pauses between looks that find nothing. */
function takePauses(pace: LookPace, count: number, now: number): number[] {
  const pauses: number[] = []
  for (let look = 0; look < count; look++) {
    const next = pace.nextAt(false)
    pauses.push(next - now)
    now = next
    pace.markEmpty(now)
  }
  return pauses
}

const idle = [5, 10, 20, 40, 80, 160, 320, 400, 400]

test('at the start it is looked often, then less and less', async t => {
  t.strictSame(takePauses(new LookPace(1000), idle.length, 1000), idle)
})

test('the same after each subscription: more may follow', async t => {
  const pace = new LookPace(1000)
  takePauses(pace, 20, 1000)
  pace.markSubscription(50_000)
  t.strictSame(takePauses(pace, idle.length, 50_000), idle)
})

test('after something was sent, or an ack has come, the next is expected in 100 ms', async t => {
  const pace = new LookPace(1000)
  pace.markExchange(2000)
  t.strictSame(takePauses(pace, 4, 2000), [100, 200, 400, 400])
})

test('each message that is sent puts the next look off', async t => {
  const pace = new LookPace(1000)
  for (let now = 2000; now < 3000; now += 25) {
    pace.markEmpty(now)
    pace.markExchange(now)
    t.equal(pace.nextAt(false), now + 100)
  }
})

test('while somebody waits it is looked every 2 ms, however long nothing comes', async t => {
  const pace = new LookPace(1000)
  for (let now = 1000; now < 1100; now += 2) {
    pace.markEmpty(now)
    t.equal(pace.nextAt(true), now + 2)
  }
})
