import { test } from 'tap'
import { CommitTracker } from '../../../lib/collector/intake/commit-tracker.ts'
import { PendingWrites } from '../../../lib/collector/output/pending-writes.ts'

/** Commits of one sender's batches, and the names of those that are committed. */
function makeCommits() {
  const committed: string[] = []
  const commits = new CommitTracker()
  const begin = (name: string) => commits.begin(name, () => committed.push(name))
  return { begin, committed }
}

test('a batch is committed when all of its parts are written', async t => {
  const { begin, committed } = makeCommits()
  const pending = new PendingWrites()
  const commit = begin('a')
  const onWritten = [pending.add(10, 1, commit), pending.add(20, 2, commit)]
  commit.done()
  t.equal(pending.bytes, 30)
  onWritten[0]?.()
  t.equal(pending.bytes, 20)
  t.strictSame(committed, [])
  onWritten[1]?.()
  t.equal(pending.bytes, 0)
  t.strictSame(committed, ['a'])
})

test('what is abandoned is counted and committed once, also if it is written later', async t => {
  const { begin, committed } = makeCommits()
  const pending = new PendingWrites()
  const [a, b] = [begin('a'), begin('b')]
  const onWritten = [pending.add(1, 1, a), pending.add(1, 2, a), pending.add(1, 4, b)]
  pending.add(1, 8, undefined)
  a.done()
  b.add() // of another output
  b.done()
  onWritten[0]?.()
  t.equal(pending.abandonAndCount(), 14)
  t.strictSame(committed, ['a'])
  for (const callback of onWritten.slice(1)) callback()
  t.strictSame(committed, ['a'])
  b.done()
  t.strictSame(committed, ['a', 'b'])
})

test('more than 64 MiB are too much', async t => {
  const pending = new PendingWrites()
  pending.add(64 * 2 ** 20, 1, undefined)
  t.equal(pending.isFull, false)
  const onWritten = pending.add(1, 1, undefined)
  t.equal(pending.isFull, true)
  onWritten()
  t.equal(pending.isFull, false)
})
