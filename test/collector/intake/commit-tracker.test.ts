import { test } from 'tap'
import { CommitTracker } from '../../../lib/collector/intake/commit-tracker.ts'

test('a batch is committed when all of its parts are done', async t => {
  const committed: string[] = []
  const commit = new CommitTracker().begin('a', () => committed.push('1'))
  commit.add()
  commit.add()
  commit.done()
  commit.done()
  t.strictSame(committed, [])
  commit.done()
  t.strictSame(committed, ['1'])
})

test("a sender's batches are committed in their order, and no sender waits for another", async t => {
  const committed: string[] = []
  const filing = new CommitTracker()
  const [a1, a2, b1, a3] = ['a1', 'a2', 'b1', 'a3'].map(name =>
    filing.begin(name[0] ?? '', () => committed.push(name))
  )
  a3?.done()
  a2?.done()
  t.strictSame(committed, [])
  b1?.done()
  t.strictSame(committed, ['b1'])
  a1?.done()
  t.strictSame(committed, ['b1', 'a1', 'a2', 'a3'])
  filing.begin('a', () => committed.push('a4')).done()
  t.equal(committed.at(-1), 'a4')
})
