/** Which file is written: by size, after a restart, and when somebody else moves it. */
import { readdirSync, readFileSync, renameSync, unlinkSync } from 'node:fs'
import { test } from 'tap'
import { appendLine, makeLog, openLog } from '../../helpers/rotating-log.ts'

/** The files in a folder, by name. */
function readAll(dir: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir).map(name => [name, readFileSync(`${dir}/${name}`, 'utf8')])
  )
}

test('a file that would become too large is followed by another of its period', async t => {
  const { dir, goTo, options } = makeLog(t)
  const log = await openLog({ ...options, maxBytes: 10 })
  for (const line of ['1234', '5678', '9', 'longer than it may be', 'x'])
    await appendLine(log, line)
  goTo(15)
  await appendLine(log, 'y')
  await log.close()
  t.strictSame(readAll(dir), {
    '2026-11-23T14.log': '1234\n5678\n',
    '2026-11-23T14.1.log': '9\n',
    '2026-11-23T14.2.log': 'longer than it may be\n',
    '2026-11-23T14.3.log': 'x\n',
    '2026-11-23T15.log': 'y\n'
  })
})

test('a file is larger than it may be only where one batch is, however many wait', async t => {
  const { dir, options } = makeLog(t)
  const log = await openLog({ ...options, maxBytes: 10 })
  await Promise.all(
    ['1234', '5678', '9', 'longer than it may be', 'x', 'y'].map(line => appendLine(log, line))
  )
  await log.close()
  t.strictSame(Object.values(readAll(dir)).toSorted(), [
    '1234\n5678\n',
    '9\n',
    'longer than it may be\n',
    'x\ny\n'
  ])
})

test('a log goes on in the last file of its period, or in another where that is full', async t => {
  const { dir, goTo, options } = makeLog(t, {
    '2026-11-23T14.log': 'full of lines\n',
    '2026-11-23T14.1.log': 'a\n',
    '2026-11-23T15.log': 'full of lines\n'
  })
  const log = await openLog({ ...options, maxBytes: 10 })
  await appendLine(log, 'b')
  goTo(15)
  await appendLine(log, 'c')
  await log.close()
  t.match(readAll(dir), { '2026-11-23T14.1.log': 'a\nb\n', '2026-11-23T15.1.log': 'c\n' })
})

test('a file that is compressed, or is being so, is not written to again', async t => {
  const { dir, goTo, options } = makeLog(t, {
    '2026-11-23T14.log': 'before\n',
    '2026-11-23T15.2.log.gz': 'compressed'
  })
  const sealed = new Set<string>()
  const log = await openLog({ ...options, isSealed: path => sealed.has(path) })
  for (const [hour, line] of [
    [14, 'a'],
    [15, 'b'],
    [14, 'c']
  ] as const) {
    goTo(hour)
    await appendLine(log, line)
    sealed.add(`${dir}/2026-11-23T${hour}.log`)
  }
  await log.close()
  t.strictSame(readAll(dir), {
    '2026-11-23T14.log': 'before\na\n',
    '2026-11-23T14.1.log': 'c\n',
    '2026-11-23T15.2.log.gz': 'compressed',
    '2026-11-23T15.3.log': 'b\n'
  })
})

test('a file that is moved away is begun anew on demand', async t => {
  const { dir, options } = makeLog(t)
  const log = await openLog(options)
  await appendLine(log, 'a')
  renameSync(`${dir}/2026-11-23T14.log`, `${dir}/moved`)
  await appendLine(log, 'b')
  log.reopen()
  await appendLine(log, 'c')
  log.reopen()
  await appendLine(log, 'd')
  await log.close()
  t.strictSame(readAll(dir), { moved: 'a\nb\n', '2026-11-23T14.log': 'c\nd\n' })
})

test('a file that somebody has moved or deleted is noticed', async t => {
  const { dir, options } = makeLog(t)
  const log = await openLog(options)
  await appendLine(log, 'a')
  log.reopenIfMoved()
  renameSync(`${dir}/2026-11-23T14.log`, `${dir}/moved`)
  log.reopenIfMoved()
  await appendLine(log, 'b')
  unlinkSync(`${dir}/2026-11-23T14.log`)
  log.reopenIfMoved()
  await appendLine(log, 'c')
  await log.close()
  log.reopenIfMoved()
  t.strictSame(readAll(dir), { moved: 'a\n', '2026-11-23T14.log': 'c\n' })
})

test('a file is reopened at once where nothing is to be written', async t => {
  const { dir, opened, options } = makeLog(t)
  const log = await openLog(options)
  renameSync(`${dir}/2026-11-23T14.log`, `${dir}/moved`)
  log.reopen()
  await log.close()
  t.equal(opened.length, 2)
  t.strictSame(readAll(dir), { moved: '', '2026-11-23T14.log': '' })
})
