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
import { LockFile } from '../../lib/util/lock-file.ts'
import { failOnce } from '../helpers/file-system.ts'

test('a lock is had by one at a time', async t => {
  const path = `${t.testdir()}/lock`
  const lock = LockFile.acquire(path)
  t.ok(lock)
  t.equal(LockFile.acquire(path), undefined)
  t.match(JSON.parse(readFileSync(path, 'utf8')), { pid: process.pid, host: hostname() })
  lock?.release()
  t.notOk(existsSync(path))
  const next = LockFile.acquire(path)
  t.ok(next)
  next?.release()
})

test('a lock in a folder that is not there throws', async t => {
  t.throws(() => LockFile.acquire(`${t.testdir()}/no/lock`), { code: 'ENOENT' })
})

test('a lock whose file is gone can be released, twice', async t => {
  const path = `${t.testdir()}/lock`
  const lock = LockFile.acquire(path)
  unlinkSync(path)
  lock?.release()
  lock?.release()
  t.notOk(existsSync(path))
})

const others: [what: string, make: (path: string) => void][] = [
  ['the lock of another owner', path => writeFileSync(path, 'of another')],
  ['another lock of this process', path => void LockFile.acquire(path)],
  ['a folder in its place', path => mkdirSync(path)]
]

for (const [what, make] of others) {
  test(`a release leaves ${what} where it is`, async t => {
    const path = `${t.testdir()}/lock`
    const lock = LockFile.acquire(path)
    unlinkSync(path)
    make(path)
    lock?.release()
    t.ok(existsSync(path))
  })
}

test('a lock that could be made, but not filled, is removed', async t => {
  const path = `${t.testdir()}/lock`
  failOnce(t, 'writeFileSync', 'EIO') // the file is made, then the disk refuses the text
  t.throws(() => LockFile.acquire(path), { code: 'EIO' })
  t.notOk(existsSync(path))
  const lock = LockFile.acquire(path)
  t.ok(lock)
  lock?.release()
})

test('a lock on a full disk is empty, respected, and filled when there is room', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const path = `${t.testdir()}/lock`
  failOnce(t, 'writeFileSync', 'ENOSPC')
  const lock = LockFile.acquire(path)
  t.ok(lock)
  t.equal(readFileSync(path, 'utf8'), '')
  t.equal(LockFile.acquire(path), undefined, 'nobody else gets it')
  failOnce(t, 'writeFileSync', 'ENOSPC')
  mock.timers.tick(10_000)
  t.equal(readFileSync(path, 'utf8'), '')
  mock.timers.tick(10_000)
  t.match(JSON.parse(readFileSync(path, 'utf8')), { pid: process.pid, host: hostname() })
  lock?.release()
  t.notOk(existsSync(path))
  failOnce(t, 'writeFileSync', 'ENOSPC')
  LockFile.acquire(path)?.release()
  t.notOk(existsSync(path), 'an empty one of its own is removed, too')
})

test('a living lock stays where another one can not even be made', async t => {
  const path = `${t.testdir()}/lock`
  const lock = LockFile.acquire(path)
  failOnce(t, 'openSync', 'EMFILE', path)
  t.throws(() => LockFile.acquire(path), { code: 'EMFILE' })
  t.ok(existsSync(path))
  lock?.release()
})

test('a lock is touched every 10 s until it is released, also after somebody deleted it', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const path = `${t.testdir()}/lock`
  const lock = LockFile.acquire(path)
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
