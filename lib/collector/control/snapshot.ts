/** What a collector does at this moment, as pure data: for `zmq-pub-collector top`. */
import { hostname } from 'node:os'
import { toHexId } from '../../wire/id.ts'
import { version } from '../../version.ts'
import type { Totals } from '../reporting/totals.ts'
import { pickFirst, RecentActivity } from './busiest.ts'

/** Number of the form that a snapshot has; another one can't be read. */
export const snapshotForm = 1
/** A snapshot has this many senders and this many root topics one by one, and the sum of the others. */
export const maxRows = 200
/** The same of outputs. */
export const maxOutputs = 100

/** `gone`: it has said goodbye; `silent`: it has ended without one, or is cut off. */
export type SenderStatus = 'connected' | 'gone' | 'silent'

/** One process that sends batches, or a spool of one. Names are as the sender has chosen them: escape them. */
export interface SenderRow {
  /** 16 hexadecimal digits */
  id: string
  app: string
  host: string
  pid: number
  status: SenderStatus
  /** since it has connected. Unit: ms */
  connectedMs: number
  /** since its last message. Unit: ms */
  seenMs: number
  /** records taken since it has connected, as all that follows */
  records: number
  /** of these. Unit: bytes */
  bytes: number
  /** records in gaps */
  missingRecords: number
  /** records taken that are not in all required outputs yet */
  unwrittenRecords: number
  /** age of the last record that was measured when it was written: one after each snapshot. Unit: ms */
  lagMs?: number | undefined
}

/** All plain publishers of one root topic, since the collector was started. */
export interface RootRow {
  /** '' for topics without one */
  root: string
  /** since the last message. Unit: ms */
  seenMs: number
  records: number
  bytes: number
  /** records that a required output has dropped */
  droppedRecords: number
}

/** One output. */
export interface OutputRow {
  /** template of its paths */
  file: string
  isRequired: boolean
  /** accepted and not yet written. Unit: bytes */
  pendingBytes: number
  /** why it can't be written now; undefined where it can */
  trouble?: string | undefined
}

/** The stream that a writer reads. */
export interface StreamRow {
  stream: string
  /** why it can't be read now; undefined where it can */
  trouble?: string | undefined
}

/** The sum of what has no row of its own. */
export interface Others {
  count: number
  records: number
  bytes: number
  /** missing or dropped records */
  lostRecords: number
}

/** What a collector does at this moment. */
export interface Snapshot {
  form: number
  /** of zmq-pub */
  version: string
  host: string
  pid: number
  /** Unit: ms since the epoch */
  takenAt: number
  /** since the collector was started, by a clock that never jumps. Unit: ms */
  uptimeMs: number
  /** bound addresses */
  addresses: readonly string[]
  /** path of the journal */
  journal: string
  totals: Readonly<Totals>
  /** number of senders that are connected, and of those that are known and gone or silent */
  connected: number
  gone: number
  /** where not all have a row, those with most records in the last second or two */
  senders: SenderRow[]
  /** undefined where all senders have a row, as of the other lists */
  otherSenders: Others | undefined
  roots: RootRow[]
  otherRoots: Others | undefined
  /** those in trouble come first */
  outputs: OutputRow[]
  otherOutputs: number
  /** only of a writer */
  source?: StreamRow | undefined
}

/** What is known of a sender. */
interface KnownSender {
  /** 8 bytes as latin1 */
  readonly id: string
  readonly hello: { readonly app: string; readonly host: string; readonly pid: number }
  readonly isGone: boolean
  readonly hasSaidBye: boolean
  /** sequence number of the next record, and of the last one that is written */
  readonly expected: number
  readonly committed: number
  /** as of performance.now(), as `heardAt` */
  readonly connectedAt: number
  readonly heardAt: number
  readonly records: number
  readonly bytes: number
  readonly missingRecords: number
  /** set by each snapshot: it is measured only while somebody looks */
  isLagWanted: boolean
  readonly lagMs: number | undefined
}

/** What is known of a root topic. */
interface KnownRoot {
  readonly root: string
  readonly records: number
  readonly bytes: number
  readonly droppedPlainRecords: number
  /** when its last message came. Unit: ms since the epoch */
  readonly seenAt: number
  /** records in about the last minute */
  readonly recent: number
}

/** Where a snapshot takes its numbers from. */
export interface SnapshotSource {
  addresses: () => readonly string[]
  journalPath: () => string
  totals: () => Readonly<Totals>
  sessions: Iterable<KnownSender> & { readonly size: number; readonly present: number }
  roots: () => Iterable<KnownRoot>
  outputs: () => readonly {
    file: string
    isRequired: boolean
    pendingBytes: number
    trouble: Error | undefined
  }[]
  /** what a writer reads; undefined where there is none */
  source?: () => { stream: string; trouble: Error | undefined } | undefined
  /** ms since the epoch */
  now: () => number
}

/** Takes snapshots, each of which is bounded in size. Between them it costs nothing. */
export class Snapshots {
  readonly #source: SnapshotSource
  readonly #startedAt = performance.now()
  readonly #activity = new RecentActivity()

  constructor(source: SnapshotSource) {
    this.#source = source
  }

  /** What the collector does now. */
  take(): Snapshot {
    const { addresses, journalPath, totals, sessions, now } = this.#source
    return {
      form: snapshotForm,
      version,
      host: hostname(),
      pid: process.pid,
      takenAt: now(),
      uptimeMs: Math.round(performance.now() - this.#startedAt),
      addresses: addresses(),
      journal: journalPath(),
      totals: totals(),
      connected: sessions.present,
      gone: sessions.size - sessions.present,
      ...this.#listSenders(),
      ...this.#listRoots(),
      ...this.#listOutputs(),
      source: this.#toStreamRow()
    }
  }

  #toStreamRow(): StreamRow | undefined {
    const source = this.#source.source?.()
    return source && { stream: source.stream, trouble: toReason(source.trouble) }
  }

  #listSenders(): Pick<Snapshot, 'senders' | 'otherSenders'> {
    const now = performance.now()
    this.#activity.begin(now)
    const others = createOthers()
    const ranked = pickFirst(
      this.#rank(),
      maxRows,
      (a, b) =>
        b.recent - a.recent ||
        Number(a.item.isGone) - Number(b.item.isGone) ||
        b.item.heardAt - a.item.heardAt,
      ({ item }) => add(others, item, item.missingRecords)
    )
    const senders = ranked.map(({ item }) => toSenderRow(item, now))
    return { senders, otherSenders: others.count > 0 ? others : undefined }
  }

  /** Only where there are too many for a row each: their activity takes memory. */
  *#rank(): Generator<{ item: KnownSender; recent: number }> {
    const { sessions } = this.#source
    const isRanked = sessions.size > maxRows
    for (const item of sessions) yield { item, recent: isRanked ? this.#activity.of(item) : 0 }
  }

  #listRoots(): Pick<Snapshot, 'roots' | 'otherRoots'> {
    const others = createOthers()
    const ranked = pickFirst(
      this.#source.roots(),
      maxRows,
      (a, b) => b.recent - a.recent || b.seenAt - a.seenAt,
      root => add(others, root, root.droppedPlainRecords)
    )
    const now = this.#source.now()
    const roots = ranked.map(root => toRootRow(root, now))
    return { roots, otherRoots: others.count > 0 ? others : undefined }
  }

  #listOutputs(): Pick<Snapshot, 'outputs' | 'otherOutputs'> {
    const all = this.#source.outputs()
    const outputs = all
      .toSorted((a, b) => Number(b.trouble !== undefined) - Number(a.trouble !== undefined))
      .slice(0, maxOutputs)
      .map(({ file, isRequired, pendingBytes, trouble }) => ({
        file,
        isRequired,
        pendingBytes,
        trouble: toReason(trouble)
      }))
    return { outputs, otherOutputs: all.length - outputs.length }
  }
}

function toReason(trouble: Error | undefined): string | undefined {
  return trouble && ((trouble as NodeJS.ErrnoException).code ?? trouble.message).slice(0, 256)
}

function createOthers(): Others {
  return { count: 0, records: 0, bytes: 0, lostRecords: 0 }
}

function add(others: Others, counts: { records: number; bytes: number }, lost: number): void {
  others.count++
  others.records += counts.records
  others.bytes += counts.bytes
  others.lostRecords += lost
}

function toSenderRow(sender: KnownSender, now: number): SenderRow {
  const { id, hello, isGone, hasSaidBye, expected, committed, lagMs } = sender
  const { connectedAt, heardAt, records, bytes, missingRecords } = sender
  sender.isLagWanted = true
  const ended = hasSaidBye ? 'gone' : 'silent'
  return {
    id: toHexId(id),
    app: hello.app,
    host: hello.host,
    pid: hello.pid,
    status: isGone ? ended : 'connected',
    connectedMs: Math.round(now - connectedAt),
    seenMs: Math.round(now - heardAt),
    records,
    bytes,
    missingRecords,
    unwrittenRecords: expected - 1 - committed,
    ...(lagMs !== undefined && { lagMs: Math.round(lagMs) })
  }
}

function toRootRow({ root, records, bytes, droppedPlainRecords, seenAt }: KnownRoot, now: number) {
  const seenMs = Math.max(0, Math.round(now - seenAt))
  return { root, seenMs, records, bytes, droppedRecords: droppedPlainRecords }
}
