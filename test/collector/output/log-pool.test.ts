/** Logs by their paths: made when they are needed, few of them open, closed when they are idle. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, symlinkSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { LogIndexes } from '../../../lib/collector/naming/log-indexes.ts'
import { DescriptorBudget } from '../../../lib/collector/output/descriptor-budget.ts'
import { LogPool, type LogPoolOptions } from '../../../lib/collector/output/log-pool.ts'
import type { Destination } from '../../../lib/collector/routing/router.ts'
import { failOnce } from '../../helpers/file-system.ts'
import { holdPauses } from '../../helpers/pauses.ts'
import { noJournal } from '../../helpers/rotating-log.ts'
import { latch, waitFor } from '../../helpers/wait.ts'
import { weakenDisk, weakenOpen } from '../../helpers/weak-disk.ts'

function makeTree(t: Test, changed: Partial<LogPoolOptions> = {}) {
  const dir = t.testdir({ logs: {} })
  const opened: string[] = []
  const troubles: string[] = []
  let period = 'one'
  const descriptors = new DescriptorBudget({ limit: undefined, onExhausted: () => undefined })
  const pool = new LogPool({
    maxBytes: 0,
    periodNow: () => period,
    indexes: new LogIndexes(),
    isSealed: () => false,
    fsync: false,
    base: `${dir}/logs`,
    maxOpenFiles: 100,
    descriptors,
    idleCloseMs: 0,
    whenFormerClosed: () => Promise.resolve(),
    onClose: () => undefined,
    journalOf: () => noJournal,
    onOpen: path => opened.push(path.slice(dir.length + 6)),
    onTrouble: (_path, error) => troubles.push(error.message),
    onRecovery: () => undefined,
    onUnsynced: () => undefined,
    ...changed
  })
  t.teardown(() => pool.close())
  const toDestination = (name: string): Destination => {
    const file = `${dir}/logs/${name}.log`
    return { file, id: file.toLowerCase(), link: '', period: '' }
  }
  const append = (name: string, line: string): Promise<void> => {
    const { promise, open } = latch()
    pool.append(toDestination(name), Buffer.from(`${line}\n`), undefined, open)
    pool.flush()
    return promise.then(() => setImmediate()) // the log is idle then
  }
  const read = (name: string): string => readFileSync(`${dir}/logs/${name}.log`, 'utf8')
  const goTo = (next: string): void => void (period = next)
  return { dir, pool, opened, troubles, append, read, goTo, toDestination }
}

test('a log is made by its first record, and found again whatever its case', async t => {
  const { pool, append, read, opened, toDestination } = makeTree(t)
  await append('a', '1')
  await append('A', '2')
  await append('b/c', '3')
  t.equal(pool.logFor(toDestination('A')), pool.logFor(toDestination('a')))
  t.strictSame(opened, ['a.log', 'b/c.log'])
  t.equal(read('a'), '1\n2\n')
  await pool.close()
  t.equal(read('b/c'), '3\n')
})

test('a log is opened without a look at the files of others', async t => {
  const { append, read, troubles } = makeTree(t)
  await append('a', '1')
  for (const call of ['opendirSync', 'readdirSync'] as const) failOnce(t, call, 'EIO')
  await append('b/c', '2')
  t.strictSame(troubles, [])
  t.equal(read('b/c'), '2\n')
})

test('the files of a period that records decide are numbered as all others are', async t => {
  const { dir, pool } = makeTree(t, { maxBytes: 1 })
  const destination = {
    file: `${dir}/logs/app`,
    id: 'app.2026-11-23',
    link: '',
    period: '2026-11-23'
  }
  for (const line of ['1', '2']) {
    const { promise, open } = latch()
    pool.append(destination, Buffer.from(`${line}\n`), undefined, open)
    pool.flush()
    await promise
  }
  t.strictSame(readdirSync(`${dir}/logs`), ['app.2026-11-23', 'app.2026-11-23.1'])
})

test('few files are open, however many logs there are, and nothing is lost', async t => {
  const { pool, append, read } = makeTree(t, { maxOpenFiles: 3 })
  const names = Array.from({ length: 20 }, (_, at) => `log-${at}`)
  let most = 0
  const appends: Promise<void>[] = []
  for (let line = 0; line < 5; line++) {
    for (const name of names) {
      appends.push(
        append(name, String(line)).then(() => void (most = Math.max(most, pool.paths.length)))
      )
    }
  }
  await Promise.all(appends)
  t.ok(most > 0 && most <= 3, `${most} open`)
  await pool.close()
  for (const name of names) t.equal(read(name), '0\n1\n2\n3\n4\n', name)
})

test('a log that is idle is closed, and opened by its next record', async t => {
  const { pool, append, opened, read } = makeTree(t, { idleCloseMs: 1000 })
  await append('a', '1')
  const now = performance.now()
  pool.check(now + 500)
  t.equal(pool.paths.length, 1)
  pool.check(now + 5000)
  await waitFor(() => pool.paths.length === 0, 'the file to be closed')
  await append('a', '2')
  t.strictSame(opened, ['a.log', 'a.log'])
  t.equal(read('a'), '1\n2\n')
})

test('a log that is never called idle stays open', async t => {
  const { pool, append } = makeTree(t)
  await append('a', '1')
  pool.check(performance.now() + 1e9)
  t.equal(pool.paths.length, 1)
})

test('a log whose period is over is closed, and its place is free', async t => {
  const { pool, goTo, toDestination, dir } = makeTree(t, { maxOpenFiles: 1 })
  const write = (name: string): Promise<void> => {
    const { promise, open } = latch()
    const destination = { ...toDestination(name), period: undefined }
    pool.append(destination, Buffer.from('x\n'), undefined, open)
    pool.flush()
    return promise.then(() => setImmediate())
  }
  await write('a')
  t.strictSame(pool.paths, [`${dir}/logs/a.one.log`])
  goTo('two')
  pool.check(performance.now())
  await waitFor(() => pool.paths.length === 0, 'the file to be closed')
  await write('b')
  await write('a')
  t.strictSame(pool.paths, [`${dir}/logs/a.two.log`])
})

test('files that were moved are begun anew', async t => {
  const { dir, pool, append, read } = makeTree(t)
  await append('a', '1')
  renameSync(`${dir}/logs/a.log`, `${dir}/logs/moved.log`)
  pool.check(performance.now())
  await append('a', '2')
  renameSync(`${dir}/logs/a.log`, `${dir}/logs/moved-2.log`)
  pool.reopen()
  await append('a', '3')
  t.strictSame([read('moved'), read('moved-2'), read('a')], ['1\n', '2\n', '3\n'])
})

test('a log that a link leads out of the base folder is reported, and not opened', async t => {
  const endPause = holdPauses(t)
  const { dir, pool, append, troubles } = makeTree(t)
  symlinkSync('..', `${dir}/logs/leaves`)
  void append('leaves/b', 'x')
  await append('a', '1')
  t.match(troubles, [/^ELOOP: the link .*leaves leads out of .*logs$/])
  t.strictSame(readdirSync(dir), ['logs'])
  pool.abandon()
  endPause()
})

test('a log that can not be opened takes no place among the open files', async t => {
  const endPause = holdPauses(t)
  const { dir, append, read, pool } = makeTree(t, { maxOpenFiles: 1 })
  mkdirSync(`${dir}/logs/bad.log`)
  void append('bad', 'x')
  await append('good', '1')
  t.equal(read('good'), '1\n')
  rmdirSync(`${dir}/logs/bad.log`)
  endPause()
  await pool.close()
  t.equal(read('bad'), 'x\n')
})

test('a log that never runs dry gives others a turn', async t => {
  const { pool, toDestination, append, read } = makeTree(t, { maxOpenFiles: 1 })
  let isOver = false
  let lines = 0
  const goOn = (): void => {
    if (isOver) return
    lines++
    pool.append(toDestination('busy'), Buffer.from(`${lines}\n`), undefined, goOn)
    pool.flush()
  }
  goOn()
  await append('other', 'x')
  isOver = true
  await pool.close()
  t.equal(read('other'), 'x\n')
  t.equal(read('busy').split('\n').length - 1, lines)
})

for (const code of ['EMFILE', 'ENFILE']) {
  test(`where there is no descriptor left, ${code}, the file that was unused for longest is closed for another`, async t => {
    const { append, read, opened, pool, troubles } = makeTree(t)
    for (const name of ['a', 'b', 'c']) await append(name, '1')
    weakenOpen(t, [code, code])
    await append('d', '1')
    t.strictSame(
      pool.paths.map(path => path.slice(-5)),
      ['c.log', 'd.log']
    )
    await append('a', '2')
    t.strictSame(opened, ['a.log', 'b.log', 'c.log', 'd.log', 'a.log'])
    t.equal(read('a'), '1\n2\n')
    t.strictSame(troubles, [])
  })
}

test('where there is no descriptor left and no idle file, it is tried again later', async t => {
  const endPause = holdPauses(t)
  const { append, read, troubles } = makeTree(t, {
    onTrouble(_path, error) {
      troubles.push(error.message)
      endPause()
    }
  })
  weakenOpen(t, ['EMFILE'])
  await append('a', '1')
  t.strictSame(troubles, ['EMFILE'])
  t.equal(read('a'), '1\n')
})

test('logs that the disk refuses take no place among the open files', async t => {
  const endPause = holdPauses(t)
  const { append, read, pool, toDestination } = makeTree(t, { maxOpenFiles: 1 })
  weakenDisk(t, [{ refuses: 'EDQUOT' }, { refuses: 'EDQUOT' }])
  for (const name of ['full-1', 'full-2']) {
    pool.append(toDestination(name), Buffer.from('x\n'), undefined, () => undefined)
    pool.flush()
  }
  await append('good', '1')
  t.equal(read('good'), '1\n')
  endPause()
  await pool.close()
  t.strictSame([read('full-1'), read('full-2')], ['x\n', 'x\n'])
})
