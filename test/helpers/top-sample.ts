/** A snapshot of a collector, as docs/top.md shows it, and how it was a second before. */
import {
  snapshotForm,
  type SenderRow,
  type Snapshot
} from '../../lib/collector/control/snapshot.ts'
import { Totals } from '../../lib/collector/reporting/totals.ts'

/** A row of a sender. */
export function makeSenderRow(given: Partial<SenderRow> = {}): SenderRow {
  return {
    id: '0000000000000001',
    app: 'shop',
    host: 'web-1',
    pid: 4711,
    status: 'connected',
    connectedMs: 3_600_000,
    seenMs: 20,
    records: 0,
    bytes: 0,
    missingRecords: 0,
    unwrittenRecords: 0,
    ...given
  }
}

/** A snapshot, with nothing in it unless it is given. */
export function makeSnapshot(given: Partial<Snapshot> = {}): Snapshot {
  return {
    form: snapshotForm,
    version: '1.2.3',
    host: 'logs',
    pid: 812,
    takenAt: new Date(2026, 10, 26, 8, 30, 15).getTime(),
    uptimeMs: 3 * 86_400_000,
    addresses: ['tcp://*:5558'],
    journal: '/var/log/zmq-pub/.{date}.log.journal',
    totals: new Totals(),
    connected: 0,
    gone: 0,
    senders: [],
    otherSenders: undefined,
    roots: [],
    otherRoots: undefined,
    outputs: [],
    otherOutputs: 0,
    ...given
  }
}

/** By sender: its own members, and how many lines and bytes it sends in a second. */
const senders: [given: Partial<SenderRow>, lines: number, lineBytes: number][] = [
  [{ id: '1', app: 'shop', host: 'web-1', pid: 4711, lagMs: 14 }, 8120, 212],
  [{ id: '2', app: 'shop', host: 'web-2', pid: 5120, lagMs: 12 }, 7954, 211],
  [{ id: '3', app: 'billing', host: 'web-1', pid: 4802, lagMs: 9, missingRecords: 1200 }, 310, 180],
  [{ id: '4', app: 'search', host: 'web-2', pid: 5133, lagMs: 2300, seenMs: 300 }, 42, 950],
  [
    { id: '5', app: 'nightly', host: 'jobs-1', pid: 990, seenMs: 18_000_000, status: 'gone' },
    0,
    100
  ],
  [{ id: '6', app: 'mailer', host: 'web-2', pid: 5201, seenMs: 125_000, status: 'silent' }, 0, 100]
]

function makeSample(seconds: number): Snapshot {
  const records = 1_000_000
  const bytesPerSecond = senders.reduce((sum, [, lines, bytes]) => sum + lines * bytes, 57 * 60)
  const linesPerSecond = senders.reduce((sum, [, lines]) => sum + lines, 57)
  return makeSnapshot({
    uptimeMs: 3 * 86_400_000 + seconds * 1000,
    totals: Object.assign(new Totals(), {
      records: records + linesPerSecond * seconds,
      bytes: bytesPerSecond * seconds,
      missingRecords: 1200
    }),
    connected: 4,
    gone: 2,
    senders: senders.map(([given, lines, lineBytes]) =>
      makeSenderRow({
        ...given,
        records: records + lines * seconds,
        bytes: (records + lines * seconds) * lineBytes
      })
    ),
    roots: [
      {
        root: 'jobs',
        seenMs: 0,
        records: 57 * seconds,
        bytes: 57 * 60 * seconds,
        droppedRecords: 0
      }
    ],
    outputs: [
      { file: '/var/log/zmq-pub/{date}.log', isRequired: true, pendingBytes: 18_400 },
      { file: '/mnt/nfs/errors.log', isRequired: false, pendingBytes: 3_200_000, trouble: 'ESTALE' }
    ].toSorted((a, b) => Number('trouble' in b) - Number('trouble' in a))
  })
}

/** Two snapshots, one second apart. */
export const sample = { earlier: makeSample(0), later: makeSample(1) }
