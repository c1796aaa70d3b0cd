import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { mock } from 'node:test'
import { test, type Test } from 'tap'
import { tryLock } from '../helpers/lock.ts'
import { identifySelf } from '../../lib/util/process-identity.ts'
import { failOnce } from '../helpers/file-system.ts'

test('a lock is had by one at a time', async t => {
  const path = `${t.testdir()}/lock`
  const lock = tryLock(path)
  t.ok(lock)
  t.equal(tryLock(path), undefined)
  t.match(JSON.parse(readFileSync(path, 'utf8')), { pid: process.pid, host: hostname() })
  lock?.release()
  t.notOk(existsSync(path))
  const next = tryLock(path)
  t.ok(next)
  next?.release()
})

test('a lock in a folder that is not there throws', async t => {
  t.throws(() => tryLock(`${t.testdir()}/no/lock`), { code: 'ENOENT' })
})

test('a lock whose file is gone can be released, twice', async t => {
  const path = `${t.testdir()}/lock`
  const lock = tryLock(path)
  unlinkSync(path)
  lock?.release()
  lock?.release()
  t.notOk(existsSync(path))
})

const others: [what: string, make: (path: string) => void][] = [
  ['the lock of another owner', path => writeFileSync(path, 'of another')],
  ['another lock of this process', path => void tryLock(path)],
  ['a folder in its place', path => mkdirSync(path)]
]

for (const [what, make] of others) {
  test(`a release leaves ${what} where it is`, async t => {
    const path = `${t.testdir()}/lock`
    const lock = tryLock(path)
    unlinkSync(path)
    make(path)
    lock?.release()
    t.ok(existsSync(path))
  })
}

test('a lock that could be made, but not filled, is removed', async t => {
  const path = `${t.testdir()}/lock`
  failOnce(t, 'writeFileSync', 'EIO') // the file is made, then the disk refuses the text
  t.throws(() => tryLock(path), { code: 'EIO' })
  t.notOk(existsSync(path))
  const lock = tryLock(path)
  t.ok(lock)
  lock?.release()
})

test('a lock on a full disk is empty, respected, and filled when there is room', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const path = `${t.testdir()}/lock`
  failOnce(t, 'writeFileSync', 'ENOSPC')
  const lock = tryLock(path)
  t.ok(lock)
  t.equal(readFileSync(path, 'utf8'), '')
  t.equal(tryLock(path), undefined, 'nobody else gets it')
  failOnce(t, 'writeFileSync', 'ENOSPC')
  mock.timers.tick(5000)
  t.equal(readFileSync(path, 'utf8'), '')
  mock.timers.tick(5000)
  t.match(JSON.parse(readFileSync(path, 'utf8')), { pid: process.pid, host: hostname() })
  lock?.release()
  t.notOk(existsSync(path))
  failOnce(t, 'writeFileSync', 'ENOSPC')
  tryLock(path)?.release()
  t.notOk(existsSync(path), 'an empty one of its own is removed, too')
})

test('a living lock stays where another one can not even be made', async t => {
  const path = `${t.testdir()}/lock`
  const lock = tryLock(path)
  failOnce(t, 'openSync', 'EMFILE', path)
  t.throws(() => tryLock(path), { code: 'EMFILE' })
  t.ok(existsSync(path))
  lock?.release()
})

/** A lock whose heartbeats come when the clocks advance. */
function makeBeating(t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const clock = { ms: 0 }
  t.intercept(performance, 'now', { value: () => clock.ms })
  const startMs = Date.now()
  t.intercept(Date, 'now', { value: () => startMs + clock.ms })
  const path = `${t.testdir()}/lock`
  const lock = tryLock(path)
  if (!lock) throw new Error('no lock')
  t.teardown(() => lock.release())
  let losses = 0
  lock.onLost = () => losses++
  /** Without heartbeats where `isStopped`, as SIGSTOP does it. */
  const advance = (ms: number, isStopped = false): void => {
    clock.ms += ms
    mock.timers.tick(isStopped ? 5000 : ms)
  }
  const text = readFileSync(path, 'utf8')
  return { path, lock, text, clock, advance, losses: () => losses }
}

test('a lock is touched every 5 s until it is released', async t => {
  const { path, lock, advance } = makeBeating(t)
  const isTouchedIn = (ms: number): boolean => {
    utimesSync(path, 0, 0)
    advance(ms)
    return statSync(path).mtimeMs > 0
  }
  t.strictSame([isTouchedIn(4999), isTouchedIn(1), isTouchedIn(5000)], [false, true, true])
  lock.release()
  writeFileSync(path, 'of another')
  t.equal(isTouchedIn(60_000), false, 'not after the release')
})

test('a lock that somebody has deleted is made again by the next heartbeat, with its folder', async t => {
  const { path, lock, text, advance, losses } = makeBeating(t)
  unlinkSync(path)
  advance(5000)
  t.equal(readFileSync(path, 'utf8'), text)
  rmSync(dirname(path), { recursive: true })
  advance(60_000)
  t.notOk(existsSync(path), 'the folder is not made')
  mkdirSync(dirname(path))
  advance(5000)
  t.equal(losses(), 1, 'after 60 s without a heartbeat another may have had it')
  t.equal(lock.confirm(), false)
})

test('a lock whose folder comes back within 40 s is made again', async t => {
  const { path, text, advance, losses } = makeBeating(t)
  rmSync(dirname(path), { recursive: true })
  advance(30_000)
  mkdirSync(dirname(path))
  advance(5000)
  t.equal(readFileSync(path, 'utf8'), text)
  t.equal(losses(), 0)
})

test('a lock that is not found after a stop of less than 40 s is made again', async t => {
  const { path, text, advance, losses } = makeBeating(t)
  unlinkSync(path)
  advance(39_000, true)
  t.equal(losses(), 0)
  t.equal(readFileSync(path, 'utf8'), text)
})

test('a lock that is not found after a stop of 40 s is lost: another may have had it', async t => {
  const { path, advance, losses } = makeBeating(t)
  unlinkSync(path)
  advance(40_000, true)
  t.equal(losses(), 1)
  t.notOk(existsSync(path))
})

test('a lock that nobody has touched is still held after any stop', async t => {
  const { lock, advance, losses } = makeBeating(t)
  advance(3_600_000, true)
  t.equal(losses(), 0)
  t.equal(lock.confirm(), true)
})

test('a lock that another has taken is lost, once, and the other one stays', async t => {
  const { path, lock, advance, losses } = makeBeating(t)
  const other = JSON.stringify({ ...identifySelf(), pid: process.pid })
  writeFileSync(path, other)
  advance(5000)
  advance(5000)
  t.equal(losses(), 1)
  t.equal(lock.confirm(), false)
  lock.release()
  t.equal(readFileSync(path, 'utf8'), other)
})

test('a loss is found before the next heartbeat, where the last one is overdue', async t => {
  const { path, lock, clock, losses } = makeBeating(t)
  writeFileSync(path, 'of another')
  clock.ms += 10_000
  t.equal(lock.confirm(), true, 'it is not overdue')
  clock.ms += 1
  t.equal(lock.confirm(), false)
  t.equal(losses(), 1)
})

test('the lock of a dead process that comes back from a backup is replaced', async t => {
  const { path, text, advance, losses } = makeBeating(t)
  writeFileSync(path, JSON.stringify({ ...identifySelf(), pid: 2 ** 30 }))
  advance(5000)
  t.equal(losses(), 0)
  t.equal(readFileSync(path, 'utf8'), text)
})

test('a heartbeat that fails changes nothing, and the next one is one again', async t => {
  const { path, lock, advance, losses } = makeBeating(t)
  failOnce(t, 'openSync', 'EIO', 'lock')
  utimesSync(path, 0, 0)
  advance(5000)
  t.equal(statSync(path).mtimeMs, 0)
  advance(5000)
  t.ok(statSync(path).mtimeMs > 0)
  t.equal(losses(), 0)
  t.ok(lock.confirm())
})
