import { test } from 'tap'
import { Calendar, rotations, type Rotation } from '../../../lib/collector/time/calendar.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { createRandom } from '../../helpers/seeded-random.ts'

function period(rotation: Rotation, zone: string, instant: string): string {
  return new Calendar(rotation, new TimeZone(zone)).periodAt(Date.parse(instant))
}

const cases: [rotation: Rotation, zone: string, instant: string, period: string][] = [
  ['daily', 'utc', '2026-11-23T23:59:59.999Z', '2026-11-23'],
  ['daily', 'utc', '2026-11-24T00:00:00.000Z', '2026-11-24'],
  ['hourly', 'utc', '2026-11-23T14:59:59.999Z', '2026-11-23T14'],
  ['hourly', 'utc', '2026-11-23T15:00:00.000Z', '2026-11-23T15'],
  ['monthly', 'utc', '2024-02-29T23:59:59.999Z', '2024-02'],
  ['monthly', 'utc', '2024-03-01T00:00:00.000Z', '2024-03'],
  ['never', 'utc', '2026-11-23T14:00:00.000Z', ''],
  ['daily', 'Europe/Berlin', '2026-12-31T22:59:59.999Z', '2026-12-31'],
  ['daily', 'Europe/Berlin', '2026-12-31T23:00:00.000Z', '2027-01-01'],
  ['daily', 'America/New_York', '2026-11-24T04:59:59.999Z', '2026-11-23'],
  ['daily', 'Asia/Kathmandu', '2026-11-23T18:14:59.999Z', '2026-11-23'],
  ['daily', 'Asia/Kathmandu', '2026-11-23T18:15:00.000Z', '2026-11-24'],
  ['monthly', 'Asia/Kathmandu', '2026-11-30T18:15:00.000Z', '2026-12'],
  // the clock jumps from 02:00 to 03:00, and goes back from 03:00 to 02:00
  ['hourly', 'Europe/Berlin', '2026-03-29T00:59:59.999Z', '2026-03-29T01'],
  ['hourly', 'Europe/Berlin', '2026-03-29T01:00:00.000Z', '2026-03-29T03'],
  ['hourly', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', '2026-10-25T02'],
  ['hourly', 'Europe/Berlin', '2026-10-25T01:59:59.999Z', '2026-10-25T02'],
  ['hourly', 'Europe/Berlin', '2026-10-25T02:00:00.000Z', '2026-10-25T03'],
  ['daily', 'Europe/Berlin', '2026-03-28T22:59:59.999Z', '2026-03-28'],
  ['daily', 'Europe/Berlin', '2026-03-29T22:00:00.000Z', '2026-03-30'],
  ['daily', 'Europe/Berlin', '2026-10-25T22:59:59.999Z', '2026-10-25'],
  ['hourly', 'America/New_York', '2026-03-08T06:59:59.999Z', '2026-03-08T01'],
  ['hourly', 'America/New_York', '2026-03-08T07:00:00.000Z', '2026-03-08T03'],
  ['hourly', 'America/New_York', '2026-11-01T05:00:00.000Z', '2026-11-01T01'],
  ['hourly', 'America/New_York', '2026-11-01T06:59:59.999Z', '2026-11-01T01'],
  ['hourly', 'America/New_York', '2026-11-01T07:00:00.000Z', '2026-11-01T02'],
  // the clock moves by half an hour: from 02:00 to 02:30, and back from 02:00 to 01:30
  ['hourly', 'Australia/Lord_Howe', '2026-10-03T15:29:59.999Z', '2026-10-04T01'],
  ['hourly', 'Australia/Lord_Howe', '2026-10-03T15:30:00.000Z', '2026-10-04T02'],
  ['hourly', 'Australia/Lord_Howe', '2026-10-03T16:00:00.000Z', '2026-10-04T03'],
  ['hourly', 'Australia/Lord_Howe', '2026-04-04T14:59:59.999Z', '2026-04-05T01'],
  ['hourly', 'Australia/Lord_Howe', '2026-04-04T15:29:59.999Z', '2026-04-05T01'],
  ['hourly', 'Australia/Lord_Howe', '2026-04-04T15:30:00.000Z', '2026-04-05T02'],
  // the week belongs to the year that has its Thursday
  ['weekly', 'utc', '2026-11-22T23:59:59.999Z', '2026-W47'],
  ['weekly', 'utc', '2026-11-23T00:00:00.000Z', '2026-W48'],
  ['weekly', 'utc', '2018-12-31T00:00:00.000Z', '2019-W01'],
  ['weekly', 'utc', '2019-12-29T12:00:00.000Z', '2019-W52'],
  ['weekly', 'utc', '2019-12-30T12:00:00.000Z', '2020-W01'],
  ['weekly', 'utc', '2020-12-31T12:00:00.000Z', '2020-W53'],
  ['weekly', 'utc', '2021-01-03T23:59:59.999Z', '2020-W53'],
  ['weekly', 'utc', '2021-01-04T00:00:00.000Z', '2021-W01'],
  ['weekly', 'utc', '2023-01-01T12:00:00.000Z', '2022-W52'],
  ['weekly', 'utc', '2024-12-30T12:00:00.000Z', '2025-W01'],
  ['weekly', 'utc', '2027-01-03T12:00:00.000Z', '2026-W53'],
  ['weekly', 'Europe/Berlin', '2021-01-03T23:00:00.000Z', '2021-W01'],
  ['weekly', 'America/New_York', '2021-01-04T04:59:59.999Z', '2020-W53']
]

for (const [rotation, zone, instant, expected] of cases) {
  test(`${rotation} in ${zone}: ${instant} is in '${expected}'`, async t => {
    t.equal(period(rotation, zone, instant), expected)
  })
}

test('a clock that is set back finds the earlier period again', async t => {
  const calendar = new Calendar('hourly', new TimeZone('utc'))
  const at = Date.parse('2026-11-23T15:00:00Z')
  t.equal(calendar.periodAt(at), '2026-11-23T15')
  t.equal(calendar.periodAt(at - 1), '2026-11-23T14')
  t.equal(calendar.periodAt(at), '2026-11-23T15')
})

for (const rotation of rotations) {
  test(`${rotation}: what a calendar was asked before changes no period`, async t => {
    const random = createRandom(3)
    const lordHowe = 'Australia/Lord_Howe'
    const calendar = new Calendar(rotation, new TimeZone(lordHowe))
    const from = Date.parse('2026-04-04T00:00:00Z')
    const instants = Array.from({ length: 500 }, () => from + random(3 * 86_400_000))
    const periods = instants.map(at => calendar.periodAt(at))
    const fresh = instants.map(at => new Calendar(rotation, new TimeZone(lordHowe)).periodAt(at))
    t.strictSame(periods, fresh)
  })
}
