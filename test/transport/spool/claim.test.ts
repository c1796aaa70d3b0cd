import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { Claim } from '../../../lib/transport/spool/claim.ts'
import { LockFile } from '../../../lib/util/lock-file.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { toHexId } from '../../../lib/wire/id.ts'
import { failAlways, failOnce } from '../../helpers/file-system.ts'
import { listFiles, testIdentity } from '../../helpers/spool.ts'

const hello = { ...createHello(), app: 'shop' }
const hexId = toHexId(testIdentity.spoolId)
const [helloName, lockName] = [`${hexId}.hello`, `${hexId}.lock`]

/** A claim in a folder that doesn't exist yet, and how often it was lost. */
function makeClaim(t: Test, dir = join(t.testdir(), 'spool')) {
  let losses = 0
  const claim = new Claim(dir, testIdentity, () => losses++)
  t.teardown(() => claim.release())
  return { dir, claim, losses: () => losses }
}

test('a claim creates folder, hello and lock, and drops both files', async t => {
  const { dir, claim } = makeClaim(t)
  t.notOk(claim.isHeld)
  claim.take(hello)
  t.ok(claim.isHeld)
  t.strictSame(listFiles(dir), [helloName, lockName])
  claim.drop()
  t.notOk(claim.isHeld)
  t.strictSame(listFiles(dir), [])
})

test('a claim that is released leaves the hello to a later process, which may take it', async t => {
  const { dir, claim } = makeClaim(t)
  claim.take(hello)
  claim.release()
  t.strictSame([claim.isHeld, listFiles(dir)], [false, [helloName]])
  const { claim: later } = makeClaim(t, dir)
  later.take(hello)
  t.ok(later.isHeld)
})

test('files of another process are not taken, and the error says whose they are', async t => {
  const { dir, claim } = makeClaim(t)
  claim.take(hello)
  const { claim: other } = makeClaim(t, dir)
  t.throws(() => other.take(hello), {
    message: new RegExp(
      `^another process holds .*${lockName}: process ${process.pid} on host .+, last active \\d+ s ago$`
    )
  })
  t.notOk(other.isHeld)
  other.release()
  t.strictSame(listFiles(dir), [helloName, lockName], "the holder's files stay")
})

test('where the hello cannot be written the lock is released again', async t => {
  const { dir, claim } = makeClaim(t)
  failOnce(t, 'renameSync', 'EIO')
  t.throws(() => claim.take(hello), { code: 'EIO' })
  t.notOk(claim.isHeld)
  t.strictSame(listFiles(dir), [])
  claim.take(hello)
  t.ok(claim.isHeld, 'it can be taken later')
})

test('a hello that somebody has deleted is written again, with its folder', async t => {
  const { dir, claim } = makeClaim(t)
  claim.take(hello)
  t.notOk(claim.restore(hello), 'nothing was missing')
  rmSync(dir, { recursive: true })
  t.ok(claim.restore(hello))
  t.strictSame(listFiles(dir), [helloName])
  rmSync(join(dir, helloName))
  claim.take(hello)
  t.strictSame(listFiles(dir), [helloName], 'who takes it again restores it, too')
})

test('a hello that cannot be deleted stays with its lock', async t => {
  const { dir, claim } = makeClaim(t)
  claim.take(hello)
  const putBack = failAlways(t, 'rmSync', 'EPERM', '.hello')
  t.throws(() => claim.drop(), { code: 'EPERM' })
  t.ok(claim.isHeld)
  t.strictSame(listFiles(dir), [helloName, lockName])
  putBack()
  claim.drop()
  t.strictSame(listFiles(dir), [])
})

test('the lock of a dead process can be adopted, and whoever takes it from us is noticed once', async t => {
  const dir = t.testdir()
  const path = join(dir, lockName)
  const lock = LockFile.acquire(path) as LockFile
  const { claim, losses } = makeClaim(t, dir)
  claim.adopt(lock)
  t.ok(claim.isHeld)
  writeFileSync(path, JSON.stringify({ pid: 1, host: 'another', token: 'x' }))
  lock.renew()
  t.strictSame([claim.isHeld, losses()], [false, 1])
  claim.confirm()
  claim.release()
  t.equal(losses(), 1)
  t.strictSame(listFiles(dir), [lockName], 'the lock of the other one is left alone')
})

test('a claim that is not held has nothing to confirm, drop or release', async t => {
  const { claim, losses } = makeClaim(t, t.testdir())
  claim.confirm()
  claim.drop()
  claim.release()
  t.strictSame([claim.isHeld, losses()], [false, 0])
})
