import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { tryLock } from '../../helpers/lock.ts'
import {
  adoptSpool,
  entryBytes,
  leaveSpool,
  listFiles,
  makeBatch,
  makeSpool,
  searchOrphans,
  takeAll,
  testIdentity
} from '../../helpers/spool.ts'

test('what a process left is adopted with its sender, and gone when it is acknowledged', async t => {
  const dir = t.testdir()
  const { batches } = leaveSpool(t, dir, 5)
  const { spool, orphan, damages, troubles } = adoptSpool(t, dir)
  t.match(orphan, {
    identity: testIdentity,
    hello: { app: `app of ${testIdentity.senderId}`, pid: process.pid }
  })
  t.match(spool, { records: 50, end: 51, bytes: 5 * entryBytes })
  t.strictSame(takeAll(spool), batches)
  spool.release(50)
  t.strictSame(listFiles(dir), [])
  t.strictSame([damages, troubles], [[], []])
})

test('what is adopted is found by nobody else, until it is let go', async t => {
  const dir = t.testdir()
  const { batches } = leaveSpool(t, dir, 5)
  const { spool } = adoptSpool(t, dir)
  t.strictSame(searchOrphans(dir).orphans, [])
  for (let taken = 0; taken < 3; taken++) spool.shift()
  spool.release(30)
  spool.close()
  t.strictSame(takeAll(adoptSpool(t, dir).spool), batches.slice(2), 'from whole segments')
})

test('what is adopted is not appended to, but continued in a new segment', async t => {
  const dir = t.testdir()
  const { batches, segments } = leaveSpool(t, dir, 1)
  const { spool } = adoptSpool(t, dir)
  t.equal(spool.push(makeBatch(11)), true)
  t.equal(statSync(segments[0] ?? '').size, entryBytes)
  t.strictSame(takeAll(spool), [...batches, makeBatch(11)])
})

test('what is discarded is gone, with all its files', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 5)
  const { spool } = adoptSpool(t, dir)
  spool.discard()
  t.strictSame(listFiles(dir), [])
})

test('a spool of which only the lock is left is empty', async t => {
  const dir = t.testdir()
  const lock = tryLock(join(dir, '413f206e8c03e381.lock'))
  const { spool } = makeSpool(t, dir)
  if (lock) spool.adopt(lock)
  t.match(spool, { oldest: undefined, records: 0, bytes: 0, end: 1 })
  spool.release(0)
  t.strictSame(listFiles(dir), [])
})
