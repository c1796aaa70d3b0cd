import { test } from 'tap'
import { ClockCheck } from '../../../lib/collector/files/clock-check.ts'
import type { ListedLog } from '../../../lib/collector/naming/log-listing.ts'
import type { Rotation } from '../../../lib/collector/time/calendar.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const now = Date.parse('2026-11-23T12:00:00Z')

/** Files that were last written so many days before now. */
function writtenDaysAgo(days: readonly number[]): ListedLog[] {
  return days.map(day => ({
    path: '',
    log: '',
    period: '',
    index: 0,
    isCompressed: false,
    bytes: 1,
    writtenAt: now - day * dayMs
  }))
}

const cases: [what: string, rotation: Rotation, days: number[], isDoubted: boolean][] = [
  ['no file', 'daily', [], false],
  ['files of today', 'daily', [0, 0.5], false],
  ['a file of yesterday', 'daily', [1.5, 9], false],
  ['a pause of a long weekend', 'daily', [2.9, 9], false],
  ['nothing for a month', 'daily', [30, 31], true],
  ['nothing for a month but what it has dated itself', 'daily', [0, 0.9, 30, 31], true],
  ['the file of last month', 'monthly', [30, 60], false],
  ['the file of last week', 'weekly', [8, 15], false],
  ['the file of the week before', 'weekly', [15, 22], true],
  ['a file of tomorrow', 'daily', [-1, 1.5], true],
  ['a file of the next minute, by the clock of a file server', 'daily', [-0.001, 1.5], false]
]

for (const [what, rotation, days, isDoubted] of cases) {
  test(`a clock is ${isDoubted ? 'doubted' : 'believed'} at the start with ${what}`, async t => {
    const verdict = new ClockCheck(rotation).judge(now, 0, writtenDaysAgo(days))
    t.equal(verdict.isDoubted, isDoubted)
    const before = days.filter(day => day > 1)
    t.equal(verdict.agesUntil, isDoubted ? now - Math.min(...before) * dayMs : now)
  })
}

test('a clock that nobody sets right within a day is believed', async t => {
  const clock = new ClockCheck('daily')
  const logs = writtenDaysAgo([30])
  const hours = Array.from({ length: 27 }, (_, hour) => hour)
  const doubted = hours.filter(
    hour => clock.judge(now + hour * hourMs, hour * hourMs, logs).isDoubted
  )
  t.strictSame(doubted, hours.slice(0, 24))
})

test('a clock that goes on as time does is believed, even if nothing is written for long', async t => {
  const clock = new ClockCheck('daily')
  const logs = writtenDaysAgo([1.5])
  t.notOk(clock.judge(now, 0, logs).isDoubted)
  t.notOk(clock.judge(now + 30 * dayMs, 30 * dayMs, logs).isDoubted)
  t.ok(clock.judge(now + 60 * dayMs, 30 * dayMs + hourMs, logs).isDoubted, 'it has jumped')
  t.notOk(clock.judge(now + 30 * dayMs + hourMs, 30 * dayMs + hourMs, logs).isDoubted, 'and back')
})

test('where no file was written before today a doubted clock counts ages to now', async t => {
  t.strictSame(new ClockCheck('daily').judge(now, 0, writtenDaysAgo([-1])), {
    isDoubted: true,
    agesUntil: now
  })
})

test('a clock that jumps while it is doubted is doubted for another day', async t => {
  const clock = new ClockCheck('daily')
  const logs = writtenDaysAgo([30])
  const isDoubted = (day: number, jumpDays: number): boolean =>
    clock.judge(now + (day + jumpDays) * dayMs, day * dayMs, logs).isDoubted
  const days = [0, 0.9, 1, 1.8, 1.9]
  t.strictSame(
    days.map(day => isDoubted(day, day < 0.9 ? 0 : 365)),
    [true, true, true, true, false]
  )
})
