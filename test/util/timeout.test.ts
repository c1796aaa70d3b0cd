import { getEventListeners } from 'node:events'
import { mock } from 'node:test'
import { test } from 'tap'
import { settlesWithin, untilAborted } from '../../lib/util/timeout.ts'
import { latch } from '../helpers/wait.ts'

test('a promise that is fulfilled settles in time', async t => {
  t.equal(await settlesWithin(Promise.resolve(false), 60_000), true)
})

test('a promise that is rejected in time is rejected with its reason', async t => {
  const reason = new Error('reason')
  await t.rejects(settlesWithin(Promise.reject(reason), 60_000), reason)
})

test('a promise that is pending at the end of the time does not settle in time', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { promise, open } = latch()
  let result: boolean | undefined
  const ended = settlesWithin(promise, 1000).then(isSettled => (result = isSettled))
  mock.timers.tick(999)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(result, undefined)
  mock.timers.tick(1)
  t.equal(await ended, false)
  open()
})

test('no timer is left behind', async t => {
  const before = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  await settlesWithin(Promise.resolve(), 60_000)
  t.equal(process.getActiveResourcesInfo().filter(name => name === 'Timeout').length, before)
})

test('a promise is waited for until the signal, which is left without listeners', async t => {
  const controller = new AbortController()
  const { signal } = controller
  t.equal(await untilAborted(Promise.resolve(1), signal), 1)
  await t.rejects(untilAborted(Promise.reject(new Error('reason')), signal), { message: 'reason' })
  const { promise, open } = latch<number>()
  const waiting = untilAborted(promise, signal)
  t.equal(getEventListeners(signal, 'abort').length, 1)
  controller.abort()
  t.equal(await waiting, undefined)
  t.equal(await untilAborted(promise, signal), undefined, 'the signal came before')
  t.equal(getEventListeners(signal, 'abort').length, 0)
  open(1)
})
