import { test } from 'tap'
import { EvenShare } from '../../../lib/collector/live/even-share.ts'

/** How many records of each batch are taken in each window of 100 ms. */
function takeWindows(
  shares: EvenShare,
  windows: number,
  batches: [key: string, records: number][]
): Map<string, number[]> {
  const taken = new Map<string, number[]>()
  for (let window = 0; window < windows; window++) {
    for (const [key, records] of batches) {
      const list = taken.get(key) ?? []
      taken.set(key, list)
      list.push(shares.take(key, records, window * 100))
    }
  }
  return taken
}

test('where there are few, all are taken', async t => {
  const taken = takeWindows(new EvenShare(100, 100), 3, [
    ['a', 30],
    ['b', 1]
  ])
  t.strictSame(taken.get('a'), [30, 30, 30])
  t.strictSame(taken.get('b'), [1, 1, 1])
})

test('a quiet sender is seen beside a flood', async t => {
  const taken = takeWindows(new EvenShare(100, 100), 3, [
    ['flood', 5000],
    ['quiet', 3]
  ])
  t.strictSame(taken.get('quiet'), [3, 3, 3])
  for (const records of taken.get('flood')?.slice(1) ?? []) t.ok(records <= 50 && records >= 49)
})

test('the records of a flood are spread over its batches', async t => {
  const shares = new EvenShare(100, 100)
  const batches = Array.from({ length: 50 }, (): [string, number] => ['flood', 100])
  const windows = takeWindows(shares, 2, batches).get('flood')?.slice(50) ?? []
  t.strictSame(new Set(windows), new Set([2]), 'of 5000 in 50 batches')
  const ones = new EvenShare(100, 100)
  const single = Array.from({ length: 1000 }, (): [string, number] => ['flood', 1])
  const second = takeWindows(ones, 2, single).get('flood')?.slice(1000) ?? []
  const sum = second.reduce((all, taken) => all + taken, 0)
  t.ok(sum >= 99 && sum <= 100, `${sum} of 1000 batches with one record`)
  t.ok(second.slice(900).includes(1), 'up to the end')
})

test('many senders have at least one record each', async t => {
  const senders = Array.from({ length: 500 }, (_, index): [string, number] => [`${index}`, 10])
  const taken = takeWindows(new EvenShare(100, 100), 2, senders)
  t.ok([...taken.values()].every(([, second]) => second === 1))
})
