import { renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { holdPauses } from '../../helpers/pauses.ts'
import { appendLine, makeLog, noJournal, openLog } from '../../helpers/rotating-log.ts'
import { latch } from '../../helpers/wait.ts'
import { weakenDisk, weakenSync } from '../../helpers/weak-disk.ts'

test('a first file that can not be opened is refused, with the cause and what to do', async t => {
  const { options } = makeLog(t, { '2026-11-23T14.log': {} })
  await t.rejects(openLog(options), {
    code: 'ERR_ZMQ_PUB_FILE',
    message:
      /^ERR_ZMQ_PUB_FILE: cannot write .*T14\.log: EISDIR.*; make it writable, or choose another path \(--file, or the file of an output\)$/,
    cause: { code: 'EISDIR' }
  })
})

test('a later file that can not be opened is tried again until it can', async t => {
  const endPause = holdPauses(t)
  const { dir, goTo, troubles, options, read } = makeLog(t, { '2026-11-23T15.log': {} })
  const log = await openLog({
    ...options,
    onTrouble(path, error) {
      options.onTrouble(path, error)
      rmdirSync(`${dir}/2026-11-23T15.log`)
      endPause()
    }
  })
  goTo(15)
  await appendLine(log, 'one')
  await log.close()
  t.match(troubles, [/^2026-11-23T15\.log: EISDIR/])
  t.equal(troubles.length, 1)
  t.strictSame(read(15), ['one'])
})

test(
  'trouble ends when the file can be looked at again, though nothing is written',
  { skip: process.platform === 'win32' && 'a folder with an open file cannot be renamed' },
  async t => {
    const { dir, recoveries, options } = makeLog(t)
    const log = await openLog(options)
    renameSync(dir, `${dir}-away`)
    writeFileSync(dir, 'not a folder')
    log.reopenIfMoved()
    log.reopenIfMoved()
    t.match(log.trouble, { code: 'ENOTDIR' })
    t.strictSame(recoveries, [])
    rmSync(dir)
    renameSync(`${dir}-away`, dir)
    log.reopenIfMoved()
    t.equal(log.trouble, undefined)
    t.strictSame(recoveries, ['2026-11-23T14.log: 0 bytes, true'])
    await log.close()
  }
)

test('a write that the disk refuses is told and made up for', async t => {
  const endPause = holdPauses(t)
  const { troubles, options, read } = makeLog(t)
  const log = await openLog({
    ...options,
    onTrouble(path, error) {
      options.onTrouble(path, error)
      endPause()
    }
  })
  weakenDisk(t, [{ refuses: 'ENOSPC' }])
  await appendLine(log, 'one')
  await log.close()
  t.strictSame(troubles, ['2026-11-23T14.log: ENOSPC'])
  t.strictSame(read(14), ['one'])
})

test('the end of trouble is told once: with which path it began, for how long, and what waited', async t => {
  const endPause = holdPauses(t)
  const { dir, goTo, troubles, recoveries, options } = makeLog(t, { '2026-11-23T15.log': {} })
  let tries = 0
  const log = await openLog({
    ...options,
    onTrouble(path, error) {
      options.onTrouble(path, error)
      if (++tries === 2) rmdirSync(`${dir}/2026-11-23T15.log`)
      endPause()
    }
  })
  await appendLine(log, 'zero')
  goTo(15)
  const one = appendLine(log, 'one')
  log.append(Buffer.from('three\n'), undefined)
  log.flush()
  await one
  await appendLine(log, 'four')
  t.equal(troubles.length, 2)
  t.strictSame(recoveries, ['2026-11-23T15.log: 10 bytes, true'])
  await log.close()
})

test('a file that can not be synced when it is closed is told of', async t => {
  const { troubles, options } = makeLog(t)
  const log = await openLog(options)
  await appendLine(log, 'one')
  weakenSync(t, ['EIO'])
  await log.close()
  t.strictSame(troubles, ['2026-11-23T14.log is not synced: EIO'])
})

test('a write that can not be announced waits until it can', async t => {
  const endPause = holdPauses(t)
  const { troubles, options, read } = makeLog(t)
  let refusals = 2
  const log = await openLog({
    ...options,
    journal: {
      ...noJournal,
      before() {
        if (refusals-- > 0) throw new Error('journal full')
      }
    },
    onTrouble(path, error) {
      t.strictSame(read(14), [])
      options.onTrouble(path, error)
      endPause()
    }
  })
  await appendLine(log, 'one')
  await log.close()
  t.strictSame(troubles, Array(2).fill('2026-11-23T14.log: journal full'))
  t.strictSame(read(14), ['one'])
})

test('a log that is abandoned gives up what it has not written', async t => {
  const { options, read } = makeLog(t)
  const log = await openLog(options)
  const { promise, open } = latch()
  const large = 'x'.repeat(2 ** 20)
  void appendLine(log, large)
    .then(() => log.abandon())
    .then(open)
  log.append(Buffer.from(`${large}\n`), undefined, () => t.fail('it is not written'))
  log.flush()
  await promise
  await setImmediate()
  t.strictSame(read(14), [large])
})

test('a log that is abandoned no longer tries to announce', async t => {
  const endPause = holdPauses(t)
  const { options, read } = makeLog(t)
  const trouble = latch()
  const log = await openLog({
    ...options,
    journal: {
      ...noJournal,
      before() {
        throw new Error('journal full')
      }
    },
    onTrouble: () => trouble.open()
  })
  log.append(Buffer.from('one\n'), undefined, () => t.fail('it is not written'))
  log.flush()
  await trouble.promise
  log.abandon()
  endPause()
  await setImmediate()
  t.strictSame(read(14), [])
})

test('a log that is abandoned no longer waits for its file', async t => {
  const endPause = holdPauses(t)
  const { goTo, options } = makeLog(t, { '2026-11-23T15.log': {} })
  const trouble = latch()
  const log = await openLog({ ...options, onTrouble: () => trouble.open() })
  goTo(15)
  log.append(Buffer.from('one\n'), undefined)
  log.flush()
  await trouble.promise
  log.abandon()
  endPause()
  await log.close()
  t.equal(log.path, undefined)
})

test('a log that is abandoned no longer tries what the disk has refused', async t => {
  const endPause = holdPauses(t)
  const { options, read } = makeLog(t)
  const trouble = latch()
  const log = await openLog({ ...options, onTrouble: () => trouble.open() })
  const countTries = weakenDisk(t, [{ refuses: 'ENOSPC' }])
  log.append(Buffer.from('one\n'), undefined, () => t.fail('it is not written'))
  log.flush()
  await trouble.promise
  log.abandon()
  endPause()
  await setImmediate()
  t.equal(countTries(), 1)
  t.strictSame(read(14), [])
})
