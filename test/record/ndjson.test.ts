import { test } from 'tap'
import { hasRecords, skipRecords } from '../../lib/record/ndjson.ts'

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

test('of a payload with fewer records nothing is left, however many are skipped', async t => {
  for (const text of ['a\nb\n', 'a\nb', '']) {
    t.equal(skipRecords(Buffer.from(text), 2 ** 32 - 1).length, 0)
  }
})

const payloads: [payload: string, count: number][] = [
  ['a\n', 1],
  ['a\nb\nc\n', 3],
  ['\n\n\n', 3],
  ['\n', 1],
  ['\u00e4\r\n', 1],
  ['', 0]
]

for (const [payload, count] of payloads) {
  test(`${JSON.stringify(payload)} has ${count} records, no more and no fewer`, async t => {
    for (const other of [0, 1, 2, 3, 4, 60, 2 ** 32 - 1]) {
      t.equal(hasRecords(Buffer.from(payload), other), other === count, `${other}`)
    }
  })
}

for (const payload of ['a', 'a\nb', 'a\n\r']) {
  test(`${JSON.stringify(payload)} ends in the middle of a record`, async t => {
    for (const count of [0, 1, 2, 3]) t.notOk(hasRecords(Buffer.from(payload), count))
  })
}
