import { test } from 'tap'
import { isNextSeq, isSeq, maxSeq } from '../../lib/wire/seq.ts'

const cases: [value: unknown, isOfRecord: boolean, isOfNext: boolean][] = [
  [1, true, true],
  [maxSeq, true, true],
  [maxSeq + 1, false, true],
  [maxSeq + 2, false, false],
  [2 ** 53, false, false],
  [2 ** 64, false, false],
  [0, false, false],
  [-1, false, false],
  [1.5, false, false],
  [Number.NaN, false, false],
  [Number.POSITIVE_INFINITY, false, false],
  ['1', false, false],
  [null, false, false],
  [undefined, false, false]
]

for (const [value, isOfRecord, isOfNext] of cases) {
  test(`${JSON.stringify(value)} ${isOfRecord ? 'may' : "can't"} number a record, and ${isOfNext ? 'may' : "can't"} be the number after the last`, async t => {
    t.equal(isSeq(value), isOfRecord)
    t.equal(isNextSeq(value), isOfNext)
  })
}
