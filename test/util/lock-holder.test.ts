import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { test, type Test } from 'tap'
import {
  describeHolder,
  inspectLock,
  type LockHolder,
  type LockSightings
} from '../../lib/util/lock-holder.ts'
import { identifySelf } from '../../lib/util/process-identity.ts'

const self = identifySelf()
const hourS = 3600

/** A lock with this text, last touched `ageS` seconds ago, that is looked at after `watchedS` seconds of watching. */
function look(t: Test, text: string, ageS: number, watchedS: number) {
  const clock = { monotonicMs: 0 }
  t.intercept(performance, 'now', { value: () => clock.monotonicMs })
  const now = Date.parse('2026-11-23T14:00:00Z')
  t.intercept(Date, 'now', { value: () => now })
  const path = `${t.testdir({ lock: text })}/lock`
  const touch = (atS: number): void => utimesSync(path, now / 1000 + atS, now / 1000 + atS)
  touch(-ageS)
  const sightings: LockSightings = new Map()
  const lookAgain = (): ReturnType<typeof inspectLock> => inspectLock(path, self, sightings)
  lookAgain()
  clock.monotonicMs = watchedS * 1000
  return { path, clock, touch, sightings, lookAgain, found: lookAgain() }
}

const isDead = (found: ReturnType<typeof inspectLock>): boolean => !!found && 'deadText' in found

type Judged = 'dead' | 'running' | 'unknown'
const noPid = 2 ** 30
const onLinux = { skip: process.platform !== 'linux' && 'only Linux has boot ids and namespaces' }

const owners: [what: string, owner: Record<string, unknown>, judged: Judged][] = [
  ['this process', { ...self }, 'running'],
  ['this process, under an earlier host name', { ...self, host: 'before' }, 'running'],
  ['a dead process', { ...self, pid: noPid }, 'dead'],
  ['a dead process, under an earlier host name', { ...self, pid: noPid, host: 'before' }, 'dead'],
  ['a dead process whose pid has another one now', { ...self, start: '1' }, 'dead'],
  ['a process of another pid namespace', { ...self, namespace: 'pid:[1]' }, 'unknown'],
  ['a dead one of another namespace', { ...self, pid: noPid, namespace: 'pid:[1]' }, 'unknown'],
  ['a process of another boot', { ...self, boot: 'another' }, 'unknown'],
  ['a process of another host', { ...self, host: 'another', boot: 'another' }, 'unknown'],
  ['a process that does not know its namespace', { ...self, namespace: '' }, 'unknown'],
  ['a process that does not know its boot', { ...self, boot: '' }, 'unknown'],
  [
    'this process as an earlier version noted it',
    { pid: self.pid, host: self.host, start: self.start },
    'running'
  ],
  [
    'a dead process as an earlier version noted it, which may run in a container',
    { pid: noPid, host: self.host, start: '1' },
    'unknown'
  ],
  [
    'a process of another host as an earlier version noted it',
    { pid: self.pid, host: 'another', start: self.start },
    'unknown'
  ],
  ['a process without a pid', { host: self.host, boot: self.boot }, 'unknown'],
  ['nobody', {}, 'unknown']
]

for (const [what, owner, judged] of owners) {
  test(`the lock of ${what} is ${judged}`, onLinux, async t => {
    const { found } = look(t, JSON.stringify(owner), 1, 0)
    t.equal(isDead(found), judged === 'dead')
    if (judged !== 'dead') t.match(found, { isRunning: judged === 'running', pid: owner['pid'] })
  })
}

const elsewhere = JSON.stringify({ ...self, host: 'another', boot: 'another' })

const ages: [ageS: number, watchedS: number, expiresInS: number][] = [
  [0, 0, 40],
  [10, 0, 30],
  [35, 0, 12],
  [0, 35, 5],
  [0, 40, 0],
  [39, 12, 1],
  [40, 0, 12],
  [40, 12, 0],
  [14 * hourS, 0, 12],
  [15 * hourS, 0, 0],
  [-hourS, 0, 40],
  [-hourS, 39, 1],
  [-hourS, 40, 0],
  [-50 * hourS, 12, 28]
]

for (const [ageS, watchedS, expiresInS] of ages) {
  const when = `whose last heartbeat was ${ageS} s ago, and that was watched for ${watchedS} s,`
  test(`a lock of another host ${when} expires in ${expiresInS} s`, async t => {
    const { found } = look(t, elsewhere, ageS, watchedS)
    t.equal(isDead(found), expiresInS === 0)
    if (expiresInS > 0) t.match(found, { expiresInMs: expiresInS * 1000, ageMs: ageS * 1000 })
  })
}

for (const text of ['', elsewhere.slice(0, 10), '[]', 'null']) {
  test(`a lock that says '${text}' expires as one of another host`, async t => {
    t.match(look(t, text, 20, 0).found, { isRunning: false, pid: undefined, expiresInMs: 20_000 })
    t.ok(isDead(look(t, text, 40, 12).found))
  })
}

test('a heartbeat is a sign of life, whatever the clock of its host says', async t => {
  const { touch, clock, lookAgain } = look(t, elsewhere, hourS, 11)
  touch(-hourS + 5)
  t.match(lookAgain(), { expiresInMs: 12_000 })
  clock.monotonicMs += 11_999
  t.match(lookAgain(), { expiresInMs: 1 })
  clock.monotonicMs++
  t.ok(isDead(lookAgain()))
})

test('another holder at the same time is not taken for the one before', async t => {
  const { path, touch, lookAgain } = look(t, elsewhere, hourS, 12)
  t.ok(isDead(lookAgain()))
  writeFileSync(path, elsewhere.replace('another', 'a third'))
  touch(-hourS)
  t.match(lookAgain(), { host: 'a third', expiresInMs: 12_000 })
})

test('a lock that is gone is none, and nothing of it is remembered', async t => {
  const { path, lookAgain, sightings } = look(t, elsewhere, 0, 0)
  t.equal(sightings.size, 1)
  rmSync(path)
  t.equal(lookAgain(), undefined)
  t.equal(sightings.size, 0)
})

test('the holder is described by process, host and last active', async t => {
  const holder: LockHolder = {
    pid: 12,
    host: 'web-1',
    isRunning: false,
    ageMs: 3400,
    expiresInMs: 1
  }
  t.equal(describeHolder(holder), 'process 12 on host web-1, last active 3 s ago')
  t.equal(
    describeHolder({ ...holder, pid: undefined, host: undefined, ageMs: -5000 }),
    'an unknown process, last active 0 s ago'
  )
  t.equal(self.host, hostname())
})
