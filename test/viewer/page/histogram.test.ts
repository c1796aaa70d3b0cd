import { test } from 'tap'
import {
  countByLevel,
  countLines,
  parseHistogramLine,
  stack
} from '../../../lib/viewer/page/model/histogram.ts'

const histogram = {
  sinceMs: 1000,
  bucketMs: 10,
  levels: { 30: [1, 2, 3], 35: [1, 0, 0], 50: [0, 0, 5], 5: [1, 0, 0] },
  total: 13,
  withoutTime: 2,
  troubles: ['a.log could not be read']
}

test('the lines of an answer are progress, and at last the histogram', async t => {
  t.strictSame(parseHistogramLine('{"progress":0.4}'), { progress: 0.4 })
  t.strictSame(parseHistogramLine(JSON.stringify(histogram)), { histogram })
  for (const text of ['', '{}', 'x', '{"sinceMs":1,"bucketMs":1}']) {
    t.throws(() => parseHistogramLine(text), { message: /reload the page/ })
  }
})

test('levels without a colour count to the next lower one', async t => {
  const byLevel = countByLevel(histogram)
  t.strictSame(
    [...byLevel.entries()].filter(([, counts]) => counts.some(count => count > 0)),
    [
      [50, [0, 0, 5]],
      [30, [2, 2, 3]],
      [10, [1, 0, 0]]
    ]
  )
  t.strictSame(countLines(histogram), [3, 2, 8])
})

test('bars stand on top of each other, the most severe at the bottom', async t => {
  const stacked = stack(countByLevel(histogram))
  t.strictSame(stacked.get(50), [0, 0, 5])
  t.strictSame(stacked.get(30), [2, 2, 8])
  t.strictSame(stacked.get(10), [3, 2, 8])
})
