import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { hostname } from 'node:os'
import { mock } from 'node:test'
import { test } from 'tap'
import { Lock } from '../lib/lock.ts'

test('a lock is had by one at a time', async t => {
  const path = `${t.testdir()}/lock`
  const lock = Lock.acquire(path)
  t.ok(lock)
  t.equal(Lock.acquire(path), undefined)
  t.match(JSON.parse(readFileSync(path, 'utf8')), { pid: process.pid, host: hostname() })
  lock?.release()
  t.notOk(existsSync(path))
  const next = Lock.acquire(path)
  t.ok(next)
  next?.release()
})

test('a lock in a folder that is not there throws', async t => {
  t.throws(() => Lock.acquire(`${t.testdir()}/no/lock`), { code: 'ENOENT' })
})

test('a lock whose file is gone can be released, twice', async t => {
  const path = `${t.testdir()}/lock`
  const lock = Lock.acquire(path)
  unlinkSync(path)
  lock?.release()
  lock?.release()
  t.notOk(existsSync(path))
})

test('a lock that can not be released throws', async t => {
  const path = `${t.testdir()}/lock`
  const lock = Lock.acquire(path)
  unlinkSync(path)
  mkdirSync(path)
  t.throws(() => lock?.release(), { message: /unlink/ })
})

test('a lock is touched every 10 s until it is released, also after somebody deleted it', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const path = `${t.testdir()}/lock`
  const lock = Lock.acquire(path)
  const isTouchedIn = (ms: number): boolean => {
    utimesSync(path, 0, 0)
    mock.timers.tick(ms)
    return statSync(path).mtimeMs > 0
  }
  t.strictSame([isTouchedIn(9999), isTouchedIn(1), isTouchedIn(10_000)], [false, true, true])
  unlinkSync(path)
  mock.timers.tick(10_000)
  t.notOk(existsSync(path))
  lock?.release()
  writeFileSync(path, 'of another')
  t.equal(isTouchedIn(60_000), false, 'not after the release')
})
