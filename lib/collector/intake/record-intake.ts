import { ZmqPubError } from '../../errors.ts'
import { hasRecords, skipRecords } from '../../record/ndjson.ts'
import type { Header } from '../../wire/message.ts'
import { helloIntervalMs, type Hello } from '../../wire/hello.ts'
import { fromHexId } from '../../wire/id.ts'
import { maxBatchBytes, maxBatchRecords, maxRecordBytes } from '../../wire/limits.ts'
import type { Journal } from '../journal/journal.ts'
import { forgetMs } from '../journal/stale-senders.ts'
import type { SenderReporter } from '../reporting/sender-reporter.ts'
import type { Totals } from '../reporting/totals.ts'
import type { Traffic } from '../reporting/traffic.ts'
import type { RecordBatch } from '../routing/record-batch.ts'
import type { Acker } from './acker.ts'
import { Admission } from './admission.ts'
import { CommitTracker } from './commit-tracker.ts'
import { isExplained } from './gaps.ts'
import { toGapRecord } from './gap-record.ts'
import type { LagSampler } from './lag-sampler.ts'
import type { Gap, SenderSessions, SenderState, Verdict } from './sender-sessions.ts'

/** A sender that sent nothing for this long is considered gone. Unit: ms */
const silentMs = 3 * helloIntervalMs
/** A sender that will never be spoken for again is forgotten after this: messages of it may still be under way. Unit: ms */
const forgetFinalMs = 30_000

/** A gap record has about this size. Unit: bytes */
const gapRecordBytes = 512

/** The most gaps of one message in the collector's own log; the log of the records has all of them. */
const maxReportedGaps = 10

/** Where a sender's records go, and what is said about the sender. */
export interface RecordSink {
  /** @param sender as it was before these records are committed */
  append: (batch: RecordBatch, sender: SenderState) => void
  /** bytes accepted and not yet written */
  readonly requiredBytes?: number
}

/** What record intake needs of its collector. */
export interface RecordIntakeOptions {
  journal: { readonly senders: Pick<Journal['senders'], 'inherit' | 'forget'> }
  outputs: RecordSink
  /** publishes what is appended, while somebody watches */
  live?: { readonly isWatched: boolean; take: (batch: RecordBatch) => void } | undefined
  sessions: SenderSessions
  acker: Pick<Acker, 'onCommit' | 'onHello' | 'onDuplicate'>
  reporter: SenderReporter
  totals: Totals
  traffic: Traffic
  lag: LagSampler
  /** ms since the epoch */
  now: () => number
  /** bounds what is taken and not committed @default one that does */
  admission?: Pick<Admission, 'admits' | 'add' | 'remove'>
  /** Whether missing records that no sender explains are a gap: of several gateways, each has a part of a sender's records. @default true */
  judgesGaps?: boolean
}

/** Handles what senders have sent, whoever has brought it: appends new records, records gaps, and acknowledges what is committed. */
export class RecordIntake {
  readonly #options: RecordIntakeOptions
  readonly #sessions: SenderSessions
  readonly #commits = new CommitTracker()
  readonly #admission: Pick<Admission, 'admits' | 'add' | 'remove'>

  constructor(options: RecordIntakeOptions) {
    this.#options = options
    this.#sessions = options.sessions
    this.#admission = options.admission ?? new Admission()
  }

  /** @param header with the public sender id, as those of all methods here */
  takeHello(header: Header, hello: Hello): { sender: SenderState; isNew: boolean } {
    // A spool of wire version 1 comes under a new id: what the journal has of the former one holds for it.
    const inherited =
      hello.formerId === undefined
        ? undefined
        : this.#options.journal.senders.inherit(header.senderId, fromHexId(hello.formerId))
    const { sender, isNew, gaps } = this.#sessions.hello(
      header,
      hello,
      performance.now(),
      known => this.#maySkip(known),
      inherited
    )
    sender.tally = this.#options.traffic.ofApp(sender.hello.app, sender.hello.host)
    if (isNew) this.#options.reporter.connected(sender)
    this.#writeGaps(sender, gaps)
    this.#options.acker.onHello(sender, isNew)
    return { sender, isNew }
  }

  /** @throws ERR_ZMQ_PUB_FRAME where the payload isn't what the header says; nothing of it is used then */
  takeBatch(header: Header, payload: Buffer): Verdict {
    const verdict = this.#sessions.batch(header, performance.now(), sender =>
      this.#mayTake(sender.id, header.count, payload)
    )
    if (verdict.kind === 'duplicate') {
      this.#options.totals.duplicateRecords += header.count
      this.#options.acker.onDuplicate(verdict.sender)
    }
    if (verdict.kind !== 'take') return verdict
    const { sender, skip, gaps } = verdict
    this.#writeGaps(sender, gaps)
    const records = skipRecords(payload, skip)
    const first = header.first + skip
    const count = header.count - skip
    const { totals } = this.#options
    totals.records += count
    totals.bytes += records.length
    sender.records += count
    sender.bytes += records.length
    sender.tally.records += count
    sender.tally.bytes += records.length
    this.#append(sender, records, first, header.first + header.count - 1)
    return verdict
  }

  /** @returns undefined where the sender is unknown */
  takeBye(header: Header, isFinal: boolean): SenderState | undefined {
    const known = this.#sessions.bye(header, isFinal, sender => this.#maySkip(sender))
    if (!known) return undefined
    this.#writeGaps(known.sender, known.gaps)
    this.#options.reporter.gone(known.sender, performance.now())
    known.sender.hello = withoutDetails(known.sender.hello)
    return known.sender
  }

  /** Calls back when all that was taken of a sender so far is committed. */
  whenCommitted(sender: SenderState, onCommitted: () => void): void {
    this.#commits.begin(sender.id, onCommitted).done()
  }

  /** Logs senders that have become silent, and forgets those gone for long. @param now as of performance.now() */
  expireSenders(now: number): void {
    for (const sender of this.#sessions.markSilent(now - silentMs)) {
      this.#options.reporter.silent(sender, now)
    }
    for (const { id } of this.#sessions.forget(now - forgetMs, now - forgetFinalMs)) {
      this.#options.journal.senders.forget(id)
    }
  }

  /**
   * Whether a batch may be taken now. One with another number of lines than its header says is refused
   * as a whole: taken in part, its records would have the sequence numbers of others, and a last line
   * without a newline would be one line with the next sender's first.
   * @throws ERR_ZMQ_PUB_FRAME
   */
  #mayTake(senderId: string, count: number, payload: Buffer): boolean {
    if (!this.#admits(senderId, payload.length)) {
      this.#options.totals.deferredBatches++
      return false
    }
    if (isWithinLimits(payload, count) && hasRecords(payload, count)) return true
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_FRAME',
      `a batch of ${count} records must have as many lines, each ending with a newline and within the limits of the wire format; got ${payload.length} bytes that don't`
    )
  }

  /** Whether the gaps that a sender's hello explains may be written now: they wait for the disk, too. */
  #maySkip({ id, hello }: SenderState): boolean {
    return this.#admits(id, gapRecordBytes * (2 * hello.dropped.length + 1))
  }

  #admits(senderId: string, bytes: number): boolean {
    return this.#admission.admits(senderId, bytes, this.#options.outputs.requiredBytes)
  }

  /** Appends a sender's records, and acknowledges them when they are in all required outputs. @param gap of which they are the notice */
  #append(sender: SenderState, records: Buffer, first: number, last: number, gap?: Gap): void {
    const bytes = records.length
    this.#admission.add(sender.id, bytes)
    const onMeasured = gap ? undefined : this.#options.lag.sample(records, sender)
    const commit = this.#commits.begin(sender.id, () => {
      onMeasured?.()
      this.#admission.remove(sender.id, bytes)
      sender.committed = last
      this.#options.acker.onCommit(sender, bytes)
    })
    const { id: senderId, hello } = sender
    const { outputs, live } = this.#options
    const isNotice = gap !== undefined
    const batch: RecordBatch = { senderId, hello, records, first, last, isNotice, commit }
    if (gap) batch.why = gap.why
    outputs.append(batch, sender)
    if (live?.isWatched) live.take(batch)
    commit.done()
  }

  #writeGaps(sender: SenderState, gaps: readonly Gap[]): void {
    const { judgesGaps = true, totals, reporter, now } = this.#options
    for (const [index, gap] of gaps.entries()) {
      if (!judgesGaps && !isExplained(gap)) {
        this.#pass(sender, gap.to)
        continue
      }
      const missing = gap.to - gap.from + 1
      totals.missingRecords += missing
      sender.missingRecords += missing
      sender.tally.missingRecords += missing
      const gapRecord = toGapRecord(sender, gap, now())
      if (index < maxReportedGaps) reporter.gap(gapRecord)
      const line = Buffer.from(`${JSON.stringify(gapRecord)}\n`)
      this.#append(sender, line, gap.from, gap.to, gap)
    }
    if (gaps.length > maxReportedGaps) reporter.moreGaps(sender, gaps.length)
  }

  /** Others have these records. */
  #pass(sender: SenderState, last: number): void {
    this.whenCommitted(sender, () => {
      sender.committed = last
      this.#options.acker.onCommit(sender, 0)
    })
  }
}

/** What is still of use of a hello after the bye: jobs that start every second would fill the memory with the rest. */
export function withoutDetails({ host, pid, app, messageKey, errorKey }: Hello): Hello {
  return { host, pid, app, versions: {}, levels: {}, messageKey, errorKey, dropped: [] }
}

/** Whether a transport could have made this batch: see Batcher. */
function isWithinLimits(payload: Buffer, count: number): boolean {
  if (count > maxBatchRecords) return false
  if (payload.length < maxBatchBytes) return true
  const lastStart = payload.lastIndexOf('\n', payload.length - 2) + 1
  return lastStart < maxBatchBytes && payload.length - lastStart <= maxRecordBytes
}
