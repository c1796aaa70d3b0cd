import { appendFileSync, renameSync, rmSync } from 'node:fs'
import { test } from 'tap'
import { a, b, kill, openJournal, reopen, start, toPiece, write } from '../../helpers/journal.ts'

/** A write of two senders with lines in between that nobody acknowledges. */
const pieces = [toPiece(a, 2, 4), { length: 6 }, toPiece(b, 7, 4)]
const text = 'A1A\nlines\nB1B\n'

test('a new journal knows nobody, and has an id that stays', async t => {
  const dir = `${t.testdir()}/x/y`
  const journal = openJournal(dir)
  journal.close()
  t.match(journal, { isNew: true, collectorId: /^[^]{8}$/ })
  t.equal(journal.senders.positions.size, 0)
  const next = openJournal(dir)
  next.close()
  t.match(next, { isNew: false, collectorId: journal.collectorId })
  const other = openJournal(`${dir}/z`)
  other.close()
  t.not(other.collectorId, journal.collectorId)
})

test('positions are known at once, after a restart, and after another', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, pieces, text)
  t.strictSame(Object.fromEntries(journal.senders.positions), {
    [a]: { expected: 3, timeMs: start },
    [b]: { expected: 8, timeMs: start }
  })
  write(journal, `${dir}/a.log`, [toPiece(a, 5, 2)], 'A\n')
  journal.close()
  t.strictSame(reopen(dir), { [a]: 6, [b]: 8 })
  t.strictSame(reopen(dir), { [a]: 6, [b]: 8 })
})

test('a log that is moved away after a clean end takes nothing with it', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  journal.close()
  rmSync(`${dir}/a.log`)
  const next = openJournal(dir)
  write(next, `${dir}/b.log`, [toPiece(b, 1, 2)], 'B\n')
  kill(dir, next)
  t.strictSame(reopen(dir), { [a]: 2, [b]: 2 })
})

test('a journal can be moved together with its logs', async t => {
  const dir = t.testdir({ old: {} })
  const journal = openJournal(`${dir}/old`)
  write(journal, `${dir}/old/a.log`, pieces, text)
  journal.close()
  renameSync(`${dir}/old`, `${dir}/new`)
  t.strictSame(reopen(`${dir}/new`), { [a]: 3, [b]: 8 })
})

test('an empty journal is a journal', async t => {
  const journal = openJournal(t.testdir({ '.journal': '' }))
  journal.close()
  t.match(journal, { isNew: false, collectorId: /^[^]{8}$/ })
  t.equal(journal.senders.positions.size, 0)
})

test('up to where partitions were read is known after a kill, and after a compaction', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  journal.markRead('a1b2c3d4e5f60718.0', 17, false)
  journal.markRead('a1b2c3d4e5f60718.3', 4711, true)
  journal.markRead('a1b2c3d4e5f60718.0', 18, false)
  kill(dir, journal)
  for (let times = 0; times < 2; times++) {
    const again = openJournal(dir)
    t.strictSame(again.badLines, [])
    t.equal(again.readUpTo('a1b2c3d4e5f60718.0'), 18)
    t.equal(again.readUpTo('a1b2c3d4e5f60718.3'), 4711)
    t.equal(again.readUpTo('a1b2c3d4e5f60718.1'), 0)
    again.close()
  }
})

test('positions of partitions that are not understood are left out and reported', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  kill(dir, journal)
  const lines = ['{"read":{"logs.0":5}}', '{"read":{"a1b2c3d4e5f60718.0":-1}}', '{"read":7}']
  appendFileSync(`${dir}/.journal`, `${lines.join('\n')}\n{"read":{"a1b2c3d4e5f60718.1":3}}\n`)
  const again = openJournal(dir)
  t.strictSame(again.badLines, [2, 3, 4])
  t.equal(again.readUpTo('a1b2c3d4e5f60718.1'), 3)
  again.close()
})
