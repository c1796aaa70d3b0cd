import { test } from 'tap'
import { toJson, toView } from '../../lib/top/view.ts'
import { makeSenderRow, makeSnapshot } from '../helpers/top-sample.ts'
import { Totals } from '../../lib/collector/reporting/totals.ts'
import type { Snapshot } from '../../lib/collector/control/snapshot.ts'

function makeTotals(records: number, plainRecords: number, bytes: number): Totals {
  return Object.assign(new Totals(), { records, plainRecords, bytes })
}

const root = { root: 'jobs', seenMs: 0, records: 10, bytes: 100, droppedRecords: 3 }

test('rates are the difference of two snapshots by the time between them', async t => {
  const earlier = makeSnapshot({
    uptimeMs: 1000,
    totals: makeTotals(100, 10, 5000),
    senders: [makeSenderRow({ records: 100, bytes: 5000 })],
    roots: [root]
  })
  const later = makeSnapshot({
    uptimeMs: 3000,
    totals: makeTotals(300, 30, 9000),
    senders: [makeSenderRow({ records: 300, bytes: 8800, missingRecords: 7 })],
    roots: [{ ...root, records: 30, bytes: 300 }]
  })
  const { total, rows } = toView(later, earlier)
  t.strictSame(total, { lines: 110, bytes: 2000 })
  t.match(rows, [
    { name: 'shop', pid: 4711, lines: 100, bytes: 1900, lost: 7, status: 'connected' },
    { name: 'jobs', pid: undefined, lines: 10, bytes: 100, lost: 3, status: 'plain' }
  ])
  t.match(toJson({ snapshot: later, total, rows }), {
    linesPerSecond: 110,
    senders: [{ app: 'shop', records: 300, linesPerSecond: 100, bytesPerSecond: 1900 }],
    roots: [{ root: 'jobs', linesPerSecond: 10 }]
  })
})

const senders: [what: string, earlier: object | undefined, later: object, lines?: number][] = [
  ['is new', undefined, { records: 50, connectedMs: 900 }, 50],
  ['was among the others before', undefined, { records: 50, connectedMs: 5000 }],
  ['came back, and counts anew', { records: 500 }, { records: 50 }, 50],
  ['sends nothing', { records: 50 }, { records: 50 }, 0]
]

for (const [what, before, after, lines] of senders) {
  test(`the rate of a sender that ${what} is ${lines ?? 'not known'}`, async t => {
    const earlier = makeSnapshot({ uptimeMs: 1000, senders: before ? [makeSenderRow(before)] : [] })
    const later = makeSnapshot({ uptimeMs: 2000, senders: [makeSenderRow(after)] })
    t.equal(toView(later, earlier).rows[0]?.lines, lines)
  })
}

test('a root topic that is new counts from 0, unless it was among the others', async t => {
  const later = makeSnapshot({ uptimeMs: 2000, roots: [root] })
  const earlier = makeSnapshot({ uptimeMs: 1000 })
  t.equal(toView(later, earlier).rows[0]?.lines, 10)
  const otherRoots = { count: 1, records: 0, bytes: 0, lostRecords: 0 }
  t.equal(toView(later, { ...earlier, otherRoots }).rows[0]?.lines, undefined)
})

const unrelated: [what: string, earlier: Snapshot | undefined][] = [
  ['there is no other', undefined],
  ['the other is of another process', makeSnapshot({ pid: 1, uptimeMs: 0 })],
  ['the other is of another host', makeSnapshot({ host: 'x', uptimeMs: 0 })],
  ['the other is of the same moment', makeSnapshot()],
  ['the other is later, of a process with the same pid', makeSnapshot({ uptimeMs: 1e12 })]
]

for (const [what, earlier] of unrelated) {
  test(`no rate is known where ${what}`, async t => {
    const { total, rows } = toView(makeSnapshot({ senders: [makeSenderRow()] }), earlier)
    t.strictSame(total, { lines: undefined, bytes: undefined })
    t.equal(rows[0]?.lines, undefined)
  })
}
