/** A spool whose lock another process has taken, as this one stood still for too long. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { test, type Test } from 'tap'
import type { LockFile } from '../../../lib/util/lock-file.ts'
import { tryLock } from '../../helpers/lock.ts'
import { fillSpool, listFiles, makeBatch, makeSpool, takeAll } from '../../helpers/spool.ts'

const hexId = '413f206e8c03e381'

/** A spool with five batches in three segments, and its heir, which takes it over with `takeOver`. */
function fillTaken(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const dir = t.testdir()
  const made = fillSpool(t, dir, 5)
  const heir = makeSpool(t, dir).spool
  const takeOver = (): void => {
    const path = join(dir, `${hexId}.lock`)
    rmSync(path)
    heir.adopt(tryLock(path) as LockFile)
  }
  return { ...made, dir, heir, takeOver, beat: () => mock.timers.tick(5000) }
}

test('what another process has taken over is told, still read, and deleted by the other only', async t => {
  const { spool, batches, troubles, dir, heir, takeOver, beat } = fillTaken(t)
  takeOver()
  beat()
  beat()
  t.equal(troubles.length, 1)
  const before = listFiles(dir)
  t.strictSame(takeAll(spool), batches)
  spool.release(50)
  t.strictSame(spool.secure(), [])
  spool.close()
  t.strictSame(listFiles(dir), before)
  t.strictSame(takeAll(heir), batches)
  heir.release(50)
  t.strictSame(listFiles(dir), [])
})

test('while another process has the lock, batches stay in memory, and nothing of it is dropped', async t => {
  const { spool, dir, takeOver, beat } = fillTaken(t)
  takeOver()
  beat()
  t.equal(spool.push(makeBatch(51)), false)
  t.equal(spool.dropOldest(), undefined)
  t.equal(spool.records, 50)
  t.ok(listFiles(dir).every(name => !name.includes('0051')))
})

test('what was read and is not acknowledged counts as stored: the other process has it', async t => {
  const { spool, batches, takeOver, beat } = fillTaken(t)
  spool.shift()
  takeOver()
  beat()
  t.equal(spool.push(batches[0] ?? makeBatch(1)), true)
})

test('when the other process is done, the spool is used again, for what is new', async t => {
  const { spool, batches, dir, heir, takeOver, beat } = fillTaken(t)
  takeOver()
  beat()
  takeAll(heir)
  heir.release(50)
  t.equal(spool.push(makeBatch(51)), true)
  t.strictSame(takeAll(spool), [...batches, makeBatch(51)])
  spool.release(50)
  t.strictSame(listFiles(dir), [`${hexId}-0000000000000051.seg`, `${hexId}.hello`, `${hexId}.lock`])
  spool.release(60)
  t.strictSame(listFiles(dir), [])
})

test('a loss is found before the files are touched, also where no heartbeat came since', async t => {
  const { spool, troubles, dir, takeOver } = fillTaken(t)
  const now = performance.now()
  takeOver()
  t.intercept(performance, 'now', { value: () => now + 60_000 })
  takeAll(spool)
  const before = listFiles(dir)
  spool.release(50)
  t.strictSame(listFiles(dir), before)
  t.equal(troubles.length, 1)
})
