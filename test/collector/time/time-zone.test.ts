import { test } from 'tap'
import { isTimeZoneName, TimeZone } from '../../../lib/collector/time/time-zone.ts'
import { createRandom } from '../../helpers/seeded-random.ts'

const names = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Marquesas',
  'EST5EDT'
]

/** Instants from 2012 on: before, St. John's changed its clock a minute after midnight. */
function drawInstants(seed: number): number[] {
  const random = createRandom(seed)
  const from = Date.UTC(2012, 0, 1)
  const draw = (): number => from + random(Date.UTC(2040, 0, 1) - from)
  return Array.from({ length: 1000 }, draw)
}

for (const name of names) {
  test(`the clock in ${name} shows what Intl says, at any instant`, async t => {
    const zone = new TimeZone(name)
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: name,
      dateStyle: 'short',
      timeStyle: 'medium'
    })
    const wrong = drawInstants(name.length).filter(at => {
      const expected = Date.parse(`${format.format(at).replace(' ', 'T')}Z`) + (at % 1000)
      return zone.toWall(at).getTime() !== expected
    })
    t.strictSame(wrong, [])
  })
}

for (const name of names) {
  test(`what a clock in ${name} shows is read as a time at which it shows that`, async t => {
    const zone = new TimeZone(name)
    const instants = drawInstants(name.length)
    const wrong = instants.filter((at, index) => {
      const wall = zone.toWall(at).getTime()
      zone.toWall(instants[index - 1] ?? 0) // the last offset is that of another time
      return zone.toWall(zone.fromWall(wall)).getTime() !== wall
    })
    t.strictSame(wrong, [])
  })
}

for (const name of ['Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu']) {
  test(`the local clock is the one of the process, here ${name}, and utc is not`, async t => {
    const before = process.env['TZ']
    t.teardown(() => {
      if (before === undefined) delete process.env['TZ']
      else process.env['TZ'] = before
    })
    process.env['TZ'] = name
    const local = new TimeZone('local')
    const named = new TimeZone(name)
    const toTime = (zone: TimeZone, at: number): number => zone.toWall(at).getTime()
    const wrong = drawInstants(7).filter(at => toTime(local, at) !== toTime(named, at))
    t.strictSame(wrong, [])
    t.equal(toTime(new TimeZone('utc'), 5), 5)
  })
}

const edges: [name: string, instant: string, wall: string][] = [
  ['utc', '2026-11-23T03:39:18.042Z', '2026-11-23T03:39:18.042Z'],
  ['Asia/Kathmandu', '2026-11-23T03:39:18.042Z', '2026-11-23T09:24:18.042Z'],
  ['Europe/Berlin', '2026-12-31T23:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ['Europe/Berlin', '2026-03-29T00:59:59.999Z', '2026-03-29T01:59:59.999Z'],
  ['Europe/Berlin', '2026-03-29T01:00:00.000Z', '2026-03-29T03:00:00.000Z'],
  ['Europe/Berlin', '1969-12-31T23:00:00.001Z', '1970-01-01T00:00:00.001Z'],
  ['Asia/Kathmandu', '1985-12-31T18:29:59.999Z', '1985-12-31T23:59:59.999Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30:00.000Z', '1986-01-01T00:15:00.000Z'],
  ['Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29T23:59:59.999Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-31T00:00:00.000Z']
]

for (const [name, instant, wall] of edges) {
  test(`${instant} in ${name} is ${wall.slice(0, -1)}`, async t => {
    t.equal(new TimeZone(name).toWall(Date.parse(instant)).toISOString(), wall)
  })
}

test('one zone serves instants in any order', async t => {
  const zone = new TimeZone('Europe/Berlin')
  const change = Date.parse('2026-10-25T01:00:00Z')
  for (const [at, hours] of [
    [change, 1],
    [change - 1, 2],
    [change, 1],
    [0, 1]
  ] as const) {
    t.equal(zone.toWall(at).getTime() - at, hours * 3_600_000)
  }
})

for (const name of ['local', 'utc', ...names]) {
  test(`${name} is the name of a zone`, async t => {
    t.equal(isTimeZoneName(name), true)
  })
}

for (const name of ['', 'Local', 'Mars/Olympus', 'Europe', 'Europe/Berlin ']) {
  test(`'${name}' is no name of a zone`, async t => {
    t.equal(isTimeZoneName(name), false)
  })
}
