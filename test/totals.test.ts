import { test } from 'tap'
import { Totals } from '../lib/totals.ts'

test('a new collector has done nothing', async t => {
  for (const [name, count] of Object.entries(new Totals())) t.equal(count, 0, name)
})
