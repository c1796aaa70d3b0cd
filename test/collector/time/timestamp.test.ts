import { test } from 'tap'
import { toInstant } from '../../../lib/collector/time/timestamp.ts'

const timeMs = Date.parse('2026-11-23T14:00:00.250Z')

const cases: [time: unknown, timeMs: number | undefined][] = [
  // ms since the epoch
  [timeMs, timeMs],
  [30_000_000_000, 30_000_000_000],
  // s since the epoch
  [timeMs / 1000, timeMs],
  [29_999_999_999, 29_999_999_999_000],
  [0, 0],
  [-1, -1000],
  // ISO 8601
  ['2026-11-23T14:00:00.250Z', timeMs],
  ['2026-11-23T15:00:00.250+01:00', timeMs],
  ['1969-12-31T23:59:59.999Z', -1],
  // the years that every time zone can show
  ['0001-01-02T00:00:00.000Z', undefined],
  ['0001-01-02T00:00:00.001Z', Date.parse('0001-01-02T00:00:00.001Z')],
  ['9999-12-29T23:59:59.999Z', Date.parse('9999-12-29T23:59:59.999Z')],
  ['9999-12-30T00:00:00.000Z', undefined],
  [Number.MAX_VALUE, undefined],
  [-Number.MAX_VALUE, undefined],
  // other values
  ['', undefined],
  ['yesterday', undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [null, undefined],
  [undefined, undefined],
  [true, undefined],
  [[timeMs], undefined]
]

for (const [time, expected] of cases) {
  test(`the time ${JSON.stringify(time) ?? String(time)} is ${expected}`, async t => {
    t.equal(toInstant(time), expected)
  })
}
