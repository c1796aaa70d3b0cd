import { test } from 'tap'
import { countFree, toLimits } from '../../lib/viewer/search-limits.ts'

const cases: [free: number, cores: number, maxThreads: number, maxOpenFiles: number][] = [
  [Number.POSITIVE_INFINITY, 64, 4, 8],
  [Number.POSITIVE_INFINITY, 4, 3, 8],
  [Number.POSITIVE_INFINITY, 2, 1, 8],
  [1000, 1, 1, 8],
  [128, 8, 3, 8],
  [64, 8, 1, 8],
  [63, 8, 0, 1],
  [Number.NEGATIVE_INFINITY, 8, 0, 1]
]

for (const [free, cores, maxThreads, maxOpenFiles] of cases) {
  test(`with ${free} free descriptors and ${cores} cores, ${maxThreads} threads and ${maxOpenFiles} files may be used`, async t => {
    t.strictSame(toLimits(free, cores), { maxThreads, maxOpenFiles })
  })
}

test('the free descriptors of this process are counted', async t => {
  t.ok(countFree() > 0)
})
