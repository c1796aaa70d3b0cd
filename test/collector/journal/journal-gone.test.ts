/** A journal that somebody deletes, moves or replaces, or that another collector has taken over. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { mock } from 'node:test'
import { test, type Test } from 'tap'
import { JournalWatch } from '../../../lib/collector/journal/journal-watch.ts'
import { a, b, kill, openJournal, reopen, toPiece, write } from '../../helpers/journal.ts'

/** A journal with one record of sender a, whose watch looks when `look` is called. */
function openWatched(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const dir = `${t.testdir()}/logs`
  const journal = openJournal(dir)
  const told: unknown[] = []
  const watch = new JournalWatch(journal, {
    onTrouble: error => told.push((error as NodeJS.ErrnoException).code ?? error.message),
    onRecovery: () => told.push('recovered')
  })
  t.teardown(() => watch.close())
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  return { dir, journal, told, look: () => mock.timers.tick(1000) }
}

const acts: [what: string, act: (path: string) => void][] = [
  ['deleted', path => rmSync(path)],
  ['moved away', path => renameSync(path, `${path}.moved`)],
  ['replaced by an older one', path => writeFileSync(`${path}.x`, '{}\n')],
  [
    'replaced by a copy of itself',
    path => {
      copyFileSync(path, `${path}.copy`)
      renameSync(`${path}.copy`, path)
    }
  ]
]

for (const [what, act] of acts) {
  test(`a journal that somebody has ${what} is there again within a second, with what it said and says`, async t => {
    const { dir, journal, told, look } = openWatched(t)
    const path = `${dir}/.journal`
    act(path)
    if (existsSync(`${path}.x`)) renameSync(`${path}.x`, path)
    look()
    write(journal, `${dir}/a.log`, [toPiece(b, 1, 2)], 'B\n')
    const lines = readFileSync(path, 'utf8')
    kill(dir, journal)
    writeFileSync(path, lines)
    t.strictSame(reopen(dir), { [a]: 2, [b]: 2 })
    t.strictSame(told, [])
  })
}

test('a journal whose folder was deleted is there again when the folder is, with its lock', async t => {
  const { dir, journal, told, look } = openWatched(t)
  rmSync(dir, { recursive: true })
  look()
  look()
  mkdirSync(dir)
  look()
  t.strictSame(told, ['ENOENT', 'ENOENT', 'recovered'])
  t.ok(existsSync(`${dir}/.journal.lock`))
  t.throws(() => openJournal(dir), { code: 'ERR_ZMQ_PUB_FILE' })
  journal.close()
  t.strictSame(reopen(dir), { [a]: 2 })
})

test('a watch that is closed looks no more', async t => {
  const { dir, journal, look } = openWatched(t)
  const other = new JournalWatch(journal, {
    onTrouble: () => t.fail('it looks'),
    onRecovery: () => undefined
  })
  other.close()
  rmSync(dir, { recursive: true })
  look()
})

test('a journal whose lock another collector has taken is not touched', async t => {
  const { dir, journal, told, look } = openWatched(t)
  const path = `${dir}/.journal`
  writeFileSync(`${path}.lock`, '{"pid":12,"host":"elsewhere"}')
  writeFileSync(`${path}.other`, 'of the other')
  renameSync(`${path}.other`, path)
  const now = performance.now()
  t.intercept(performance, 'now', { value: () => now + 60_000 }) // since its last heartbeat
  look()
  t.strictSame(told, [])
  t.throws(() => write(journal, `${dir}/a.log`, [toPiece(b, 1, 2)], 'B\n'), /another collector/)
  t.throws(() => journal.markFiled([{ senderId: b, seq: 5 }], false), /another collector/)
  t.throws(() => journal.compact(), /another collector/)
  journal.close()
  t.equal(readFileSync(path, 'utf8'), 'of the other')
  t.match(readFileSync(`${path}.lock`, 'utf8'), 'elsewhere')
})
