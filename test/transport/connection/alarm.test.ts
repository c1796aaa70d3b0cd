import { test } from 'tap'
import { Alarm } from '../../../lib/transport/connection/alarm.ts'
import { waitFor } from '../../helpers/wait.ts'

/** An alarm, and when it rang. */
function makeAlarm() {
  const rings: number[] = []
  const alarm = new Alarm(() => rings.push(performance.now()))
  return { alarm, rings }
}

/** Unreferenced timers keep no test alive. */
const rang = (rings: number[], times = 1) => waitFor(() => rings.length >= times, 'the alarm')

test('an alarm rings once, at the earliest of the times that were set', async t => {
  const { alarm, rings } = makeAlarm()
  const start = performance.now()
  alarm.set(start + 1e6)
  alarm.set(start + 20)
  alarm.set(start + 500)
  await rang(rings)
  t.ok((rings[0] ?? 0) < start + 500)
  await new Promise(resolve => setTimeout(resolve, 550))
  t.equal(rings.length, 1, 'the others were set for nothing')
})

test('a time that has passed rings soon, but not before set returns', async t => {
  const { alarm, rings } = makeAlarm()
  alarm.set(0)
  t.equal(rings.length, 0)
  await rang(rings)
  alarm.set(Number.NEGATIVE_INFINITY)
  await rang(rings, 2)
  t.equal(rings.length, 2)
})

test('an alarm that is cancelled does not ring, and can be set again', async t => {
  const { alarm, rings } = makeAlarm()
  alarm.set(0)
  alarm.cancel()
  alarm.set(performance.now() + 5)
  alarm.cancel()
  await new Promise(resolve => setTimeout(resolve, 20))
  t.equal(rings.length, 0)
  alarm.set(performance.now() + 1)
  await rang(rings)
})
