/** A journal that is moved by a reload, and kills between any two steps of that. */
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { test, type Test } from 'tap'
import type { Journal } from '../../../lib/collector/journal/journal.ts'
import { acquireLogLock } from '../../../lib/collector/journal/log-locks.ts'
import { failAlways, failOnce, weakenWrites } from '../../helpers/file-system.ts'
import { a, b, openJournal, toPiece, write } from '../../helpers/journal.ts'
import { killAtEachStep } from '../../helpers/snapshots.ts'

/** The next sequence numbers of the senders `a` (filed) and `b` (in log y, whose last piece is torn). */
interface Known {
  a: number | undefined
  b: number | undefined
}
const nobody: Known = { a: undefined, b: undefined }

/** A journal in the folder `a`, and its logs, that know `{ a: 6, b: 2 }`. */
function makeJournal(t: Test): { dir: string; journal: Journal } {
  const dir = `${t.testdir({ live: { a: {}, b: {}, c: {} } })}/live`
  const journal = openJournal(`${dir}/a`)
  write(journal, `${dir}/a/x.log`, [toPiece(a, 5, 2)], 'A\n')
  const pieces = [toPiece(b, 1, 2), toPiece(b, 2, 2)]
  journal.beforeWrite({ log: 'y', path: `${dir}/a/y.log`, offset: 0, pieces }, false)
  appendFileSync(`${dir}/a/y.log`, 'B\nB')
  t.teardown(() => journal.close(false))
  return { dir, journal }
}

/** Moves a journal to another folder, as a reload whose former outputs have nothing left to write. */
function move(journal: Journal, folder: string): void {
  const lock = acquireLogLock(`${folder}/.journal`)
  try {
    journal.moveTo(`${folder}/.journal`, lock).release()
  } catch (error) {
    lock.release()
    throw error
  }
}

/** What a start finds that looks for the journal in a folder. */
function recover(folder: string): Known {
  const journal = openJournal(folder)
  journal.close(false)
  const { positions, recoveredAhead } = journal.senders
  return { a: positions.get(a)?.expected, b: recoveredAhead.get(b)?.get('y') }
}

/** The same in a copy of the folder above, which stays as it is. */
function recoverCopy(folder: string, place: string): Known {
  const copy = `${folder}.copy`
  rmSync(copy, { recursive: true, force: true })
  cpSync(folder, copy, { recursive: true, filter: name => !name.endsWith('.lock') })
  return recover(`${copy}/${place}`)
}

function note(journal: Journal, seq: number): void {
  journal.markFiled([{ senderId: a, seq }], true)
}

test('a kill at any step of a move leaves the journal to the former place, and to the new one once it is there', async t => {
  const { dir, journal } = makeJournal(t)
  let isMoved = false
  const act = (): void => {
    move(journal, `${dir}/b`)
    isMoved = true
    note(journal, 6)
  }
  const kills = await killAtEachStep(t, dir, act, () => isMoved)
  t.ok(kills.length >= 10, `${kills.length} steps`)
  for (const { folder, step, note: mustBeThere } of kills) {
    const found = recoverCopy(folder, 'a')
    t.match(found, { a: step === 'the end' ? 7 : /^[67]$/, b: 2 }, `former place, ${step}`)
    const isThere = existsSync(`${folder}/b/.journal`)
    if (isThere) t.strictSame(recoverCopy(folder, 'b'), found, `new place, ${step}`)
    else t.notOk(mustBeThere, `new place, ${step}`)
  }
})

test('a start in the former place that is killed at any step leaves the journal to the next one', async t => {
  const { dir, journal } = makeJournal(t)
  move(journal, `${dir}/b`)
  note(journal, 6)
  const [killed] = await killAtEachStep(t, dir, () => undefined, noNote)
  const folder = killed?.folder ?? ''
  const act = (): void => {
    const next = openJournal(`${folder}/a`)
    note(next, 7)
    next.close()
  }
  const kills = await killAtEachStep(t, folder, act, noNote)
  t.ok(kills.length >= 10, `${kills.length} steps`)
  for (const { folder: left, step } of kills) {
    const found = recoverCopy(left, 'a')
    t.match(found, { a: step === 'the end' ? 8 : /^[78]$/, b: 2 }, step)
    if (existsSync(`${left}/b/.journal`)) t.strictSame(recoverCopy(left, 'b'), found, step)
  }
  t.strictSame(readdirSync(`${folder}/b`), [], 'nothing is left there')
})

test('after several moves each place leads to the last one, until these are over', async t => {
  const { dir, journal } = makeJournal(t)
  for (const [index, place] of ['b', 'a', 'b', 'c', 'a', 'c'].entries()) {
    move(journal, `${dir}/${place}`)
    note(journal, 6 + index)
    for (const former of ['a', 'b', place])
      t.strictSame(recoverCopy(dir, former), { a: 7 + index, b: 2 }, `${index}, ${former}`)
  }
  journal.endMove()
  const left = ['a', 'b', 'c'].filter(place => existsSync(`${dir}/${place}/.journal`))
  t.strictSame(left, ['c'])
})

test('a start in the new place deletes what the killed collector has left in the former ones, and nothing else', async t => {
  const { dir, journal } = makeJournal(t)
  for (const place of ['b', 'a', 'b', 'c']) move(journal, `${dir}/${place}`)
  const [killed] = await killAtEachStep(t, dir, () => undefined, noNote)
  const folder = killed?.folder ?? ''
  rmSync(`${folder}/b/.journal`)
  openJournal(`${folder}/b`).close()
  t.strictSame(recover(`${folder}/c`), { a: 6, b: 2 })
  t.notOk(existsSync(`${folder}/a/.journal`))
  t.strictSame(recover(`${folder}/b`), nobody, 'that of another collector stays')
  t.notMatch(readFileSync(`${folder}/c/.journal`, 'utf8'), /former/)
})

test('a start in the former place leaves the journal to the collector that uses it', async t => {
  const { dir, journal } = makeJournal(t)
  move(journal, `${dir}/b`)
  t.strictSame(recover(`${dir}/a`), nobody)
  note(journal, 6)
  t.strictSame(recoverCopy(dir, 'b'), { a: 7, b: 2 })
})

for (const [what, fail] of [
  ['can not be written', (t: Test) => failOnce(t, 'openSync', 'EACCES', '.journal.new')],
  ['can not take its name', (t: Test) => failOnce(t, 'renameSync', 'EACCES', '.new')]
] as const) {
  test(`a journal that ${what} in the new place goes on in the former one`, async t => {
    const { dir, journal } = makeJournal(t)
    const stale = openJournal(`${dir}/b`)
    stale.close()
    fail(t)
    t.throws(() => move(journal, `${dir}/b`), { code: 'EACCES' })
    t.equal(journal.path, `${dir}/a/.journal`)
    t.strictSame(recoverCopy(dir, 'a'), { a: 6, b: 2 }, 'what is in the new place is not its own')
    note(journal, 6)
    t.strictSame(recoverCopy(dir, 'a'), { a: 7, b: 2 })
    move(journal, `${dir}/b`)
    t.strictSame(recoverCopy(dir, 'b'), { a: 7, b: 2 })
  })
}

test('where there is no room for a note in the former place nothing stays there', async t => {
  const { dir, journal } = makeJournal(t)
  const lock = acquireLogLock(`${dir}/b/.journal`)
  weakenWrites(t, [10, 'ENOSPC'])
  journal.moveTo(`${dir}/b/.journal`, lock).release()
  t.notOk(existsSync(`${dir}/a/.journal`))
  t.strictSame(recoverCopy(dir, 'b'), { a: 6, b: 2 })
})

test('a journal whose new name is not synced has moved, and its next line waits for that', async t => {
  const { dir, journal } = makeJournal(t)
  const lock = acquireLogLock(`${dir}/b/.journal`)
  const putBack = failAlways(t, 'openSync', 'EIO', '/b')
  journal.moveTo(`${dir}/b/.journal`, lock).release()
  t.equal(journal.path, `${dir}/b/.journal`)
  t.throws(() => note(journal, 6), { code: 'EIO' })
  putBack()
  note(journal, 6)
  t.strictSame(recoverCopy(dir, 'b'), { a: 7, b: 2 })
})

/** What a collector that was killed after a move from `a` to `b` has left. @returns its folder */
async function killAfterMove(t: Test): Promise<string> {
  const { dir, journal } = makeJournal(t)
  move(journal, `${dir}/b`)
  const [killed] = await killAtEachStep(t, dir, () => undefined, noNote)
  return killed?.folder ?? ''
}

test('a start in the former place moves the journal back although there is no room for a note', async t => {
  const folder = await killAfterMove(t)
  failOnce(t, 'appendFileSync', 'ENOSPC')
  t.strictSame(recover(`${folder}/a`), { a: 6, b: 2 })
  t.notOk(existsSync(`${folder}/b/.journal`))
})

test('a start in the former place that may not lock the new one is refused, and changes nothing', async t => {
  const folder = await killAfterMove(t)
  failOnce(t, 'openSync', 'EACCES', '/b/.journal.lock')
  t.throws(() => openJournal(`${folder}/a`), {
    code: 'ERR_ZMQ_PUB_FILE',
    message: /\/b\/\.journal: EACCES/
  })
  for (const place of ['a', 'b']) t.strictSame(recoverCopy(folder, place), { a: 6, b: 2 })
})

test('what can not be deleted in the former place leads to the journal for good', async t => {
  const { dir, journal } = makeJournal(t)
  move(journal, `${dir}/b`)
  failOnce(t, 'rmSync', 'EROFS', '/a/.journal')
  journal.endMove()
  note(journal, 6)
  t.strictSame(recoverCopy(dir, 'a'), { a: 7, b: 2 })
})

function noNote(): void {}
