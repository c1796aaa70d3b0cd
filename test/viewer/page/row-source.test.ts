import { test } from 'tap'
import { parseLine } from '../../../lib/viewer/page/model/line.ts'
import { findRow } from '../../../lib/viewer/page/model/row-source.ts'

test('a line is found again where rows have moved, and else the row is the same', async t => {
  const lines = Array.from({ length: 100 }, (_, index) => parseLine(`line ${index}`))
  const source = { count: lines.length, rowAt: (index: number) => lines[index] }
  const line = lines[40] as (typeof lines)[number]
  for (const row of [0, 39, 40, 41, 99]) t.equal(findRow(source, line, row), 40)
  t.equal(findRow(source, parseLine('gone'), 7), 7)
})
