import { test } from 'tap'
import { SnapshotCache } from '../../lib/viewer/snapshot-cache.ts'

test('browsers that ask at the same time get one answer, and so do those that ask soon after', async t => {
  let asked = 0
  const cache = new SnapshotCache(() => asked++)
  const waiting = [cache.get(), cache.get(), cache.get()]
  t.equal(asked, 1)
  cache.take('{"senders":[]}')
  t.strictSame(new Set(await Promise.all(waiting)), new Set(['{"senders":[]}']))
  t.equal(await cache.get(), '{"senders":[]}')
  t.equal(asked, 1)
})

test('an old answer is not given again', async t => {
  let asked = 0
  const cache = new SnapshotCache(() => asked++)
  cache.take('old')
  const realNow = performance.now.bind(performance)
  t.teardown(() => (performance.now = realNow))
  performance.now = () => realNow() + 500
  const waiting = cache.get()
  t.equal(asked, 1)
  cache.take('new')
  t.equal(await waiting, 'new')
})
