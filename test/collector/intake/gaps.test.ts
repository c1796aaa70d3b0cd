import { test } from 'tap'
import { areExplained, explainGaps } from '../../../lib/collector/intake/gaps.ts'

const lost = 'the sender no longer holds them'
const dropped = [
  { from: 3, to: 5, why: 'full' },
  { from: 8, to: 9, why: 'torn' }
]

const cases: [from: number, to: number, gaps: string[], isExplained: boolean][] = [
  [3, 5, ['3-5 full'], true],
  [4, 4, ['4-4 full'], true],
  [5, 8, ['5-5 full', `6-7 ${lost}`, '8-8 torn'], false],
  [1, 2, [`1-2 ${lost}`], false],
  [8, 12, ['8-9 torn', `10-12 ${lost}`], false]
]

for (const [from, to, expected, isExplained] of cases) {
  test(`what is missing from ${from} to ${to} is ${expected.join(', ')}`, async t => {
    const gaps = explainGaps(dropped, from, to)
    t.strictSame(
      gaps.map(gap => `${gap.from}-${gap.to} ${gap.why}`),
      expected
    )
    t.equal(areExplained(gaps), isExplained)
  })
}
