import { test } from 'tap'
import { InlineWrites } from '../../../lib/collector/files/inline-writes.ts'

const small = 64 * 1024

/** Decisions of a journal on device 7, by a clock that `pass` moves. */
function makeInlineWrites() {
  let now = 0
  const pass = (ms: number): void => void (now += ms)
  const writes = new InlineWrites(() => now)
  writes.device = 7
  return { writes, pass }
}

test('small writes to the disk of the journal are made at once, and no others', async t => {
  const { writes } = makeInlineWrites()
  t.ok(writes.allow(7, small))
  t.notOk(writes.allow(7, small + 1))
  t.notOk(writes.allow(8, small))
  writes.device = undefined
  t.notOk(writes.allow(7, small))
})

test('after a slow write, also one that failed, none is made at once for some seconds', async t => {
  const { writes, pass } = makeInlineWrites()
  t.equal(
    writes.run(() => pass(5)),
    undefined
  )
  t.ok(writes.allow(7, 1))
  t.throws(
    () =>
      writes.run(() => {
        pass(6)
        throw new Error('EIO')
      }),
    { message: 'EIO' }
  )
  t.notOk(writes.allow(7, 1))
  pass(4999)
  t.notOk(writes.allow(7, 1))
  pass(1)
  t.ok(writes.allow(7, 1))
})
