import { test } from 'tap'
import { RestartPace } from '../../lib/util/restart-pace.ts'

test('each pause is twice as long, up to a minute', async t => {
  const pace = new RestartPace()
  const pauses = Array.from({ length: 8 }, (_, n) => {
    pace.markStarted(n)
    return pace.markEnded(n)
  })
  t.strictSame(pauses, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
})

test('after a thread that ran for more than a minute the first pause comes again', async t => {
  const pace = new RestartPace()
  for (const _ of [1, 2, 3]) {
    pace.markStarted(0)
    pace.markEnded(60_000)
  }
  pace.markStarted(0)
  t.equal(pace.markEnded(60_000), 8000)
  pace.markStarted(0)
  t.equal(pace.markEnded(60_001), 1000)
})
