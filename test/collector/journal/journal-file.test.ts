import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { test, type Test } from 'tap'
import { Journal } from '../../../lib/collector/journal/journal.ts'
import { countSyncs, failOnce, weakenWrites } from '../../helpers/file-system.ts'
import { a, b, kill, openJournal, reopen, start, toPiece, write } from '../../helpers/journal.ts'

/** An announcement of more than 1 MiB. */
const many = Array.from({ length: 40_000 }, (_, index) => toPiece(a, index + 1, 1))

test('a journal that has grown beyond 1 MiB is written anew, with the positions it had', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  const size = (): number => statSync(`${dir}/.journal`).size
  write(journal, `${dir}/a.log`, many, '\n'.repeat(many.length))
  t.ok(size() > 2 ** 20)
  write(journal, `${dir}/a.log`, [toPiece(b, 1, 2)], 'B\n')
  t.ok(size() < 300, 'by the next write')
  write(journal, `${dir}/a.log`, [toPiece(b, 2, 2)], 'B')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 40_001, [b]: 2 })
})

test('while a journal is open nobody else gets it', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  t.throws(() => openJournal(dir), {
    code: 'ERR_ZMQ_PUB_FILE',
    message: `ERR_ZMQ_PUB_FILE: another collector is writing this log: process ${process.pid} on host ${hostname()}, last active 0 s ago, holds ${dir}/.journal.lock; stop it, or choose another path (--file, or the file of an output)`
  })
  journal.close()
  openJournal(dir).close()
})

test('a journal that can not be written is refused, with the cause and what to do', async t => {
  const dir = t.testdir({ file: 'x' })
  t.throws(() => openJournal(`${dir}/file`), {
    code: 'ERR_ZMQ_PUB_FILE',
    message:
      /^ERR_ZMQ_PUB_FILE: cannot write .*\/file\/\.journal: .*; make it writable, or choose another path \(--file, or the file of an output\)$/,
    cause: { code: 'EEXIST' }
  })
})

test('an announcement that the disk refuses is taken back, and can be made again', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  const lines = readFileSync(`${dir}/.journal`, 'utf8')
  weakenWrites(t, [10, 'ENOSPC', 5])
  const announce = (): void =>
    journal.beforeWrite({ path: `${dir}/a.log`, offset: 0, pieces: [toPiece(a, 1, 2)] }, false)
  t.throws(announce, { code: 'ENOSPC' })
  t.equal(readFileSync(`${dir}/.journal`, 'utf8'), lines)
  t.equal(journal.senders.positions.size, 0)
  announce()
  t.match(readFileSync(`${dir}/.journal`, 'utf8'), /^.*\n\{"file":"a\.log","offset":0,.*\}\n$/)
  journal.afterWrite()
  t.equal(journal.senders.positions.get(a)?.expected, 2)
  journal.close()
})

type Failure = (t: Test) => void
const failures: [what: string, fail: Failure][] = [
  ['can not be written', t => weakenWrites(t, [10, 'EIO'])],
  ['does not reach the disk', t => failOnce(t, 'fdatasyncSync', 'EIO')],
  ['can not take its name', t => failOnce(t, 'renameSync', 'EACCES', '.new')]
]

for (const [what, fail] of failures) {
  test(`a journal that, written anew, ${what}, is as it was, and is written anew later`, async t => {
    const dir = t.testdir()
    const journal = openJournal(dir)
    const path = `${dir}/.journal`
    write(journal, `${dir}/a.log`, many, '\n'.repeat(many.length))
    const lines = readFileSync(path, 'utf8')
    fail(t)
    const announce = (): void => write(journal, `${dir}/a.log`, [toPiece(b, 1, 2)], 'B\n')
    t.throws(announce, { code: /^(EIO|EACCES)$/ })
    t.ok(readFileSync(path, 'utf8') === lines)
    announce()
    t.ok(statSync(path).size < 300)
    kill(dir, journal)
    t.strictSame(reopen(dir), { [a]: 40_001, [b]: 2 })
  })

  test(`a journal that ${what} at its opening is refused, and leaves no lock`, async t => {
    const dir = t.testdir()
    fail(t)
    t.throws(() => openJournal(dir), { code: 'ERR_ZMQ_PUB_FILE' })
    t.notOk(existsSync(`${dir}/.journal.lock`))
    t.strictSame(reopen(dir), {})
  })
}

for (const code of ['ENOSPC', 'EDQUOT']) {
  test(`a journal that finds no room at its opening (${code}) is as it was, and is written anew by its next line`, async t => {
    const dir = t.testdir()
    const killed = openJournal(dir)
    write(killed, `${dir}/b.log`, [toPiece(b, 1, 2)], 'B\n')
    write(killed, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A')
    kill(dir, killed)
    const lines = readFileSync(`${dir}/.journal`, 'utf8')
    weakenWrites(t, [10, code, 10, code])
    const journal = openJournal(dir)
    t.strictSame(readdirSync(dir).toSorted(), ['.journal', '.journal.lock', 'a.log', 'b.log'])
    t.equal(readFileSync(`${dir}/.journal`, 'utf8'), lines)
    t.strictSame([...journal.filesInDoubt], [`${dir}/a.log`], 'a restart would look at it')
    t.strictSame([...journal.senders.positions.keys()], [b], 'half a line has been cut off')
    const announce = (): void => write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
    t.throws(announce, { code })
    announce()
    kill(dir, journal)
    t.strictSame(reopen(dir), { [a]: 2, [b]: 2 })
    t.equal(readFileSync(`${dir}/a.log`, 'utf8'), 'A\n')
  })

  test(`a new journal for which there is no room (${code}) is made by its first line`, async t => {
    const dir = t.testdir()
    weakenWrites(t, [10, code])
    const journal = openJournal(dir)
    t.strictSame(readdirSync(dir), ['.journal.lock'])
    write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
    kill(dir, journal)
    t.strictSame(reopen(dir), { [a]: 2 })
  })
}

test('a restart looks at the last file of each log, until the journal is written anew', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  t.equal(journal.filesInDoubt.size, 0)
  const pieces = [toPiece(a, 1, 2)]
  for (const [log, name] of [
    ['a', 'a.1.log'],
    ['a', 'a.2.log'],
    ['b', 'b.1.log']
  ] as const) {
    journal.beforeWrite({ log, path: `${dir}/${name}`, offset: 0, pieces }, false)
    if (log === 'a') journal.afterWrite(log)
  }
  t.strictSame([...journal.filesInDoubt], [`${dir}/a.2.log`, `${dir}/b.1.log`])
  journal.compact()
  t.strictSame([...journal.filesInDoubt], [`${dir}/b.1.log`], 'it is being written')
  journal.close()
})

test('a journal that is written anew keeps its permissions, or has those that are asked for', async t => {
  const dir = t.testdir()
  const former = process.umask(0o077)
  t.teardown(() => process.umask(former))
  const modeOf = (): number => statSync(`${dir}/.journal`).mode & 0o7777
  openJournal(dir).close()
  t.equal(modeOf(), 0o600, 'as the umask says')
  chmodSync(`${dir}/.journal`, 0o644)
  openJournal(dir).close()
  t.equal(modeOf(), 0o644)
  const journal = Journal.open(`${dir}/.journal`, () => start, undefined, 0o640)
  t.equal(modeOf(), 0o640)
  journal.compact()
  t.equal(modeOf(), 0o640)
  journal.close()
})

test('a journal that the disk takes in pieces is written anew whole', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2), toPiece(b, 1, 2)], 'A\nB\n')
  weakenWrites(t, [1, 7, 30])
  journal.close()
  t.match(readFileSync(`${dir}/.journal`, 'utf8'), /^\{"collector":.*\}\n$/)
  t.strictSame(reopen(dir), { [a]: 2, [b]: 2 })
})

test('a journal that can not be written anew at its close is let go, and says what it said', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  weakenWrites(t, ['ENOSPC'])
  journal.close()
  t.notOk(existsSync(`${dir}/.journal.lock`))
  t.strictSame(reopen(dir), { [a]: 2 })
})

test('an announcement that does not reach the disk is taken back', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  const lines = readFileSync(`${dir}/.journal`, 'utf8')
  failOnce(t, 'fdatasyncSync', 'EIO')
  const announce = (): void =>
    journal.beforeWrite({ path: `${dir}/a.log`, offset: 2, pieces: [toPiece(a, 2, 2)] }, true)
  t.throws(announce, { code: 'EIO' })
  t.equal(readFileSync(`${dir}/.journal`, 'utf8'), lines)
  t.equal(journal.senders.positions.get(a)?.expected, 2)
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 2 })
})

test('after a sync that failed the journal is written anew: the next sync would say nothing', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  const { ino } = statSync(`${dir}/.journal`)
  const announce = (): void =>
    journal.beforeWrite({ path: `${dir}/a.log`, offset: 2, pieces: [toPiece(a, 2, 2)] }, true)
  failOnce(t, 'fdatasyncSync', 'EIO')
  t.throws(announce, { code: 'EIO' })
  announce()
  t.not(statSync(`${dir}/.journal`).ino, ino, 'another file')
  appendFileSync(`${dir}/a.log`, 'A\n')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 3 })
})

test('a line that can neither be written nor cut off again spoils no other', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  const announce = (): void =>
    journal.beforeWrite({ path: `${dir}/a.log`, offset: 0, pieces: [toPiece(a, 1, 2)] }, false)
  weakenWrites(t, [10, 'EIO'])
  failOnce(t, 'ftruncateSync', 'EIO')
  t.throws(announce, { code: 'EIO' })
  announce()
  appendFileSync(`${dir}/a.log`, 'A\n')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 2 })
})

test('a lack of descriptors while it is written anew leaves no journal that nobody finds', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  failOnce(t, 'openSync', 'EMFILE', '.journal.new')
  t.throws(() => journal.compact(), { code: 'EMFILE' })
  const putBack = failOnce(t, 'openSync', 'EMFILE', '.journal')
  journal.compact() // opens nothing once the file has its name
  putBack()
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 2 })
})

test('a journal whose new name is not synced goes on, and is written anew later', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  failOnce(t, 'openSync', 'EIO', dir)
  t.throws(() => journal.compact(), { code: 'EIO' })
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 2 })
})

test('a write that is withdrawn is not looked for in its file', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  const announce = (file: string): void =>
    journal.beforeWrite({ path: `${dir}/${file}`, offset: 0, pieces: [toPiece(a, 2, 2)] }, true)
  announce('a.log')
  failOnce(t, 'renameSync', 'EACCES', '.new')
  t.throws(() => journal.withdrawWrite(), { code: 'EACCES' })
  journal.withdrawWrite()
  journal.withdrawWrite()
  announce('b.log')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 2 }, 'it was not written to the other file, either')
})

test('an announcement is on disk before the write, where that is asked for', async t => {
  const dir = t.testdir()
  const syncs = countSyncs(t)
  const journal = openJournal(dir)
  t.equal(syncs(), 1, 'the journal itself')
  const counts = [false, true, true, false].map(isSynced => {
    journal.beforeWrite({ path: `${dir}/a.log`, offset: 0, pieces: [{ length: 1 }] }, isSynced)
    return syncs()
  })
  t.strictSame(counts, [1, 2, 3, 3])
  journal.close()
})
