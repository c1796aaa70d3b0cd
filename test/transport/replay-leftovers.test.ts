/** Files in a spool's folder that no spool leaves, or that can't be read. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { test, type Test } from 'tap'
import { failAlways, failOnce } from '../helpers/file-system.ts'
import { leftovers, listContents, oddNames, plantLeftover } from '../helpers/leftovers.ts'
import { startReplay } from '../helpers/replay.ts'
import { leaveSpool, listFiles, testIdentity } from '../helpers/spool.ts'

const noFifos = process.platform === 'win32' && 'Windows has no FIFOs'

/** Starts a replay whose next searches are made by `searchAgain`. */
function startSearches(t: Test, dir: string) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  return { ...startReplay(t, dir), searchAgain: () => mock.timers.tick(15_000) }
}

for (const leftover of leftovers) {
  const { what, why } = leftover
  const title = `${what} is left as it is and reported once; other spools are sent`
  test(title, { skip: what.includes('FIFO') && noFifos }, async t => {
    const dir = t.testdir()
    const path = plantLeftover(leftover, dir)
    const before = listContents(dir)
    leaveSpool(t, dir, 1) // its id sorts behind the other
    const { added, removed, events, searchAgain } = startSearches(t, dir)
    searchAgain()
    const troubles = events.filter(event => event.name === 'spoolTrouble')
    t.match(troubles, [{ message: why }])
    t.match(troubles, [{ message: path }], 'with its path')
    t.strictSame(
      added.map(({ id }) => id),
      [testIdentity.senderId]
    )
    for (const sender of added) {
      sender.onAck('collect0', 10, 0)
    }
    t.equal(removed.length, 1)
    t.strictSame(listContents(dir), before, 'no lock stays, nothing is deleted')
  })
}

test('names that no spool uses are left alone, without a word', async t => {
  const dir = t.testdir(Object.fromEntries(oddNames.map(name => [name, 'x'])))
  const before = listContents(dir)
  const { added, events } = startReplay(t, dir)
  t.strictSame([added, events], [[], []])
  t.strictSame(listContents(dir), before)
})

const failing: [what: string, call: 'openSync' | 'readdirSync', name: string][] = [
  ['hello', 'openSync', '.hello'],
  ['segment', 'openSync', '.seg'],
  ['lock', 'openSync', '.lock']
]

for (const [what, call, name] of failing) {
  test(`a spool whose ${what} can not be opened now is reported, not kept locked, and sent later`, async t => {
    const dir = t.testdir()
    leaveSpool(t, dir, 1)
    failOnce(t, call, 'EACCES', name)
    const { added, events, searchAgain } = startSearches(t, dir)
    t.match(events, [{ name: 'spoolTrouble', message: 'EACCES' }])
    t.equal(added.length, 0)
    t.notOk(listFiles(dir).some(file => file.endsWith('.lock')))
    searchAgain()
    t.match(added, [{ id: testIdentity.senderId, queue: { records: 10 } }])
  })
}

test('in a spool with a segment that can not be read the others are sent, and its hello stays with it', async t => {
  const dir = t.testdir()
  const { segments } = leaveSpool(t, dir, 6)
  const [, second = ''] = segments
  writeFileSync(second, 'x'.repeat(1000))
  const { added, events, searchAgain } = startSearches(t, dir)
  const [sender] = added
  t.match(sender?.hello.dropped, [{ from: 21, to: 40, why: 'spool damaged' }])
  t.equal(sender?.queue.records, 40)
  sender?.onAck('collect0', 60, 0)
  searchAgain()
  t.strictSame(
    listFiles(dir).map(name => join(dir, name)),
    [second, join(dir, '413f206e8c03e381.hello')]
  )
  t.strictSame(
    events.map(event => event.name),
    ['spoolTrouble', 'adopted']
  )
})

test('very many leftovers make 51 reports, the last of which says that more are not made', async t => {
  const dir = t.testdir()
  for (let index = 0; index < 60; index++) {
    writeFileSync(join(dir, `${String(index).padStart(16, '0')}.hello`), '')
  }
  const { events } = startReplay(t, dir)
  t.equal(events.length, 51)
  t.match(events.at(-1), { message: /; more is not reported$/ })
})

test('a segment that is gone by the time it is opened costs its records only', async t => {
  const dir = t.testdir()
  const { segments } = leaveSpool(t, dir, 4)
  failOnce(t, 'openSync', 'ENOENT', segments[0] ?? '')
  const { added, events } = startReplay(t, dir)
  t.match(added, [{ queue: { records: 20, start: 21, end: 41 } }])
  t.match(added[0]?.hello.dropped, [{ from: 1, to: 20, why: 'spool damaged' }])
  t.match(events, [{ name: 'adopted' }])
})

test('a spool that is delivered and can be neither deleted nor emptied is not sent again', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 1)
  const { added, searchAgain } = startSearches(t, dir)
  const putBack = (['unlinkSync', 'rmSync', 'truncateSync'] as const).map(call =>
    failAlways(t, call, 'EROFS')
  )
  added[0]?.onAck('collect0', 10, 0)
  for (const act of putBack) act()
  searchAgain()
  t.equal(added.length, 1)
})

test('records that somebody deletes while a replay closes, for good, are told', async t => {
  const dir = t.testdir()
  const { segments } = leaveSpool(t, dir, 2)
  const { replay, events } = startReplay(t, dir)
  for (const path of segments) rmSync(path)
  failAlways(t, 'openSync', 'EROFS', '.seg')
  replay.close()
  t.match(events.at(-1), {
    name: 'spoolTrouble',
    message: ': 10 records from number 11 on of another process are lost'
  })
})
