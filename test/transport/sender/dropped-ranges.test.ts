import { test } from 'tap'
import { insertRange, mergeOldest } from '../../../lib/transport/sender/dropped-ranges.ts'
import type { DroppedRange } from '../../../lib/wire/hello.ts'
import { maxDroppedRanges } from '../../../lib/wire/limits.ts'

const full = 'buffer full'

test('ranges are kept in the order of their numbers, whatever comes first', async t => {
  const dropped: DroppedRange[] = []
  insertRange(dropped, { from: 10, to: 12, why: full })
  insertRange(dropped, { from: 3, to: 4, why: full })
  t.strictSame(
    dropped.map(({ from }) => from),
    [3, 10]
  )
})

test('what follows a range for the same reason makes it longer; another reason does not', async t => {
  const dropped: DroppedRange[] = []
  insertRange(dropped, { from: 1, to: 2, why: full })
  insertRange(dropped, { from: 3, to: 3, why: full })
  insertRange(dropped, { from: 4, to: 4, why: 'too long' })
  t.strictSame(dropped, [
    { from: 1, to: 3, why: full },
    { from: 4, to: 4, why: 'too long' }
  ])
})

function makeRanges(count: number): DroppedRange[] {
  return Array.from({ length: count }, (_, index) => {
    const why = index === 1 ? 'too long' : full
    return { from: 2 * index + 1, to: 2 * index + 1, why }
  })
}

test('the oldest of too many ranges are joined, and so are their reasons', async t => {
  const dropped = makeRanges(maxDroppedRanges + 2)
  mergeOldest(dropped, Number.POSITIVE_INFINITY)
  t.equal(dropped.length, maxDroppedRanges)
  t.strictSame(dropped[0], { from: 1, to: 5, why: 'several reasons' })
})

test('ranges with a record between them that is held are not joined', async t => {
  const dropped = makeRanges(maxDroppedRanges + 2)
  mergeOldest(dropped, 2)
  t.equal(dropped.length, maxDroppedRanges + 2)
})
