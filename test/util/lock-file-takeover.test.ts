import { readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { test, type Test } from 'tap'
import type { LockFile } from '../../lib/util/lock-file.ts'
import { identifySelf } from '../../lib/util/process-identity.ts'
import { tryLock } from '../helpers/lock.ts'
import { failAlways, failOnce, meanwhile, toError } from '../helpers/file-system.ts'
import { kill, startHolder } from '../helpers/spool.ts'

/** Ten million seconds after the epoch. Unit: ms */
const now = 10_000_000_000

/** A lock that another left, last touched before so many seconds. */
function leaveLock(t: Test, text: string, ageS = 0): string {
  t.intercept(Date, 'now', { value: () => now })
  const path = `${t.testdir({ lock: text })}/lock`
  const touched = new Date(now - ageS * 1000)
  utimesSync(path, touched, touched)
  return path
}

/** What a lock of this process says. */
function readOwnLock(t: Test): Record<string, unknown> {
  const path = `${t.testdir()}/own`
  const lock = tryLock(path)
  const text = readFileSync(path, 'utf8')
  lock?.release()
  return JSON.parse(text)
}

const dead = JSON.stringify({ ...identifySelf(), pid: 2 ** 30 })
const elsewhere = JSON.stringify({ pid: process.pid, host: `not ${hostname()}`, start: '' })

const refuse = (): void => {
  throw toError('EACCES')
}

test('the lock of another process is never taken while it lives, and at once when it is killed', async t => {
  const path = `${t.testdir()}/lock`
  const holder = await startHolder(t, { LOCK: path })
  utimesSync(path, 0, 0)
  t.equal(tryLock(path), undefined)
  const held = JSON.parse(readFileSync(path, 'utf8'))
  t.equal(held.pid, holder.child.pid)
  await kill(holder)
  const lock = tryLock(path)
  t.ok(lock)
  const own = JSON.parse(readFileSync(path, 'utf8'))
  t.equal(own.pid, process.pid)
  if (process.platform === 'linux') t.not(own.start, held.start)
  lock?.release()
})

test('a lock that is half written is taken over when it has expired, not before', async t => {
  const path = leaveLock(t, dead.slice(0, 10), 39)
  t.equal(tryLock(path), undefined)
  utimesSync(path, 0, 0)
  const lock = tryLock(path)
  t.equal(JSON.parse(readFileSync(path, 'utf8')).pid, process.pid)
  lock?.release()
})

test('where the system does not tell when a process was started, its number is enough', async t => {
  const path = leaveLock(t, JSON.stringify({ ...readOwnLock(t), start: '' }))
  meanwhile(t, 'readFileSync', '/proc/', refuse) // for itself
  t.equal(tryLock(path), undefined)
})

test('a process that may not be looked at, but runs, keeps its lock', async t => {
  const path = leaveLock(t, JSON.stringify(readOwnLock(t)))
  failAlways(t, 'readFileSync', 'ENOENT', '/stat') // as with hidepid
  t.equal(tryLock(path), undefined)
})

test("the lock of another user's process is not taken over", async t => {
  const path = leaveLock(t, JSON.stringify(readOwnLock(t)))
  t.intercept(process, 'kill', {
    value() {
      throw toError('EPERM')
    }
  })
  t.equal(tryLock(path), undefined)
})

type Race = Parameters<typeof meanwhile>[1]
const races: [what: string, call: Race, act: (path: string) => void, isTaken: boolean][] = [
  ['released before it is read is had', 'lstatSync', unlinkSync, true],
  ['removed by another taker is had', 'renameSync', unlinkSync, true],
  ['taken by another taker is not had', 'unlinkSync', path => writeFileSync(path, elsewhere), false]
]

for (const [what, call, act, isTaken] of races) {
  test(`a dead process's lock that is ${what}`, async t => {
    const path = leaveLock(t, dead)
    meanwhile(t, call, path, () => act(path))
    const lock = tryLock(path)
    t.equal(lock !== undefined, isTaken)
    lock?.release()
  })
}

test("a dead process's lock that can not be removed is an error", async t => {
  const path = leaveLock(t, dead)
  failOnce(t, 'renameSync', 'EACCES')
  t.throws(() => tryLock(path), { code: 'EACCES' })
  t.equal(readFileSync(path, 'utf8'), dead)
})

test('a lock that lives by the time it is renamed away is given back', async t => {
  const path = leaveLock(t, dead)
  meanwhile(t, 'renameSync', path, () => writeFileSync(path, elsewhere))
  t.equal(tryLock(path), undefined)
  t.equal(readFileSync(path, 'utf8'), elsewhere)
  t.strictSame(readdirSync(dirname(path)), ['lock'])
})

test('of two takers of a dead lock one has it, and its lock stays', async t => {
  const path = leaveLock(t, dead)
  let faster: LockFile | undefined
  meanwhile(t, 'renameSync', path, () => void (faster = tryLock(path)))
  t.equal(tryLock(path), undefined)
  t.ok(faster)
  t.equal(tryLock(path), undefined)
  faster?.release()
  t.strictSame(readdirSync(dirname(path)), [])
})
