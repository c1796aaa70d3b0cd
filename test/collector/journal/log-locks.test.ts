import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { test } from 'tap'
import { LogLocks, type LockRequest } from '../../../lib/collector/journal/log-locks.ts'

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
    message: `ERR_ZMQ_PUB_FILE: another collector writes this log: process ${process.pid} on host ${hostname()}, last sign of life 0 s ago, holds ${b}.lock; stop it, or give another path: --file, or file of an output`
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
