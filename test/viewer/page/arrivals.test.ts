import { test } from 'tap'
import { Arrivals } from '../../../lib/viewer/page/model/arrivals.ts'

const arrival = { shown: 100, total: 5000, dropped: 0, isEstimate: false }

test('n of m lines are counted by the second', async t => {
  const arrivals = new Arrivals(0)
  for (let now = 100; now <= 10_000; now += 100) arrivals.add(arrival, now)
  const { shownPerSecond, totalPerSecond } = arrivals.summarize(10_000)
  t.ok(Math.abs(shownPerSecond - 1000) <= 50, `${shownPerSecond}`)
  t.ok(Math.abs(totalPerSecond - shownPerSecond * 50) <= 50, `${totalPerSecond}`)
})

test('at the start, only the time that has passed counts', async t => {
  const arrivals = new Arrivals(0)
  arrivals.add(arrival, 500)
  t.equal(arrivals.summarize(500).shownPerSecond, 100)
})

test('without new lines the rates become 0, and the sums stay', async t => {
  const arrivals = new Arrivals(0)
  arrivals.add({ ...arrival, dropped: 7, isEstimate: true }, 100)
  t.ok(arrivals.summarize(100).isEstimate)
  const rates = { shownPerSecond: 0, totalPerSecond: 0, isEstimate: false }
  const later = { ...rates, shown: 100, total: 5000, dropped: 7 }
  t.strictSame(arrivals.summarize(10_000), later)
})
