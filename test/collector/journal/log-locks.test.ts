import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { mock } from 'node:test'
import { test } from 'tap'
import { LogLocks, type LockRequest } from '../../../lib/collector/journal/log-locks.ts'
import { identifySelf } from '../../../lib/util/process-identity.ts'

function request(...paths: string[]): LockRequest[] {
  return paths.map(path => ({ path, isRequired: true }))
}

test('all logs are locked, or none', async t => {
  const dir = t.testdir()
  const [a, b, c] = ['a', 'b', 'c'].map(name => `${dir}/${name}`) as [string, string, string]
  const [one, other] = [new LogLocks(), new LogLocks()]
  one.acquireAll(request(a, b))
  one.acquireAll(request(a, b))
  t.throws(() => other.acquireAll(request(c, b)), {
    code: 'ERR_ZMQ_PUB_FILE',
    message: `ERR_ZMQ_PUB_FILE: another collector is writing this log: process ${process.pid} on host ${hostname()}, last active 0 s ago, holds ${b}.lock; stop it, or choose another path (--file, or the file of an output)`
  })
  t.notOk(existsSync(`${c}.lock`))
  one.keepOnly([a])
  other.acquireAll(request(c, b))
  t.throws(() => other.acquireAll([{ path: a, isRequired: false }]), { code: 'ERR_ZMQ_PUB_FILE' })
  one.keepOnly([])
  other.acquireAll(request(a))
  other.handOver(c)?.release()
  t.equal(other.handOver(c), undefined)
  other.keepOnly([])
  t.notOk([a, b, c].some(path => existsSync(`${path}.lock`)))
})

test('a log that is not required stays unlocked where its folder can not be had', async t => {
  const dir = t.testdir({ file: '' })
  const locks = new LogLocks()
  const path = `${dir}/file/journal`
  locks.acquireAll([{ path, isRequired: false }])
  t.throws(() => locks.acquireAll(request(path)), { code: 'ERR_ZMQ_PUB_FILE' })
})

/** A lock of a process that can't be looked at, as it is on another host. */
function leaveElsewhere(path: string): () => void {
  const elsewhere = { ...identifySelf(), pid: 12, host: 'elsewhere', boot: 'another' }
  const lockPath = `${path}.lock`
  const beat = (): void => writeFileSync(lockPath, JSON.stringify(elsewhere))
  beat()
  return beat
}

test('a lock that can not be judged is waited for, and had when it is released; others stay free', async t => {
  const dir = t.testdir()
  const [a, b] = [`${dir}/a`, `${dir}/b`]
  leaveElsewhere(b)
  const waits: unknown[] = []
  const locks = new LogLocks()
  const had = locks.acquireWhenFree(request(a, b), locked => {
    waits.push(locked)
    t.equal(existsSync(`${a}.lock`), false, 'nothing is locked while it waits')
    if (waits.length === 3) rmSync(`${b}.lock`)
  })
  t.throws(() => new LogLocks().acquireAll(request(b)), {
    message: /process 12 on host elsewhere, last active \d s ago, holds .*b\.lock; stop it/
  })
  await had
  t.equal(waits.length, 3)
  t.match(waits[0], { lockPath: `${b}.lock`, holder: { pid: 12, host: 'elsewhere' } })
  t.throws(() => new LogLocks().acquireAll(request(a)), { code: 'ERR_ZMQ_PUB_FILE' })
  locks.keepOnly([])
})

test('a lock that can not be judged is had when no heartbeat has come for 40 s', async t => {
  const path = `${t.testdir()}/a`
  leaveElsewhere(path)
  const clock = { ms: 0 }
  t.intercept(performance, 'now', { value: () => clock.ms })
  let waits = 0
  const locks = new LogLocks()
  await locks.acquireWhenFree(request(path), ({ holder }) => {
    waits++
    t.equal(holder.expiresInMs > 0, true)
    clock.ms = [0, 39_999, 40_000][waits] ?? 0
  })
  t.equal(waits, 2)
  locks.keepOnly([])
})

test('without waiting, such a lock is refused, and had by a later try when it has expired', async t => {
  const path = `${t.testdir()}/a`
  leaveElsewhere(path)
  const clock = { ms: 0 }
  t.intercept(performance, 'now', { value: () => clock.ms })
  const locks = new LogLocks()
  t.throws(() => locks.acquireAll(request(path)), { code: 'ERR_ZMQ_PUB_FILE' })
  clock.ms = 40_000
  locks.acquireAll(request(path))
  locks.keepOnly([])
})

test('waiting ends with the signal', async t => {
  const path = `${t.testdir()}/a`
  leaveElsewhere(path)
  const ending = new AbortController()
  const had = new LogLocks().acquireWhenFree(request(path), () => ending.abort(), ending.signal)
  await t.rejects(had, { name: 'AbortError' })
  t.ok(existsSync(`${path}.lock`))
})

test('a collector that is known to run is not waited for', async t => {
  const path = `${t.testdir()}/a`
  const locks = new LogLocks()
  locks.acquireAll(request(path))
  const other = new LogLocks().acquireWhenFree(request(path), () => t.fail('it waits'))
  await t.rejects(other, { code: 'ERR_ZMQ_PUB_FILE' })
  locks.keepOnly([])
})

test('a lock that is lost is told, also after it was handed over', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const dir = t.testdir()
  const locks = new LogLocks()
  const lost: string[] = []
  locks.onLost = lockPath => lost.push(lockPath)
  locks.acquireAll(request(`${dir}/a`, `${dir}/b`))
  locks.handOver(`${dir}/b`)
  for (const name of ['a', 'b']) leaveElsewhere(`${dir}/${name}`)
  mock.timers.tick(5000)
  t.strictSame(lost, [`${dir}/a.lock`, `${dir}/b.lock`])
})
