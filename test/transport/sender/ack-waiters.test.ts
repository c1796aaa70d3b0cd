import { test } from 'tap'
import { AckWaiters } from '../../../lib/transport/sender/ack-waiters.ts'

test('who waits is called back once all up to its record are acknowledged', async t => {
  const waiters = new AckWaiters()
  const called: string[] = []
  waiters.add(10, () => called.push('ten'), 1e6)
  waiters.add(20, () => called.push('twenty'), 1e6)
  waiters.add(20, () => called.push('twenty, too'), 1e6)
  t.equal(waiters.seq, 20)
  waiters.release(10)
  t.strictSame(called, [])
  waiters.release(11)
  t.strictSame(called, ['ten'])
  waiters.release(21)
  t.strictSame(called, ['ten', 'twenty', 'twenty, too'])
  t.equal(waiters.seq, 0)
})

test('who waits for longer than it may is called back, and nobody else', async t => {
  const waiters = new AckWaiters()
  const called: string[] = []
  waiters.add(10, () => called.push('patient'), 1e6)
  await new Promise<void>(resolve => waiters.add(20, resolve, 1))
  t.equal(waiters.seq, 10)
  waiters.release(100)
  t.strictSame(called, ['patient'])
})

test('who begins to wait in a callback waits', async t => {
  const waiters = new AckWaiters()
  let again = false
  waiters.add(10, () => waiters.add(30, () => (again = true), 1e6), 1e6)
  waiters.release(20)
  t.equal(waiters.seq, 30)
  t.notOk(again)
  waiters.release(31)
  t.ok(again)
})
