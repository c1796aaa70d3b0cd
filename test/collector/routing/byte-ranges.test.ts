import { test } from 'tap'
import { ByteRanges } from '../../../lib/collector/routing/byte-ranges.ts'

const payload = Buffer.from('0123456789')

const cases: [ranges: [start: number, end: number][], cut: string, isView: boolean][] = [
  [[], '', false],
  [[[2, 5]], '234', false],
  [[[2, 7]], '23456', true],
  [
    [
      [2, 5],
      [5, 6],
      [6, 10]
    ],
    '23456789',
    true
  ],
  [
    [
      [0, 1],
      [3, 5],
      [9, 10]
    ],
    '0349',
    false
  ],
  [
    [
      [0, 1],
      [1, 2],
      [4, 6],
      [6, 7]
    ],
    '01456',
    false
  ]
]

for (const [ranges, cut, isView] of cases) {
  test(`${JSON.stringify(ranges)} cut '${cut}' as a ${isView ? 'view' : 'copy'}`, async t => {
    const found = new ByteRanges()
    for (const [start, end] of ranges) found.add(start, end)
    const bytes = found.cutFrom(payload)
    t.equal(bytes.toString(), cut)
    t.equal(found.count, ranges.length)
    t.equal(
      bytes.buffer === payload.buffer &&
        bytes.byteOffset === payload.byteOffset + (ranges[0]?.[0] ?? 0),
      isView
    )
  })
}
