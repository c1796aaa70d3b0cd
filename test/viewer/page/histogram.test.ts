import { test } from 'tap'
import {
  countByLevel,
  countLines,
  parseHistogram,
  parseProgress,
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

test('an answer has progress, and at last the histogram', async t => {
  t.equal(parseProgress('{"progress":0.4}'), 0.4)
  t.equal(parseProgress('{'), 0)
  t.strictSame(parseHistogram(JSON.stringify(histogram)), histogram)
  for (const text of ['{}', '{"sinceMs":1,"bucketMs":1}']) {
    t.throws(() => parseHistogram(text), { message: /reload the page/ })
  }
  t.throws(() => parseHistogram('{"error":{"code":"x","message":"no disk"}}'), {
    message: 'no disk'
  })
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
