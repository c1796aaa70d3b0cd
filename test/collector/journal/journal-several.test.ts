/** A journal of several logs: what is in some of them, and what is in all. */
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { test } from 'tap'
import type { Journal } from '../../../lib/collector/journal/journal.ts'
import { acquireLogLock } from '../../../lib/collector/journal/log-locks.ts'
import { a, b, kill, openJournal, start, toPiece } from '../../helpers/journal.ts'

/** Announces one batch for a log, and writes as much of it as is wanted. */
function write(
  journal: Journal,
  dir: string,
  log: string,
  piece: [id: string, last: number],
  written = 4
): void {
  const path = `${dir}/${log}`
  appendFileSync(path, '')
  const pieces = [toPiece(...piece, 4)]
  journal.beforeWrite({ log, path, offset: statSync(path).size, pieces }, false)
  appendFileSync(path, 'ABC\n'.slice(0, written))
  if (written === 4) journal.afterWrite(log)
}

/** What the next collector knows. */
function recover(dir: string): { filed: Record<string, number>; ahead: Record<string, object> } {
  const journal = openJournal(dir)
  journal.close()
  return {
    filed: Object.fromEntries(
      [...journal.senders.positions].map(([id, { expected }]) => [id, expected - 1])
    ),
    ahead: Object.fromEntries(
      [...journal.senders.recoveredAhead].map(([id, logs]) => [id, Object.fromEntries(logs)])
    )
  }
}

test('what is in one of several logs is not filed until that is said', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, dir, 'x.log', [a, 5])
  t.equal(journal.senders.positions.size, 0)
  journal.markFiled([{ senderId: a, seq: 3 }], false)
  t.equal(journal.senders.positions.get(a)?.expected, 4)
  kill(dir, journal)
  const expected = { filed: { [a]: 3 }, ahead: { [a]: { 'x.log': 6 } } }
  t.strictSame(recover(dir), expected)
  t.strictSame(recover(dir), expected, 'and once more')
})

test('what a former id has in some logs only, and nothing filed, holds for its new id, too', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, dir, 'x.log', [a, 5])
  kill(dir, journal)
  const next = openJournal(dir)
  t.equal(next.senders.inherit(b, a), undefined)
  t.strictSame(next.senders.recoveredAhead.get(b), new Map([['x.log', 6]]))
  kill(dir, next)
  t.strictSame(recover(dir), { filed: {}, ahead: { [a]: { 'x.log': 6 } } }, 'until it is written')
})

test('a kill in between leaves the new id what it has written itself, and what it has inherited', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, dir, 'x.log', [a, 5])
  write(journal, dir, 'y.log', [a, 3])
  kill(dir, journal)
  const next = openJournal(dir)
  next.senders.inherit(b, a)
  write(next, dir, 'x.log', [b, 9])
  kill(dir, next)
  const last = openJournal(dir)
  for (let times = 0; times < 2; times++) {
    last.senders.inherit(b, a)
    t.strictSame(Object.fromEntries(last.senders.recoveredAhead.get(b) ?? []), {
      'x.log': 10,
      'y.log': 4
    })
  }
  last.close()
})

test('the last write to each log is looked at, and torn ends are cut off', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, dir, 'x.log', [a, 1])
  write(journal, dir, 'y.log', [a, 1])
  journal.markFiled([{ senderId: a, seq: 1 }], true)
  write(journal, dir, 'x.log', [a, 2])
  write(journal, dir, 'z.log', [b, 7])
  write(journal, dir, 'y.log', [a, 2], 2)
  write(journal, dir, 'x.log', [a, 3], 0)
  kill(dir, journal)
  t.strictSame(recover(dir), {
    filed: { [a]: 1 },
    ahead: { [a]: { 'x.log': 3 }, [b]: { 'z.log': 8 } }
  })
  t.equal(readFileSync(`${dir}/y.log`, 'utf8'), 'ABC\n')
})

test('a journal that is written anew keeps what is ahead, and what is being written', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, dir, 'x.log', [a, 5])
  write(journal, dir, 'y.log', [a, 2])
  write(journal, dir, 'z.log', [b, 1], 3)
  journal.markFiled([{ senderId: a, seq: 2 }], false)
  journal.compact()
  const lines = readFileSync(`${dir}/.journal`, 'utf8').split('\n').slice(0, -1)
  t.equal(lines.length, 2)
  kill(dir, journal)
  t.strictSame(recover(dir), { filed: { [a]: 2 }, ahead: { [a]: { 'x.log': 6 } } })
  t.equal(readFileSync(`${dir}/z.log`, 'utf8'), '', 'the torn end is known after all')
})

test('what is filed already is not noted again', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  const size = (): number => statSync(`${dir}/.journal`).size
  const before = size()
  journal.markFiled([{ senderId: a, seq: 0 }], false)
  t.equal(size(), before, 'nothing is filed yet')
  journal.markFiled([{ senderId: a, seq: 2 }], false)
  const after = size()
  t.ok(after > before)
  journal.markFiled([{ senderId: a, seq: 2 }], false)
  journal.markFiled([{ senderId: a, seq: 1 }], false)
  t.equal(size(), after)
  journal.markFiled(
    [
      { senderId: a, seq: 2 },
      { senderId: b, seq: 1 }
    ],
    false
  )
  t.ok(size() > after)
  journal.close()
  t.strictSame(recover(dir), { filed: { [a]: 2, [b]: 1 }, ahead: {} })
})

test('a journal of what no log takes stays small', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  for (let seq = 1; seq < 40_000; seq++) journal.markFiled([{ senderId: a, seq }], false)
  t.ok(statSync(`${dir}/.journal`).size < 1_100_000)
  journal.close()
  t.strictSame(recover(dir), { filed: { [a]: 39_999 }, ahead: {} })
})

test('a collector that gets a second log knows what the only one had, and the other way round', async t => {
  const dir = t.testdir()
  const only = openJournal(dir)
  appendFileSync(`${dir}/x.log`, 'ABC\n')
  only.beforeWrite({ path: `${dir}/x.log`, offset: 0, pieces: [toPiece(a, 5, 4)] }, false)
  kill(dir, only)
  const several = openJournal(dir)
  t.equal(several.senders.positions.get(a)?.expected, 6)
  write(several, dir, 'x.log', [a, 9])
  kill(dir, several)
  t.strictSame(recover(dir), { filed: { [a]: 5 }, ahead: { [a]: { 'x.log': 10 } } })
})

test('a journal is moved with what it knows, and with what is being written', async t => {
  const dir = t.testdir({ sub: {} })
  const journal = openJournal(dir)
  write(journal, dir, 'x.log', [a, 5])
  write(journal, dir, 'y.log', [a, 2])
  write(journal, dir, 'z.log', [b, 1], 3)
  journal.markFiled([{ senderId: a, seq: 2 }], false)
  journal.moveTo(`${dir}/sub/.journal`, acquireLogLock(`${dir}/sub/.journal`)).release()
  journal.endMove()
  write(journal, dir, 'y.log', [a, 3])
  t.strictSame(
    readdirSync(dir).filter(name => name.startsWith('.')),
    []
  )
  kill(`${dir}/sub`, journal)
  t.strictSame(recover(`${dir}/sub`), {
    filed: { [a]: 2 },
    ahead: { [a]: { 'x.log': 6, 'y.log': 4 } }
  })
  t.equal(readFileSync(`${dir}/z.log`, 'utf8'), '')
})

test('a journal that can not be moved stays where it is', async t => {
  const dir = t.testdir({ sub: {} })
  const journal = openJournal(dir)
  journal.markFiled([{ senderId: a, seq: 2 }], false)
  const lock = acquireLogLock(`${dir}/sub/.journal`)
  rmSync(`${dir}/sub`, { recursive: true })
  t.throws(() => journal.moveTo(`${dir}/sub/.journal`, lock), { code: 'ENOENT' })
  lock.release()
  t.equal(journal.path, `${dir}/.journal`)
  journal.close()
  t.strictSame(recover(dir), { filed: { [a]: 2 }, ahead: {} })
})

test('what was noted later than a write counts more', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  appendFileSync(`${dir}/x.log`, 'ABC\n')
  journal.beforeWrite({ path: `${dir}/x.log`, offset: 0, pieces: [toPiece(a, 5, 4)] }, false)
  journal.afterWrite()
  journal.markFiled([{ senderId: a, seq: 100 }], false)
  kill(dir, journal)
  t.strictSame(recover(dir), { filed: { [a]: 100 }, ahead: {} })
})

test('what is ahead of senders that are forgotten is forgotten, too', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, dir, 'x.log', [a, 5])
  journal.markFiled([{ senderId: a, seq: 2 }], false)
  journal.close()
  const between = openJournal(dir, start + 6 * 86_400_000)
  between.markFiled([{ senderId: b, seq: 2 }], false)
  between.close()
  const later = openJournal(dir, start + 8 * 86_400_000)
  t.strictSame([[...later.senders.positions.keys()], later.senders.recoveredAhead.size], [[b], 0])
  later.close()
})
