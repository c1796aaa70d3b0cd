import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { SpoolFiles } from '../../../lib/transport/spool/spool-files.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { failOnce } from '../../helpers/file-system.ts'
import { tryLock } from '../../helpers/lock.ts'
import {
  entryBytes,
  leaveSpool,
  listFiles,
  makeBatches,
  maxBytes,
  testIdentity,
  toSpoolBase
} from '../../helpers/spool.ts'

/** The files of a spool, and what was told of them. */
function makeFiles(t: Test, dir: string = t.testdir()) {
  const troubles: string[] = []
  const files = new SpoolFiles({ dir, maxBytes }, testIdentity, {
    hello: createHello(),
    onTrouble: ({ message }) => troubles.push(message)
  })
  t.teardown(() => files.close())
  return { dir, files, troubles }
}

/** The same with this many batches of ten records, two in each segment. */
function fillFiles(t: Test, count: number) {
  const made = makeFiles(t)
  const batches = makeBatches(count)
  const locations = batches.map(batch => made.files.append(batch))
  return { ...made, batches, locations }
}

const countSegments = (dir: string): number =>
  listFiles(dir).filter(name => name.endsWith('.seg')).length

test('nothing is created before the first batch', async t => {
  const { dir, files } = makeFiles(t)
  t.strictSame([listFiles(dir), files.bytes, files.has(1)], [[], 0, false])
})

test('batches are appended, a new segment begins at a sixteenth of maxBytes, and all can be read', async t => {
  const { dir, files, batches, locations } = fillFiles(t, 5)
  t.equal(countSegments(dir), 3)
  t.equal(files.bytes, 5 * entryBytes)
  t.strictSame([files.has(1), files.has(50), files.has(51)], [true, true, false])
  t.strictSame(
    locations.map(location => location.segment.read(location)),
    batches
  )
})

test('a batch that does not follow the last one begins a segment', async t => {
  const { dir, files } = makeFiles(t)
  const [first, , third] = makeBatches(3)
  if (first && third) for (const batch of [first, third]) files.append(batch)
  t.equal(countSegments(dir), 2)
})

test('the oldest segments are released, and with the last one hello and lock', async t => {
  const { dir, files, locations } = fillFiles(t, 5)
  const last = locations.at(-1)?.segment
  files.release(segment => segment === last)
  t.strictSame([countSegments(dir), files.has(1), files.has(41)], [1, false, true])
  files.release(() => false)
  t.strictSame(listFiles(dir), [])
})

test('closed files stay, and whoever adopts them has all batches', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 3)
  const { files, troubles } = makeFiles(t, dir)
  const lock = tryLock(`${toSpoolBase(dir)}.lock`)
  if (!lock) throw new Error('no lock')
  const left = files.adopt(lock)
  t.strictSame(
    left.flatMap(({ locations }) => locations.map(({ first }) => first)),
    [1, 11, 21]
  )
  t.strictSame([files.bytes, files.hasLeftovers, troubles], [3 * entryBytes, false, []])
})

test('beside files that cannot be read the hello stays', async t => {
  const dir = t.testdir()
  leaveSpool(t, dir, 1)
  const odd = `${toSpoolBase(dir)}-9999999999999999.seg`
  writeFileSync(odd, 'x')
  const { files, troubles } = makeFiles(t, dir)
  const lock = tryLock(`${toSpoolBase(dir)}.lock`)
  if (!lock) throw new Error('no lock')
  files.adopt(lock)
  t.ok(files.hasLeftovers)
  t.match(troubles, [/is left where it is: .+; delete it if it is no longer needed$/])
  files.release(() => false)
  t.strictSame(
    listFiles(dir).map(name => join(dir, name)),
    [odd, `${toSpoolBase(dir)}.hello`]
  )
})

test('a full disk is an error, and leaves no empty segment', async t => {
  const { dir, files } = makeFiles(t)
  const [first, , third] = makeBatches(3)
  if (!first || !third) throw new Error('no batches')
  files.append(first)
  failOnce(t, 'writeSync', 'ENOSPC')
  t.throws(() => files.append(third), { code: 'ENOSPC' })
  t.strictSame([countSegments(dir), files.has(21)], [1, false])
  files.append(third)
  t.strictSame([countSegments(dir), files.has(21)], [2, true])
})

test('files that somebody deletes are written again, and the owner is told what to do', async t => {
  const { dir, files, troubles } = fillFiles(t, 3)
  rmSync(dir, { recursive: true })
  t.notOk(files.has(1))
  t.equal(files.restore().size, 0)
  t.ok(files.has(1))
  t.equal(countSegments(dir), 2)
  t.strictSame(troubles, [
    `somebody has deleted files of the spool in ${dir}; their records are not delivered yet, so they are written again: keep other programs out of this folder`
  ])
})

test('a segment that cannot be deleted is told, and deleted when all are delivered', async t => {
  const { dir, files, troubles } = fillFiles(t, 3)
  failOnce(t, 'unlinkSync', 'EPERM')
  files.release(() => false)
  t.strictSame([listFiles(dir), troubles.length], [[], 1])
})
