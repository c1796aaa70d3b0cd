import { test } from 'tap'
import { pickFirst, RecentActivity } from '../../../lib/collector/control/busiest.ts'

for (const { count, most } of [
  { count: 0, most: 3 },
  { count: 2, most: 3 },
  { count: 3, most: 3 },
  { count: 1000, most: 3 },
  { count: 1000, most: 1 }
]) {
  test(`of ${count} items the first ${most} are picked, and all others are named once`, async t => {
    const items = Array.from({ length: count }, (_, index) => (index * 37) % 1009)
    const others: number[] = []
    const picked = pickFirst(
      items,
      most,
      (a, b) => b - a,
      item => others.push(item)
    )
    const sorted = items.toSorted((a, b) => b - a)
    t.strictSame(picked, sorted.slice(0, most))
    t.strictSame(
      others.toSorted((a, b) => b - a),
      sorted.slice(most)
    )
  })
}

test('what was sent in the last second or two counts, not what was sent before', async t => {
  const old = { records: 1_000_000 }
  const busy = { records: 0 }
  const activity = new RecentActivity()
  const look = (now: number): number[] => {
    activity.begin(now)
    return [activity.of(old), activity.of(busy)]
  }
  t.strictSame(look(0), [1_000_000, 0], 'at first nothing else is known')
  busy.records = 500
  t.strictSame(look(1000), [1_000_000, 500])
  busy.records = 700
  t.strictSame(look(1500), [0, 700], 'looks in between change nothing')
  t.strictSame(look(1600), [0, 700])
  t.strictSame(look(2000), [0, 700])
  t.strictSame(look(3000), [0, 200])
  busy.records = 10
  t.strictSame(look(3500), [0, 10], 'it has connected anew')
})
