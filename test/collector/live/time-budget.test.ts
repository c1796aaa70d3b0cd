import { test } from 'tap'
import { TimeBudget } from '../../../lib/collector/live/time-budget.ts'

test('work gets its share of the time, and what was saved', async t => {
  const budget = new TimeBudget(0.1, 50, 1000)
  t.equal(budget.fill(1000), 50)
  budget.spend(70)
  t.equal(budget.fill(1000), -20)
  t.equal(budget.fill(1200), 0)
  t.equal(budget.fill(1300), 10)
  t.equal(budget.fill(9000), 50, 'no more is saved')
})
