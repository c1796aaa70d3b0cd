import { readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { test, type Test } from 'tap'
import { LockFile } from '../../lib/util/lock-file.ts'
import { meanwhile, toError } from '../helpers/file-system.ts'
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
  const lock = LockFile.acquire(path)
  const text = readFileSync(path, 'utf8')
  lock?.release()
  return JSON.parse(text)
}

const dead = JSON.stringify({ pid: 2 ** 30, host: hostname(), start: '1' })
const deadUntimed = JSON.stringify({ pid: 2 ** 30, host: hostname(), start: '' })
const elsewhere = JSON.stringify({ pid: process.pid, host: `not ${hostname()}`, start: '' })

const refuse = (): void => {
  throw toError('EACCES')
}

test('the lock of another process is never taken while it lives, and at once when it is killed', async t => {
  const path = `${t.testdir()}/lock`
  const holder = await startHolder(t, { LOCK: path })
  utimesSync(path, 0, 0)
  t.equal(LockFile.acquire(path), undefined)
  const held = JSON.parse(readFileSync(path, 'utf8'))
  t.equal(held.pid, holder.child.pid)
  await kill(holder)
  const lock = LockFile.acquire(path)
  t.ok(lock)
  const own = JSON.parse(readFileSync(path, 'utf8'))
  t.equal(own.pid, process.pid)
  if (process.platform === 'linux') t.not(own.start, held.start)
  lock?.release()
})

const left: [what: string, text: string, ageS: number, isTaken: boolean][] = [
  ['by a dead process', dead, 0, true],
  ['by a dead process whose start is not known', deadUntimed, 0, true],
  ['by this host without a number', JSON.stringify({ host: hostname() }), 0, true],
  ['on another host, touched less than 60 s ago', elsewhere, 59, false],
  ['on another host, untouched for 60 s', elsewhere, 60, true],
  ['empty less than 60 s ago, before its owner could write', '', 59, false],
  ['empty 60 s ago', '', 60, true],
  ['half written less than 60 s ago', dead.slice(0, 10), 59, false],
  ['half written 60 s ago', dead.slice(0, 10), 60, true]
]

for (const [what, text, ageS, isTaken] of left) {
  test(`a lock that was left ${what} is ${isTaken ? '' : 'not '}taken over`, async t => {
    const path = leaveLock(t, text, ageS)
    const lock = LockFile.acquire(path)
    t.equal(lock !== undefined, isTaken)
    const { pid } = JSON.parse(isTaken ? readFileSync(path, 'utf8') : '{}')
    t.equal(pid, isTaken ? process.pid : undefined)
    lock?.release()
  })
}

test(
  'a lock with the number of a running process that was started at another time is taken over (Linux only)',
  { skip: process.platform !== 'linux' && 'only Linux tells when a process was started' },
  async t => {
    const path = leaveLock(t, JSON.stringify({ ...readOwnLock(t), start: '1' }))
    const lock = LockFile.acquire(path)
    t.ok(lock)
    lock?.release()
  }
)

test('where the system does not tell when a process was started, its number is enough', async t => {
  const path = leaveLock(t, JSON.stringify({ ...readOwnLock(t), start: '' }))
  meanwhile(t, 'readFileSync', '/proc/', refuse) // for itself
  meanwhile(t, 'readFileSync', '/proc/', refuse) // for the owner
  t.equal(LockFile.acquire(path), undefined)
})

test("the lock of another user's process is not taken over", async t => {
  const path = leaveLock(t, JSON.stringify(readOwnLock(t)))
  t.intercept(process, 'kill', {
    value() {
      throw toError('EPERM')
    }
  })
  t.equal(LockFile.acquire(path), undefined)
})

type Race = Parameters<typeof meanwhile>[1]
const races: [what: string, call: Race, act: (path: string) => void, isTaken: boolean][] = [
  ['released before it is read is had', 'readFileSync', unlinkSync, true],
  ['removed by another taker is had', 'renameSync', unlinkSync, true],
  [
    'taken by another taker is not had',
    'unlinkSync',
    path => writeFileSync(path, elsewhere),
    false
  ],
  ['impossible to remove is not had', 'renameSync', refuse, false]
]

for (const [what, call, act, isTaken] of races) {
  test(`a dead process's lock that is ${what}`, async t => {
    const path = leaveLock(t, dead)
    meanwhile(t, call, path, () => act(path))
    const lock = LockFile.acquire(path)
    t.equal(lock !== undefined, isTaken)
    lock?.release()
  })
}

test('a lock that lives by the time it is renamed away is given back', async t => {
  const path = leaveLock(t, dead)
  meanwhile(t, 'renameSync', path, () => writeFileSync(path, elsewhere))
  t.equal(LockFile.acquire(path), undefined)
  t.equal(readFileSync(path, 'utf8'), elsewhere)
  t.strictSame(readdirSync(dirname(path)), ['lock'])
})

test('of two takers of a dead lock one has it, and its lock stays', async t => {
  const path = leaveLock(t, dead)
  let faster: LockFile | undefined
  meanwhile(t, 'renameSync', path, () => void (faster = LockFile.acquire(path)))
  t.equal(LockFile.acquire(path), undefined)
  t.ok(faster)
  t.equal(LockFile.acquire(path), undefined)
  faster?.release()
  t.strictSame(readdirSync(dirname(path)), [])
})
