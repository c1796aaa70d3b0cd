import { statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { findOrphans } from '../../../lib/transport/spool/orphans.ts'
import { LockFile } from '../../../lib/util/lock-file.ts'
import {
  adoptSpool,
  entryBytes,
  kill,
  leaveSpool,
  listFiles,
  makeBatch,
  makeSpool,
  startHolder,
  takeAll
} from '../../helpers/spool.ts'

test('what a process left is adopted with its sender, and gone when it is acknowledged', async t => {
  const dir = t.testdir()
  const { batches } = leaveSpool(t, dir, 5)
  const { spool, orphan, damages, troubles } = adoptSpool(t, dir)
  t.match(orphan, { id: 'a-sender', hello: { app: 'app of a-sender', pid: process.pid } })
  t.match(spool, { records: 50, end: 51, bytes: 5 * entryBytes })
  t.strictSame(takeAll(spool), batches)
  spool.release(50)
  t.strictSame(listFiles(dir), [])
  t.strictSame([damages, troubles], [[], []])
})

test('what a living process has is left alone, what a killed one had is adopted', async t => {
  const dir = t.testdir()
  const holder = await startHolder(t, { SPOOL: dir })
  for (const name of listFiles(dir)) utimesSync(join(dir, name), 0, 0)
  t.strictSame(findOrphans(dir), [])
  await kill(holder)
  const { spool, orphan } = adoptSpool(t, dir)
  t.equal(orphan.hello.pid, holder.child.pid)
  t.strictSame(
    takeAll(spool).map(({ payload }) => String(payload)),
    ['1\n', '2\n', '3\n']
  )
})

test('what is adopted is found by nobody else, until it is let go', async t => {
  const dir = t.testdir()
  const { batches } = leaveSpool(t, dir, 5)
  const { spool } = adoptSpool(t, dir)
  t.strictSame(findOrphans(dir), [])
  for (let taken = 0; taken < 3; taken++) spool.shift()
  spool.release(30)
  spool.close()
  t.strictSame(takeAll(adoptSpool(t, dir).spool), batches.slice(2), 'from whole segments')
})

test('several senders are found in one folder, each with its own', async t => {
  const dir = t.testdir()
  const ids = ['\0\0\0\0\0\0\0\0', 'a-sender', '\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8']
  for (const [at, id] of ids.entries()) {
    const { spool } = makeSpool(t, dir, id)
    spool.push(makeBatch(at + 1))
    spool.close()
  }
  t.strictSame(
    findOrphans(dir).map(({ id, hello, lock }) => {
      const { spool } = makeSpool(t, dir, id)
      spool.adopt(lock)
      return [id, hello.app, takeAll(spool)]
    }),
    ids.map((id, at) => [id, `app of ${id}`, [makeBatch(at + 1)]])
  )
})

test('a hello that can not be understood is skipped, and not kept locked', async t => {
  const dir = t.testdir({ '0123456789abcdef.hello': 'hello?', '0123.hello': '{}', 'a.seg': 'x' })
  t.strictSame(findOrphans(dir), [])
  t.strictSame(listFiles(dir), ['0123.hello', '0123456789abcdef.hello', 'a.seg'])
})

test('a hello that can not be read is skipped, and not kept locked; others are found', async t => {
  const dir = t.testdir({ '0123456789abcdef.hello': {} })
  leaveSpool(t, dir, 1)
  const orphans = findOrphans(dir)
  t.strictSame(
    orphans.map(({ id }) => id),
    ['a-sender']
  )
  for (const { lock } of orphans) lock.release()
  t.notOk(listFiles(dir).some(name => name.endsWith('.lock')))
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

test('a folder that is not there has no orphans; a file in its place throws', async t => {
  const dir = t.testdir({ file: 'x' })
  t.strictSame(findOrphans(join(dir, 'no')), [])
  t.throws(() => findOrphans(join(dir, 'file')), { code: 'ENOTDIR' })
})

test('a spool of which only the lock is left is empty', async t => {
  const dir = t.testdir()
  const lock = LockFile.acquire(join(dir, '612d73656e646572.lock'))
  const { spool } = makeSpool(t, dir)
  if (lock) spool.adopt(lock)
  t.match(spool, { first: undefined, records: 0, bytes: 0, end: 1 })
  spool.release(0)
  t.strictSame(listFiles(dir), [])
})
