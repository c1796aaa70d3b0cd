import { test } from 'tap'
import {
  alignInterval,
  chooseBucketMs,
  toInterval,
  usualRanges
} from '../../../lib/viewer/page/model/time-range.ts'

const minute = 60_000

const steps: [lastMs: number, bucketMs: number][] = [
  [100, 1],
  [1000, 5],
  [15 * minute, 5000],
  [60 * minute, 30_000],
  [6 * 60 * minute, 2 * minute],
  [24 * 60 * minute, 10 * minute],
  [7 * 24 * 60 * minute, 60 * minute],
  [30 * 24 * 60 * minute, 6 * 60 * minute],
  [100 * 365 * 24 * 60 * minute, 183 * 24 * 60 * minute]
]

for (const [lastMs, bucketMs] of steps) {
  test(`${lastMs} ms are shown in steps of ${bucketMs} ms`, async t => {
    t.equal(chooseBucketMs({ sinceMs: 0, untilMs: lastMs }, 200), bucketMs)
  })
}

test('an interval begins and ends at whole steps, and has all of what was asked for', async t => {
  t.strictSame(alignInterval({ sinceMs: 1001, untilMs: 2999 }, 1000), {
    sinceMs: 1000,
    untilMs: 3000
  })
  t.strictSame(alignInterval({ sinceMs: 1000, untilMs: 3000 }, 1000), {
    sinceMs: 1000,
    untilMs: 3000
  })
})

test('the last hour ends now', async t => {
  t.strictSame(toInterval({ lastMs: 60 * minute }, 10_000_000), {
    sinceMs: 6_400_000,
    untilMs: 10_000_000
  })
  t.strictSame(toInterval({ sinceMs: 1, untilMs: 2 }, 10_000_000), { sinceMs: 1, untilMs: 2 })
  t.ok(usualRanges.every(([name]) => name.startsWith('Last ')))
})
