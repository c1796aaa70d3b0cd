import { test } from 'tap'
import {
  maxOutputs,
  maxRows,
  Snapshots,
  type SnapshotSource
} from '../../../lib/collector/control/snapshot.ts'
import { Totals } from '../../../lib/collector/reporting/totals.ts'
import { maxNameBytes } from '../../../lib/wire/limits.ts'

const hello = { app: 'shop', host: 'web-1', pid: 17 }

/** A sender as the collector knows it. */
function makeSender(given: object = {}) {
  return {
    id: '\u0001\u00ff345678',
    hello,
    isGone: false,
    hasSaidBye: false,
    expected: 11,
    committed: 8,
    connectedAt: performance.now() - 5000,
    heardAt: performance.now() - 100,
    records: 10,
    bytes: 1000,
    missingRecords: 2,
    isLagWanted: false,
    lagMs: undefined,
    ...given
  }
}

type Sender = ReturnType<typeof makeSender>

function takeFrom(senders: Sender[], given: Partial<SnapshotSource> = {}) {
  const sessions = Object.assign(senders, {
    size: senders.length,
    present: senders.filter(({ isGone }) => !isGone).length
  })
  return new Snapshots({
    addresses: () => ['tcp://127.0.0.1:5558'],
    journalPath: () => '/logs/.x.journal',
    totals: () => new Totals(),
    sessions,
    roots: () => [],
    outputs: () => [],
    now: () => 100_000,
    ...given
  }).take()
}

test('a writer is shown with its stream', async t => {
  t.equal(takeFrom([]).source, undefined)
  const trouble = new Error('x'.repeat(1000))
  const source = (): { stream: string; trouble: Error } => ({ stream: 'logs', trouble })
  t.strictSame(takeFrom([], { source }).source, { stream: 'logs', trouble: 'x'.repeat(256) })
})

test('a sender is shown with what it has sent since it has connected', async t => {
  const { senders, connected, gone } = takeFrom([
    makeSender({ lagMs: 12.3 }),
    makeSender({ isGone: true, hasSaidBye: true }),
    makeSender({ isGone: true, heardAt: 0 })
  ])
  t.match(senders, [{ status: 'connected' }, { status: 'gone' }, { status: 'silent' }])
  t.strictSame([connected, gone], [1, 2])
  const [{ connectedMs, seenMs, ...sender } = { connectedMs: 0, seenMs: 0 }] = senders
  t.ok(connectedMs >= 5000 && seenMs >= 100 && seenMs < connectedMs)
  t.strictSame(sender, {
    id: '01ff333435363738',
    ...hello,
    status: 'connected',
    records: 10,
    bytes: 1000,
    missingRecords: 2,
    unwrittenRecords: 2,
    lagMs: 12
  })
})

test('root topics are shown, those with most of the last minute first', async t => {
  const roots = ['a', 'b'].map((root, recent) => ({
    root,
    records: 5,
    bytes: 50,
    missingRecords: 0,
    droppedPlainRecords: 1,
    seenAt: 99_000,
    recent
  }))
  const row = { seenMs: 1000, records: 5, bytes: 50, droppedRecords: 1 }
  t.strictSame(takeFrom([], { roots: () => roots }).roots, [
    { root: 'b', ...row },
    { root: 'a', ...row }
  ])
})

test('outputs in trouble come first, with a reason that no path of a sender is in', async t => {
  const full = Object.assign(new Error("ENOSPC: no space left, write '/a'"), { code: 'ENOSPC' })
  const outputs = [undefined, full, new Error('x'.repeat(1000))].map((trouble, index) => {
    return { file: `/${index}`, isRequired: true, pendingBytes: index, trouble }
  })
  const taken = takeFrom([], { outputs: () => outputs })
  t.match(taken.outputs, [
    { file: '/1', trouble: 'ENOSPC', pendingBytes: 1 },
    { file: '/2', trouble: 'x'.repeat(256) },
    { file: '/0', trouble: undefined, isRequired: true }
  ])
  t.equal(taken.otherOutputs, 0)
})

test('of too many, the busiest have a row, and the others a sum; the size of all is bounded', async t => {
  const name = '\u0001'.repeat(maxNameBytes)
  const count = 20_000
  const senders = Array.from({ length: count }, (_, records) =>
    makeSender({ records, hello: { app: name, host: name, pid: records } })
  )
  const roots = Array.from({ length: count }, (_, recent) => {
    return { root: name, records: 1, bytes: 3, droppedPlainRecords: 2, seenAt: 0, recent }
  })
  const output = { file: name, isRequired: true, pendingBytes: 0, trouble: new Error(name) }
  const taken = takeFrom(senders, {
    roots: () => roots,
    outputs: () => Array.from({ length: count }, () => output)
  })
  t.equal(taken.senders.length, maxRows)
  t.equal(taken.senders[0]?.records, count - 1)
  const left = count - maxRows
  const records = (left * (left - 1)) / 2
  t.strictSame(taken.otherSenders, {
    count: left,
    records,
    bytes: left * 1000,
    lostRecords: left * 2
  })
  t.strictSame(taken.otherRoots, {
    count: left,
    records: left,
    bytes: left * 3,
    lostRecords: left * 2
  })
  t.equal(taken.roots.length, maxRows)
  t.equal(taken.outputs.length, maxOutputs)
  t.equal(taken.otherOutputs, count - maxOutputs)
  const bytes = JSON.stringify(taken).length
  t.ok(bytes < 2 * 1024 * 1024, `${bytes} bytes at the worst`)
})
