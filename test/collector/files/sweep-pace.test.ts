import { test } from 'tap'
import { SweepPace } from '../../../lib/collector/files/sweep-pace.ts'

function workFor(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

test('a sweep pauses when it has worked for some ms, for longer than it has worked', async t => {
  const pace = new SweepPace(() => false)
  const begunAt = performance.now()
  t.equal(pace.pause(), undefined)
  for (let slice = 0; slice < 3; slice++) {
    workFor(6)
    const startedAt = performance.now()
    await pace.pause()
    t.ok(performance.now() - startedAt > 20)
  }
  const { workedMs } = pace
  t.ok(workedMs >= 18 && workedMs < performance.now() - begunAt - 60, `${workedMs} ms of work`)
})

test('in a hurry it only lets others have their turn', async t => {
  const pace = new SweepPace(() => true)
  workFor(50)
  let hadTurn = false
  setImmediate(() => (hadTurn = true))
  const startedAt = performance.now()
  await pace.pause()
  t.ok(hadTurn)
  t.ok(performance.now() - startedAt < 200)
})
