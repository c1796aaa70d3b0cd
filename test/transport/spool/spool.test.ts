import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { tryLock } from '../../helpers/lock.ts'
import { failOnce, weakenWrites } from '../../helpers/file-system.ts'
import {
  entryBytes,
  fillSpool,
  listFiles,
  makeBatch,
  makeSpool,
  maxBytes,
  takeAll
} from '../../helpers/spool.ts'

const hexId = '413f206e8c03e381'

function countSegments(dir: string): number {
  return listFiles(dir).filter(name => name.endsWith('.seg')).length
}

test('a spool that is not used leaves the disk alone', async t => {
  const dir = join(t.testdir(), 'spool')
  const { spool } = makeSpool(t, dir)
  t.match(spool, { oldest: undefined, records: 0, bytes: 0, end: 1 })
  t.equal(spool.dropOldest(), undefined)
  spool.shift()
  spool.release(5)
  spool.close()
  t.notOk(existsSync(dir))
})

test('batches come back in their order, byte by byte', async t => {
  const { spool, batches } = fillSpool(t, join(t.testdir(), 'a/b'), 7)
  t.match(spool, { records: 70, bytes: 7 * entryBytes, end: 71 })
  t.equal(spool.read(), spool.read(), 'the oldest is read once')
  t.strictSame(takeAll(spool), batches)
  t.match(spool, { records: 0, bytes: 7 * entryBytes, end: 71 })
})

test('the files are named after the sender and the first record', async t => {
  const dir = t.testdir()
  fillSpool(t, dir, 3)
  t.strictSame(listFiles(dir), [
    `${hexId}-0000000000000001.seg`,
    `${hexId}-0000000000000021.seg`,
    `${hexId}.hello`,
    `${hexId}.lock`
  ])
})

test('the lock is held while there are files', async t => {
  const dir = t.testdir()
  const { spool } = fillSpool(t, dir, 1)
  const path = join(dir, `${hexId}.lock`)
  t.equal(tryLock(path), undefined)
  spool.close()
  t.notOk(existsSync(path))
})

test('a segment is deleted when all its records are acknowledged, not before', async t => {
  const dir = t.testdir()
  const { spool } = fillSpool(t, dir, 6)
  takeAll(spool)
  const left = [0, 10, 19, 20, 35, 40, 59].map(seq => {
    spool.release(seq)
    return countSegments(dir)
  })
  t.strictSame(left, [3, 3, 3, 2, 2, 1, 1])
  t.equal(spool.bytes, 2 * entryBytes)
})

test('what waits is kept, whatever is acknowledged', async t => {
  const dir = t.testdir()
  const { spool, batches } = fillSpool(t, dir, 6)
  for (let taken = 0; taken < 3; taken++) spool.shift()
  spool.release(1000)
  t.equal(countSegments(dir), 2)
  t.strictSame(takeAll(spool), batches.slice(3))
})

test('when everything is acknowledged nothing is left on disk, and the spool can be used again', async t => {
  const dir = t.testdir()
  const { spool, batches } = fillSpool(t, dir, 5)
  for (let round = 0; round < 2; round++) {
    takeAll(spool)
    spool.release(50)
    t.strictSame(listFiles(dir), [])
    t.match(spool, { records: 0, bytes: 0 })
    for (const batch of batches) spool.push(batch)
    t.equal(listFiles(dir).length, 5)
  }
})

test('a full spool refuses until a segment is acknowledged', async t => {
  const { spool, troubles } = fillSpool(t, t.testdir(), 32)
  const next = makeBatch(321)
  t.equal(spool.push(next), false)
  t.match(spool, { records: 320, bytes: maxBytes, end: 321 })
  takeAll(spool)
  spool.release(20)
  t.equal(spool.push(next), true)
  t.strictSame(takeAll(spool), [next])
  t.strictSame(troubles, [])
})

test('dropping gives up the oldest segment, but not what was read from it, and frees the disk', async t => {
  const dir = t.testdir()
  const { spool, batches } = fillSpool(t, dir, 6)
  t.match(spool.oldest, { first: 1, count: 10 })
  t.strictSame(spool.read(), batches[0])
  spool.shift()
  t.strictSame(spool.dropOldest(), { first: 11, count: 10 })
  t.strictSame(spool.dropOldest(), { first: 21, count: 20 })
  t.match(spool, { records: 20, bytes: 2 * entryBytes })
  t.equal(countSegments(dir), 1)
  t.strictSame(takeAll(spool), batches.slice(4))
  t.equal(spool.dropOldest(), undefined)
})

test('what was read and is not acknowledged is not stored twice', async t => {
  const { spool, batches } = fillSpool(t, t.testdir(), 5)
  for (let taken = 0; taken < 3; taken++) spool.shift()
  t.ok(batches.slice(0, 3).every(batch => spool.push(batch)))
  t.match(spool, { records: 20, bytes: 5 * entryBytes })
})

test('a batch between two that are stored is stored, too', async t => {
  const { spool } = makeSpool(t, t.testdir())
  t.ok([1, 21, 11].every(first => spool.push(makeBatch(first))))
  t.match(spool, { records: 30, bytes: 3 * entryBytes })
})

test('a folder that can not be made is told, and refuses', async t => {
  const dir = join(t.testdir({ file: 'x' }), 'file')
  const { spool, troubles } = makeSpool(t, dir)
  t.equal(spool.push(makeBatch(1)), false)
  t.strictSame(troubles, ['EEXIST'])
  t.match(spool, { oldest: undefined, records: 0 })
  rmSync(dir)
  t.equal(spool.push(makeBatch(1)), true, 'later it can')
})

test('a full disk is told, and refuses only this batch', async t => {
  const { spool, batches, troubles } = fillSpool(t, t.testdir(), 1)
  weakenWrites(t, [10, 'ENOSPC'])
  const next = makeBatch(11)
  t.strictSame([spool.push(next), spool.push(next)], [false, true])
  t.strictSame(troubles, ['ENOSPC'])
  t.strictSame(takeAll(spool), [...batches, next])
})

test('a batch that the disk refused as the first of a segment can be pushed again', async t => {
  const dir = t.testdir()
  const { spool, troubles } = makeSpool(t, dir)
  weakenWrites(t, [10, 'ENOSPC'])
  const batch = makeBatch(1)
  t.equal(spool.push(batch), false)
  t.match(spool, { oldest: undefined, records: 0, bytes: 0, end: 1 })
  t.equal(spool.push(batch), true)
  t.match(spool, { records: 10, bytes: entryBytes, end: 11 })
  t.strictSame(takeAll(spool), [batch])
  t.strictSame(troubles, ['ENOSPC'])
})

test('a hello that the disk refuses is told, and leaves no lock; later it can be written', async t => {
  const dir = t.testdir()
  const { spool, troubles } = makeSpool(t, dir)
  failOnce(t, 'writeFileSync', 'ENOSPC', '.hello.new')
  t.equal(spool.push(makeBatch(1)), false)
  t.strictSame(troubles, ['ENOSPC'])
  t.strictSame(listFiles(dir), [])
  t.equal(spool.push(makeBatch(1)), true)
  t.equal(listFiles(dir).length, 3)
})

test('where another has the lock a batch is refused, and nothing is written', async t => {
  const dir = t.testdir()
  const lock = tryLock(join(dir, `${hexId}.lock`))
  const { spool, troubles } = makeSpool(t, dir)
  t.equal(spool.push(makeBatch(1)), false)
  t.equal(troubles.length, 1)
  t.strictSame(listFiles(dir), [`${hexId}.lock`])
  lock?.release()
  t.equal(spool.push(makeBatch(1)), true)
})
