import { test, type Test } from 'tap'
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
  const onWritten = [pending.add('a', 10, 1, commit), pending.add('a', 20, 2, commit)]
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
  const onWritten = [
    pending.add('a', 1, 1, a),
    pending.add('a', 1, 2, a),
    pending.add('a', 1, 4, b)
  ]
  pending.add('a', 1, 8, undefined)
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

const mebibyte = 2 ** 20

/** Pending writes whose time passes only by `pass`. */
function makePending(t: Test) {
  let now = 1000
  t.intercept(performance, 'now', { value: () => now })
  const pass = (ms: number): void => void (now += ms)
  return { pending: new PendingWrites(), pass }
}

test('more than 64 MiB that nobody sends again are too much for a log, and for no other', async t => {
  const { pending } = makePending(t)
  pending.add('a', 64 * mebibyte, 1, undefined)
  t.equal(pending.isFull('a'), false)
  const onWritten = pending.add('a', 1, 1, undefined)
  t.equal(pending.isFull('a'), true)
  t.equal(pending.isFull('b'), false)
  onWritten()
  t.equal(pending.isFull('a'), false)
})

test('what its sender keeps until it is acknowledged takes nothing from what nobody sends again', async t => {
  const { begin } = makeCommits()
  const { pending, pass } = makePending(t)
  for (const log of ['a', 'b']) pending.add(log, 1024 * mebibyte, 1, begin(log))
  pending.add('a', 64 * mebibyte, 1, undefined)
  pass(60_000)
  t.equal(pending.isFull('a'), false)
  t.equal(pending.bytes, (2048 + 64) * mebibyte)
})

test('the more logs are stuck the less each may have: the largest are full first, those that write never', async t => {
  const { pending, pass } = makePending(t)
  const logs = ['a', 'b', 'c', 'd', 'e', 'f']
  const add = (log: string, bytes: number): (() => void) => pending.add(log, bytes, 1, undefined)
  for (const log of logs) add(log, 30 * mebibyte)
  t.notOk(logs.some(log => pending.isFull(log)))
  const written = add('writing', 60 * mebibyte)
  add('writing', 60 * mebibyte)
  add('g', 10 * mebibyte)
  pass(1001)
  written()
  add('late', 40 * mebibyte)
  // 256 MiB in all, less 290 MiB that wait: those that are stuck may have nothing more.
  t.strictSame(
    [...logs, 'g', 'writing', 'late', 'new'].filter(log => pending.isFull(log)),
    [...logs, 'g']
  )
})

test('while logs are stuck, memory is bounded, and a little more is taken for those with little', async t => {
  const { pending, pass } = makePending(t)
  const waiting = Array.from({ length: 50 }, () => 0)
  for (let round = 0; round < 200; round++) {
    pass(100)
    for (const [log, bytes] of waiting.entries()) {
      if (pending.isFull(String(log))) continue
      pending.add(String(log), mebibyte, 1, undefined)
      waiting[log] = bytes + mebibyte
    }
  }
  t.ok(pending.bytes < 1024 * mebibyte, `${pending.bytes} bytes`)
  t.equal(pending.isFull('new'), false)
})
