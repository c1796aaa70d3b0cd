import { test } from 'tap'
import { Slots } from '../../lib/viewer/slots.ts'

const never = new AbortController().signal

test('a few run at a time, further ones wait in turn, and more are refused', async t => {
  const slots = new Slots(1, 2)
  const release = await slots.enter(never)
  const order: number[] = []
  const waiting = [1, 2].map(async number => {
    const releaseNext = await slots.enter(never)
    order.push(number)
    releaseNext()
  })
  await t.rejects(slots.enter(never), { status: 429, code: 'busy', message: /try again later/ })
  release()
  await Promise.all(waiting)
  t.strictSame(order, [1, 2])
  ;(await slots.enter(never))()
})

test('one whose client has gone waits no longer, and a place is given up once', async t => {
  const slots = new Slots(1, 1)
  const release = await slots.enter(never)
  const gone = new AbortController()
  const waiting = slots.enter(gone.signal)
  gone.abort(new Error('gone'))
  await t.rejects(waiting, { message: 'gone' })
  await t.rejects(slots.enter(gone.signal), { message: 'gone' })
  const next = slots.enter(never)
  release()
  release()
  await next
  let isIn = false
  void slots.enter(never).then(() => (isIn = true))
  await new Promise(resolve => setImmediate(resolve))
  t.notOk(isIn, 'there is one place')
})
