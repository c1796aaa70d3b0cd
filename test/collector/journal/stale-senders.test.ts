/** How long a journal remembers senders. */
import { test, type Test } from 'tap'
import type { Position } from '../../../lib/collector/journal/entries.ts'
import { Journal } from '../../../lib/collector/journal/journal.ts'
import { StaleSenders } from '../../../lib/collector/journal/stale-senders.ts'
import { openJournal, reopen, start } from '../../helpers/journal.ts'

const dayMs = 24 * 3_600_000
const wrongClock = Date.parse('2031-01-01T00:00:00Z')

/** A journal's folder with senders of 8 bytes each. @param ages when each last wrote. Unit: days before `start` */
function makeJournal(t: Test, ages: Record<string, number>): string {
  const dir = t.testdir()
  const byAge = Object.entries(ages).toSorted(([, one], [, other]) => other - one)
  for (const [senderId, days] of byAge) add(dir, senderId, start - days * dayMs)
  return dir
}

function add(dir: string, senderId: string, timeMs: number): void {
  const journal = openJournal(dir, timeMs)
  journal.markFiled([{ senderId, seq: 1 }], false)
  journal.close()
}

const [week, more, recent] = ['of-week.', 'of-more.', 'recently']

test('a sender that wrote nothing for more than 7 days is forgotten', async t => {
  const dir = makeJournal(t, { [more]: 7 + 1e-6, [week]: 7, [recent]: 2 })
  t.strictSame(reopen(dir), { [week]: 2, [recent]: 2 })
  t.strictSame(reopen(dir, start - dayMs), { [week]: 2, [recent]: 2 }, 'for good')
})

test('a start whose clock is wrong forgets nobody, nor does the next one', async t => {
  const dir = makeJournal(t, { [week]: 7, [recent]: 2 })
  add(dir, 'mistaken', wrongClock)
  const all = { [week]: 2, [recent]: 2, mistaken: 2 }
  t.strictSame(reopen(dir, wrongClock + 1000), all)
  t.strictSame(reopen(dir, 0), all)
  t.strictSame(reopen(dir, start + dayMs), { [recent]: 2, mistaken: 2 }, 'right again')
})

test('a clock that jumps makes the journal forget senders only after a day', async t => {
  const dir = makeJournal(t, { [week]: 6.5, [recent]: 0 })
  let [now, uptimeMs] = [start, 0]
  const journal = Journal.open(
    `${dir}/.journal`,
    () => now,
    undefined,
    undefined,
    () => uptimeMs
  )
  const pass = (ms: number): string[] => {
    now += ms
    uptimeMs += ms
    journal.compact()
    return [...journal.senders.positions.keys()]
  }
  t.strictSame(pass(3_600_000), [week, recent], 'doubted, as nobody has written for long')
  now = wrongClock
  t.strictSame(pass(0), [week, recent])
  journal.markFiled([{ senderId: recent, seq: 2 }], false)
  t.strictSame(pass(dayMs - 1), [week, recent])
  t.strictSame(pass(1), [recent], 'it is believed by then')
  journal.close()
})

test('a clock that keeps pace with the monotonic one is believed', async t => {
  const dir = makeJournal(t, { [week]: 6.5, [recent]: 0 })
  let [now, uptimeMs] = [start, 0]
  const journal = Journal.open(
    `${dir}/.journal`,
    () => now,
    undefined,
    undefined,
    () => uptimeMs
  )
  now += dayMs
  uptimeMs += dayMs
  journal.compact()
  t.strictSame([...journal.senders.positions.keys()], [recent])
  journal.close()
})

test('of more than 200,000 senders those that wrote longest ago are forgotten, however short that is', async t => {
  const positions = new Map<string, Position>()
  const ahead = new Map([['sender-0', new Map([['x', 9]])]])
  const stale = new StaleSenders()
  const drop = (): void => stale.drop({ positions, ahead }, start + 1e6, 0)
  for (let index = 0; index < 200_001; index++) {
    positions.set(`sender-${index}`, { expected: 2, timeMs: start + index })
    if (index < 199_999) continue
    drop()
  }
  t.equal(positions.size, 180_000)
  t.equal(ahead.size, 0)
  t.ok(positions.has('sender-200000'))
  t.ok(positions.has('sender-20001'))
  t.notOk(positions.has('sender-20000'))
})
