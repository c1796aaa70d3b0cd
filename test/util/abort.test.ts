import { getEventListeners } from 'node:events'
import { test } from 'tap'
import { untilAborted } from '../../lib/util/abort.ts'

test('a promise that settles in time decides, and leaves no listener at the signal', async t => {
  const { signal } = new AbortController()
  t.equal(await untilAborted(Promise.resolve(5), signal), 5)
  await t.rejects(untilAborted(Promise.reject(new Error('failed')), signal), { message: 'failed' })
  t.equal(getEventListeners(signal, 'abort').length, 0)
})

test('the signal ends the waiting with its reason', async t => {
  const controller = new AbortController()
  const waiting = untilAborted(new Promise(() => undefined), controller.signal)
  controller.abort(new Error('stop'))
  await t.rejects(waiting, { message: 'stop' })
  await t.rejects(untilAborted(Promise.resolve(5), controller.signal), { message: 'stop' })
})
