import { test } from 'tap'
import { Attempts } from '../../../lib/collector/writer/attempts.ts'

test('each failure is told, and the first success after it, with how long the trouble was', async t => {
  let now = 1000
  t.intercept(performance, 'now', { value: () => now })
  const told: unknown[] = []
  const attempts = new Attempts({
    onTrouble: error => told.push(error),
    onRecovery: troubleMs => told.push(troubleMs)
  })
  attempts.succeeded()
  t.strictSame(told, [], 'what has never failed is not told')
  const [full, broken] = [new Error('full'), new Error('broken')]
  attempts.failed(full)
  now = 3000
  attempts.failed(broken)
  now = 4000
  attempts.succeeded()
  attempts.succeeded()
  t.strictSame(told.splice(0), [full, broken, 3000])
  attempts.failed(full)
  now = 4500
  attempts.succeeded()
  t.strictSame(told, [full, 500])
})
