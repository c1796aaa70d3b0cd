import { test } from 'tap'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
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
  // µs and ns since the epoch
  [timeMs * 1000, timeMs],
  [timeMs * 1_000_000, timeMs],
  // texts of digits
  [String(timeMs), timeMs],
  [String(timeMs / 1000), timeMs],
  [`${timeMs}000`, timeMs],
  [`${timeMs}000000`, timeMs],
  // ISO 8601
  ['2026-11-23 14:00:00,250Z', timeMs],
  ['2026-11-23T14:00:00.250999Z', timeMs],
  ['2026-11-23T14:00:00.250', timeMs],
  ['2026-11-23T09:30:00.250-0430', timeMs],
  ['2026-11-23T15:00:00.250 +01', timeMs],
  ['2026-11-23T14:00Z', timeMs - 250],
  ['2026-11-23', Date.parse('2026-11-23T00:00:00Z')],
  ['2016-12-31T23:59:60Z', Date.parse('2017-01-01T00:00:00Z')],
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
  ['order 7', undefined],
  ['7', undefined],
  ['2026', undefined],
  ['Mon, 23 Nov 2026 14:00:00 GMT', undefined],
  ['11/23/2026', undefined],
  ['2026-13-01', undefined],
  ['2026-02-30', undefined],
  ['2026-11-23T24:00:00Z', undefined],
  ['2026-11-23T14:00:00Z and more', undefined],
  ['1e12', undefined],
  ['1'.repeat(100_000), undefined],
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

const local: [zone: string, time: string, utc: string][] = [
  ['utc', '2026-11-23T14:00:00', '2026-11-23T14:00:00Z'],
  ['Europe/Berlin', '2026-11-23T14:00:00', '2026-11-23T13:00:00Z'],
  ['Europe/Berlin', '2026-07-01 00:30', '2026-06-30T22:30:00Z'],
  ['Asia/Kathmandu', '2026-11-23', '2026-11-22T18:15:00Z'],
  ['Europe/Berlin', '2026-11-23T14:00:00Z', '2026-11-23T14:00:00Z'],
  ['Europe/Berlin', '2026-11-23T14:00:00-05:00', '2026-11-23T19:00:00Z'],
  // the hour that is skipped, and the hour that comes twice
  ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00Z'],
  ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T01:30:00Z']
]

for (const [zone, time, utc] of local) {
  test(`${time} in ${zone} is ${utc}`, async t => {
    t.equal(
      new Date(toInstant(time, new TimeZone(zone)) ?? 0).toISOString(),
      utc.replace('Z', '.000Z')
    )
  })
}

test('a text that names no day or time is none in any zone', async t => {
  for (const name of ['local', 'utc', 'Europe/Berlin']) {
    const zone = new TimeZone(name)
    for (const text of ['2026-13-01T00:00:00', '2026-02-29 10:00', '2026-11-23T25:00:00.000'])
      t.equal(toInstant(text, zone), undefined, `${text} in ${name}`)
  }
})
