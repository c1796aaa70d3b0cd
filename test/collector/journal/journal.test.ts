import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
  t.equal(journal.positions.size, 0)
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
  t.strictSame(Object.fromEntries(journal.positions), {
    [a]: { expected: 3, timeMs: start },
    [b]: { expected: 8, timeMs: start }
  })
  write(journal, `${dir}/a.log`, [toPiece(a, 5, 2)], 'A\n')
  journal.close()
  t.strictSame(reopen(dir), { [a]: 6, [b]: 8 })
  t.strictSame(reopen(dir), { [a]: 6, [b]: 8 })
})

test('a write that was torn anywhere is remembered as far as the log has it', async t => {
  for (let length = 0; length <= text.length; length++) {
    const dir = t.testdir()
    const journal = openJournal(dir)
    write(journal, `${dir}/a.log`, pieces, text.slice(0, length))
    kill(dir, journal)
    const expected = { ...(length >= 4 && { [a]: 3 }), ...(length >= 14 && { [b]: 8 }) }
    t.strictSame(reopen(dir), expected, `torn at ${length}`)
    const end = [14, 10, 4, 0].find(at => at <= length)
    t.equal(readFileSync(`${dir}/a.log`, 'utf8'), text.slice(0, end))
    t.strictSame(reopen(dir), expected, 'and once more')
  }
})

test('an announcement that was torn anywhere says nothing', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, pieces, text)
  const whole = statSync(`${dir}/.journal`).size
  write(journal, `${dir}/a.log`, [toPiece(a, 9, 5)], '')
  kill(dir, journal)
  const lines = readFileSync(`${dir}/.journal`, 'utf8')
  for (let length = whole; length <= lines.length; length++) {
    writeFileSync(`${dir}/.journal`, lines.slice(0, length))
    t.strictSame(reopen(dir), { [a]: 3, [b]: 8 }, `torn at ${length}`)
  }
})

test('only the last write is in doubt, whichever log it went to', async t => {
  const dir = t.testdir({ sub: {} })
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  write(journal, `${dir}/sub/b.log`, [toPiece(b, 3, 2)], 'B\n')
  write(journal, `${dir}/sub/b.log`, [toPiece(a, 2, 2), toPiece(b, 5, 3)], 'A\nB')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 3, [b]: 4 })
  t.equal(readFileSync(`${dir}/sub/b.log`, 'utf8'), 'B\nA\n')
})

test('of writes to one log, to another, and to the first again the newest counts', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  for (const [at, name] of ['a.log', 'b.log', 'a.log'].entries())
    write(journal, `${dir}/${name}`, [toPiece(a, at + 1, 2)], 'A\n')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 4 })
})

test('what was last written to a log that is missing is forgotten, after a kill', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  write(journal, `${dir}/a.log`, [toPiece(a, 2, 2), toPiece(b, 1, 2)], 'A\nB\n')
  kill(dir, journal)
  rmSync(`${dir}/a.log`)
  t.strictSame(reopen(dir), { [a]: 2 })
})

test('a log that is moved away takes nothing with it but the last write', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  write(journal, `${dir}/b.log`, [toPiece(b, 1, 2)], 'B\n')
  kill(dir, journal)
  rmSync(`${dir}/a.log`)
  t.strictSame(reopen(dir), { [a]: 2, [b]: 2 })
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

for (const where of ['above', 'below'] as const) {
  test(`lines ${where} that say nothing are skipped`, async t => {
    const dir = t.testdir()
    const journal = openJournal(dir)
    write(journal, `${dir}/a.log`, pieces, text)
    kill(dir, journal)
    const lines = readFileSync(`${dir}/.journal`, 'utf8')
    const rubbish = 'no JSON\n\n[]\n{}\n{"a":1}\n{"file":5}\n'
    writeFileSync(`${dir}/.journal`, where === 'above' ? rubbish + lines : lines + rubbish)
    const next = openJournal(dir)
    next.close()
    t.equal(next.collectorId, journal.collectorId)
    t.equal(next.positions.get(b)?.expected, 8)
  })
}

test('an empty journal is a journal', async t => {
  const journal = openJournal(t.testdir({ '.journal': '' }))
  journal.close()
  t.match(journal, { isNew: false, collectorId: /^[^]{8}$/ })
  t.equal(journal.positions.size, 0)
})
