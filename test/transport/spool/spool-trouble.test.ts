/** A spool whose files are deleted or changed by others, or that the file system refuses to touch. */
import { appendFileSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { test, type Test } from 'tap'
import { failAlways, failOnce, meanwhile, weakenWrites } from '../../helpers/file-system.ts'
import {
  adoptSpool,
  entryBytes,
  fillSpool,
  leaveSpool,
  listFiles,
  makeBatch,
  makeBatches,
  takeAll
} from '../../helpers/spool.ts'

const hexId = '413f206e8c03e381'

/** A spool with batches on disk, whose next check is made by `check`. */
function fillChecked(t: Test, dir: string, count: number) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  return { ...fillSpool(t, dir, count), check: () => mock.timers.tick(10_000) }
}

const refusals = ['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EIO']

for (const code of refusals) {
  test(`a segment that can not be deleted (${code}) is told and emptied, and deleted later`, async t => {
    const dir = t.testdir()
    const { spool, troubles, check } = fillChecked(t, dir, 6)
    takeAll(spool)
    const putBack = failAlways(t, 'unlinkSync', code, '.seg')
    spool.release(20)
    t.strictSame(troubles, [code])
    t.equal(statSync(join(dir, `${hexId}-0000000000000001.seg`)).size, 0)
    t.equal(spool.push(makeBatch(61)), true)
    t.strictSame(takeAll(spool), [makeBatch(61)])
    putBack()
    spool.release(70)
    t.strictSame(listFiles(dir), [])
    check()
    t.strictSame(troubles, [code])
  })
}

test('where nothing can be deleted, hello and lock stay with what is left, and all goes later', async t => {
  const dir = t.testdir()
  const { spool, troubles, check } = fillChecked(t, dir, 4)
  takeAll(spool)
  const putBack = [failAlways(t, 'unlinkSync', 'EACCES'), failAlways(t, 'rmSync', 'EACCES')]
  spool.release(40)
  spool.release(40)
  t.equal(troubles.length, 4, 'two segments, tried twice')
  t.equal(listFiles(dir).length, 4)
  for (const act of putBack) act()
  check()
  t.strictSame(listFiles(dir), [])
  t.equal(spool.push(makeBatch(41)), true)
})

test('what could not be deleted at all is not sent again by a later process', async t => {
  const dir = t.testdir()
  const { spool } = fillSpool(t, dir, 4)
  takeAll(spool)
  const calls = ['unlinkSync', 'rmSync'] as const
  const putBack = calls.map(call => failAlways(t, call, 'EACCES', '.seg'))
  spool.release(40)
  spool.close()
  for (const act of putBack) act()
  const { spool: next, damages } = adoptSpool(t, dir)
  t.equal(next.records, 0)
  t.strictSame(damages, [{ first: 1, count: 20 }], 'collectors have these: they ignore it')
  next.discard()
  t.strictSame(listFiles(dir), [])
})

test('a segment that is full and can not be deleted is given up, and told', async t => {
  const dir = t.testdir()
  const { spool, troubles } = fillSpool(t, dir, 6)
  failOnce(t, 'unlinkSync', 'EACCES', '.seg')
  t.strictSame(spool.dropOldest(), { first: 1, count: 20 })
  t.strictSame(troubles, ['EACCES'])
  t.strictSame(takeAll(spool), makeBatches(6).slice(2))
})

const deletions: [what: string, act: (dir: string) => void][] = [
  ['a segment', dir => rmSync(join(dir, `${hexId}-0000000000000021.seg`))],
  ['the newest segment', dir => rmSync(join(dir, `${hexId}-0000000000000041.seg`))],
  ['the hello', dir => rmSync(join(dir, `${hexId}.hello`))],
  ['everything', dir => listFiles(dir).forEach(name => rmSync(join(dir, name)))],
  ['the folder', dir => rmSync(dir, { recursive: true })]
]

for (const [what, act] of deletions) {
  test(`where somebody deletes ${what}, it is written again within 10 s, and told`, async t => {
    const dir = join(t.testdir(), 'spool')
    const { spool, batches, troubles, check } = fillChecked(t, dir, 5)
    const files = (): string[] => listFiles(dir).filter(name => !name.endsWith('.lock'))
    const before = files()
    act(dir)
    check()
    t.strictSame(files(), before)
    t.strictSame(troubles, [undefined], 'with a message of its own')
    check()
    t.equal(troubles.length, 1)
    spool.close()
    t.strictSame(takeAll(adoptSpool(t, dir).spool), batches)
  })

  test(`where somebody deletes ${what}, the next batches are stored all the same, and those before`, async t => {
    const dir = join(t.testdir(), 'spool')
    const { spool, batches } = fillSpool(t, dir, 5)
    act(dir)
    const next = [makeBatch(51), makeBatch(61)]
    t.ok(next.every(batch => spool.push(batch)))
    t.strictSame(spool.secure(), [])
    spool.close()
    t.strictSame(takeAll(adoptSpool(t, dir).spool), [...batches, ...next])
  })

  test(`where somebody deletes ${what}, what is delivered is neither missed nor written again`, async t => {
    const dir = join(t.testdir(), 'spool')
    const { spool, batches, check } = fillChecked(t, dir, 5)
    act(dir)
    t.strictSame(takeAll(spool), batches)
    spool.release(50)
    check()
    mkdirSync(dir, { recursive: true })
    t.notOk(listFiles(dir).some(name => !name.endsWith('.lock')))
  })
}

test('what is deleted and can not be written again is lost, and known', async t => {
  const dir = t.testdir()
  const { spool, batches, troubles } = fillSpool(t, dir, 6)
  spool.shift()
  rmSync(join(dir, `${hexId}-0000000000000001.seg`))
  rmSync(join(dir, `${hexId}-0000000000000041.seg`))
  const putBack = failAlways(t, 'openSync', 'EACCES', '.seg')
  t.strictSame(
    spool.secure().map(({ first, count }) => [first, count]),
    [
      [11, 10],
      [41, 10],
      [51, 10]
    ]
  )
  t.ok(troubles.includes('EACCES'))
  t.equal(spool.records, 20)
  putBack()
  t.strictSame(takeAll(spool), batches.slice(2, 4))
})

test('a file that could not be written again leaves nothing half', async t => {
  const dir = t.testdir()
  const { spool, batches, troubles, check } = fillChecked(t, dir, 2)
  const path = join(dir, `${hexId}-0000000000000001.seg`)
  rmSync(path)
  weakenWrites(t, [10, 'ENOSPC'])
  check()
  t.strictSame(troubles, ['ENOSPC', undefined])
  t.notOk(listFiles(dir).some(name => name.endsWith('.seg')))
  check()
  t.strictSame(takeAll(spool), batches)
  t.equal(statSync(path).size, 2 * entryBytes)
})

test('a segment that somebody has replaced by a copy is deleted like the original', async t => {
  const dir = t.testdir()
  const { spool, batches, troubles } = fillSpool(t, dir, 2)
  const path = join(dir, `${hexId}-0000000000000001.seg`)
  rmSync(path)
  writeFileSync(path, Buffer.alloc(2 * entryBytes))
  t.strictSame(spool.secure(), [])
  t.strictSame(takeAll(spool), batches)
  spool.release(20)
  t.strictSame(listFiles(dir), [])
  t.strictSame(troubles, [])
})

const changes: [what: string, act: (path: string) => void, found: number[]][] = [
  ['appended to', path => appendFileSync(path, 'x'), [0, 1]],
  ['cut off', path => truncateSync(path, entryBytes + 10), [0, 1]]
]

for (const [what, act] of changes) {
  test(`a segment that somebody has ${what} is not written to`, async t => {
    const dir = t.testdir()
    const { spool } = fillSpool(t, dir, 1)
    act(join(dir, `${hexId}-0000000000000001.seg`))
    t.equal(spool.push(makeBatch(11)), true)
    t.ok(listFiles(dir).includes(`${hexId}-0000000000000011.seg`))
  })
}

test('a write that fails and can not be cut off spoils no later one', async t => {
  const dir = t.testdir()
  const { spool, batches } = fillSpool(t, dir, 1)
  weakenWrites(t, [10, 'EIO'])
  failOnce(t, 'ftruncateSync', 'EIO')
  const next = makeBatch(11)
  t.strictSame([spool.push(next), spool.push(next)], [false, true])
  spool.close()
  const { spool: adopted, damages } = adoptSpool(t, dir)
  t.strictSame(takeAll(adopted), [...batches, next])
  t.strictSame(damages, [])
})

test('a batch that can not be read is told, and counted as damaged', async t => {
  const { spool, batches, troubles, damages } = fillSpool(t, t.testdir(), 3)
  failOnce(t, 'readSync', 'EIO')
  t.strictSame(takeAll(spool), batches.slice(1))
  t.strictSame(troubles, ['EIO'])
  t.strictSame(damages, [{ first: 1, count: 10 }])
})

test('a file that can not be closed is told, and the lock is released', async t => {
  const dir = t.testdir()
  const { spool, batches, troubles } = fillSpool(t, dir, 3)
  failOnce(t, 'closeSync', 'EIO')
  spool.close()
  t.strictSame(troubles, ['EIO'])
  t.strictSame(takeAll(adoptSpool(t, dir).spool), batches)
})

test('while the disk refuses for another reason than want of room, the spool gives up nothing', async t => {
  const dir = t.testdir()
  const { spool, troubles } = fillSpool(t, dir, 4)
  const putBack = failAlways(t, 'openSync', 'EACCES', '.seg')
  t.equal(spool.push(makeBatch(41)), false)
  t.ok(spool.isBroken)
  t.equal(spool.dropOldest(), undefined)
  t.equal(spool.records, 40)
  putBack()
  t.equal(spool.push(makeBatch(41)), true)
  t.notOk(spool.isBroken)
  failOnce(t, 'openSync', 'ENOSPC', '.seg')
  t.equal(spool.push(makeBatch(61)), false)
  t.strictSame(spool.dropOldest(), { first: 1, count: 20 }, 'that makes room')
  t.strictSame(troubles, ['EACCES', 'ENOSPC'])
})

test('a hello that can not be written again is told, and the segments stay', async t => {
  const dir = t.testdir()
  const { batches, troubles, spool, check } = fillChecked(t, dir, 2)
  rmSync(join(dir, `${hexId}.hello`))
  failOnce(t, 'writeFileSync', 'EIO', '.hello.new')
  check()
  t.strictSame(troubles, ['EIO'])
  check()
  t.ok(listFiles(dir).includes(`${hexId}.hello`))
  t.strictSame(takeAll(spool), batches)
})

test('an adopted segment that is deleted is written again, too', async t => {
  const dir = t.testdir()
  const { batches, segments } = leaveSpool(t, dir, 4)
  const { spool } = adoptSpool(t, dir)
  for (const path of segments) rmSync(path)
  t.strictSame(spool.secure(), [])
  spool.close()
  t.strictSame(takeAll(adoptSpool(t, dir).spool), batches)
})

const steps = [
  ['openSync', '-0000000000000001.seg'],
  ['writeFileSync', '.hello.new'],
  ['renameSync', '.hello.new'],
  ['openSync', '-0000000000000061.seg']
] as const

for (const [call, suffix] of steps) {
  test(`somebody deletes the folder right before ${call} of ${suffix}: the batch is taken all the same`, async t => {
    const dir = join(t.testdir(), 'spool')
    const { spool } = fillSpool(t, dir, 6)
    const removeFolder = (): void => rmSync(dir, { recursive: true })
    removeFolder()
    let isDeletedAgain = false
    meanwhile(t, call, join(dir, `${hexId}${suffix}`), () => {
      isDeletedAgain = true
      removeFolder()
    })
    t.equal(spool.push(makeBatch(61)), true)
    t.equal(isDeletedAgain, true)
    t.strictSame(spool.secure(), [])
    t.strictSame(takeAll(spool), makeBatches(7))
  })
}
