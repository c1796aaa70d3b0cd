import { test } from 'tap'
import { skipRecords } from '../../lib/record/ndjson.ts'

const cases: [count: number, rest: string][] = [
  [0, 'a\nbb\nccc\n'],
  [1, 'bb\nccc\n'],
  [2, 'ccc\n'],
  [3, '']
]

for (const [count, rest] of cases) {
  test(`${count} of 3 records are skipped from the start`, async t => {
    t.equal(skipRecords(Buffer.from('a\nbb\nccc\n'), count).toString(), rest)
  })
}
