/** What the difference of two snapshots tells: how much comes in a second. */
import type { RootRow, SenderRow, SenderStatus, Snapshot } from '../collector/control/snapshot.ts'

/** In a second; undefined where only one snapshot knows the sender. */
export interface Rate {
  lines: number | undefined
  bytes: number | undefined
}

/** A row of the table: a sender, or all plain publishers of a root topic. */
export interface Row extends Rate {
  /** as the sender has chosen it: not escaped, as `host` */
  name: string
  host: string
  /** undefined for plain publishers */
  pid: number | undefined
  status: SenderStatus | 'plain'
  lagMs: number | undefined
  lost: number
  seenMs: number
}

/** What is shown of a snapshot. */
export interface View {
  snapshot: Snapshot
  total: Rate
  rows: Row[]
}

/** @param previous an earlier snapshot; one of another collector, or none, leaves the rates undefined */
export function toView(current: Snapshot, previous: Snapshot | undefined): View {
  const isSame = previous?.pid === current.pid && previous.host === current.host
  const elapsedMs = isSame ? current.uptimeMs - previous.uptimeMs : 0
  const earlier = elapsedMs > 0 ? previous : undefined
  const senders = new Map(earlier?.senders.map(sender => [sender.id, sender]))
  const roots = new Map(earlier?.roots.map(root => [root.root, root]))
  const isNewSender = ({ connectedMs }: SenderRow): boolean => connectedMs <= elapsedMs
  const isComplete = earlier !== undefined && earlier.otherRoots === undefined
  return {
    snapshot: current,
    total: toRate(toCounts(current), earlier && toCounts(earlier), elapsedMs),
    rows: [
      ...current.senders.map(sender => {
        const former = senders.get(sender.id) ?? (isNewSender(sender) ? nothing : undefined)
        return toSenderRow(sender, toRate(sender, former, elapsedMs))
      }),
      ...current.roots.map(root => {
        const former = roots.get(root.root) ?? (isComplete ? nothing : undefined)
        return toRootRow(root, toRate(root, former, elapsedMs))
      })
    ]
  }
}

/** The snapshot with the rates, as `--json` shows it. */
export function toJson({ snapshot, total, rows }: View): object {
  const withRate = (row: object, index: number): object => {
    const { lines, bytes } = rows[index] ?? { lines: undefined, bytes: undefined }
    return { ...row, linesPerSecond: lines, bytesPerSecond: bytes }
  }
  return {
    ...snapshot,
    linesPerSecond: total.lines,
    bytesPerSecond: total.bytes,
    senders: snapshot.senders.map(withRate),
    roots: snapshot.roots.map((root, index) => withRate(root, snapshot.senders.length + index))
  }
}

interface Counts {
  readonly records: number
  readonly bytes: number
}

const nothing: Counts = { records: 0, bytes: 0 }

function toCounts({ totals }: Snapshot): Counts {
  return { records: totals.records + totals.plainRecords, bytes: totals.bytes }
}

function toRate(now: Counts, former: Counts | undefined, elapsedMs: number): Rate {
  if (!former || elapsedMs <= 0) return { lines: undefined, bytes: undefined }
  // A sender that came back counts from 0.
  const { records, bytes } = former.records > now.records ? nothing : former
  const seconds = elapsedMs / 1000
  return {
    lines: Math.max(0, Math.round((now.records - records) / seconds)),
    bytes: Math.max(0, Math.round((now.bytes - bytes) / seconds))
  }
}

function toSenderRow(sender: SenderRow, rate: Rate): Row {
  const { app, host, pid, status, lagMs, missingRecords, seenMs } = sender
  const row = { name: app, host, pid, status, ...rate, lost: missingRecords, seenMs }
  return { ...row, lagMs: rate.lines === 0 ? undefined : lagMs } // of another time
}

function toRootRow({ root, seenMs, droppedRecords }: RootRow, rate: Rate): Row {
  const unknown = { host: '', pid: undefined, lagMs: undefined }
  return { name: root, ...unknown, status: 'plain', ...rate, lost: droppedRecords, seenMs }
}
