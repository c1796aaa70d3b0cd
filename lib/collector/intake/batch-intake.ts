import { ZmqPubError } from '../../errors.ts'
import { hasRecords, skipRecords } from '../../record/ndjson.ts'
import type { Header } from '../../wire/message.ts'
import { decodeHello, helloIntervalMs, isFinalBye, type Hello } from '../../wire/hello.ts'
import { fromHexId } from '../../wire/id.ts'
import { maxBatchBytes, maxBatchRecords, maxHelloBytes, maxRecordBytes } from '../../wire/limits.ts'
import type { Journal } from '../journal/journal.ts'
import { forgetMs } from '../journal/stale-senders.ts'
import type { SecurityMode } from '../access/access.ts'
import type { SenderReporter } from '../reporting/sender-reporter.ts'
import type { Totals } from '../reporting/totals.ts'
import type { Traffic } from '../reporting/traffic.ts'
import type { RecordBatch } from '../routing/record-batch.ts'
import type { Acker } from './acker.ts'
import { Admission } from './admission.ts'
import { CommitTracker } from './commit-tracker.ts'
import { toGapRecord } from './gap-record.ts'
import type { Identities } from './identities.ts'
import type { LagSampler } from './lag-sampler.ts'
import type { Gap, SenderSessions, SenderState } from './sender-sessions.ts'
import { createSender } from './sender-state.ts'

/** A sender that sent nothing for this long is considered gone. Unit: ms */
const silentMs = 3 * helloIntervalMs
/** A sender that will never be spoken for again is forgotten after this: messages of it may still be under way. Unit: ms */
const forgetFinalMs = 30_000

/** A gap record has about this size. Unit: bytes */
const gapRecordBytes = 512

/** Ids of senders that were given up meanwhile; more of them are forgotten at once. */
const maxForgottenIds = 10_000

/** The collector's own log says so many gaps of one message; the log of the records has all of them. */
const maxReportedGaps = 10

/** What batch intake needs of its collector. */
export interface BatchIntakeOptions {
  journal: Journal
  outputs: {
    append: (batch: RecordBatch) => void
    /** bytes accepted and not yet written */
    readonly requiredBytes?: number
  }
  /** publishes what is appended, while somebody watches */
  live?: { readonly isWatched: boolean; take: (batch: RecordBatch) => void } | undefined
  sessions: SenderSessions
  acker: Acker
  reporter: SenderReporter
  totals: Totals
  traffic: Traffic
  lag: LagSampler
  /** ms since the epoch */
  now: () => number
  /** who may speak for which sender */
  identities: Identities
}

/** Handles messages of transports: appends new records, records gaps, and acknowledges what is committed. */
export class BatchIntake {
  readonly #options: BatchIntakeOptions
  readonly #sessions: SenderSessions
  readonly #commits = new CommitTracker()
  readonly #admission = new Admission()

  constructor(options: BatchIntakeOptions) {
    this.#options = options
    this.#sessions = options.sessions
  }

  /**
   * Handles one message.
   * @param header with the secret sender id; everything else knows senders by their public ids
   * @param mode how it came
   * @param payload NDJSON records of a batch, JSON of a hello, empty for a bye
   * @throws ERR_ZMQ_PUB_FRAME where the payload isn't what the header says, ERR_ZMQ_PUB_KEY where this sender
   *   may not send it; nothing of it is used then
   */
  take(header: Header, payload: Buffer, mode: SecurityMode): void {
    if (header.kind === 'hello') return this.#onHello(header, payload, mode)
    const publicId = this.#options.identities.find(header.senderId, mode)
    if (publicId === undefined) return // the hello is on its way, or the sender will ask
    const publicHeader = { ...header, senderId: publicId }
    if (header.kind === 'batch') this.#onBatch(publicHeader, payload)
    else this.#onBye(publicHeader, isFinalBye(payload))
  }

  #onHello(given: Header, payload: Buffer, mode: SecurityMode): void {
    const decoded = decodeHello(payload)
    if (!decoded) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_FRAME',
        `the payload of a hello must be a JSON object of at most ${maxHelloBytes} bytes, got ${payload.length} bytes`
      )
    }
    if (decoded.check) return this.#onCheck(given.senderId, decoded, mode)
    const { publicId, hello } = this.#options.identities.hello(given.senderId, decoded, mode)
    const header = { ...given, senderId: publicId }
    // A spool of wire version 1 comes under a new id: what the journal has of the former one holds for it.
    const inherited =
      hello.formerId === undefined
        ? undefined
        : this.#options.journal.senders.inherit(publicId, fromHexId(hello.formerId))
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
    if (this.#options.identities.size > this.#sessions.size + maxForgottenIds)
      this.#forgetIdentities()
  }

  /** Answers `zmq-pub-collector check`: with an ack, as any sender gets it, and without a session. */
  #onCheck(senderId: string, hello: Hello, mode: SecurityMode): void {
    const publicId = this.#options.identities.check(senderId, hello, mode)
    const header = { kind: 'hello', senderId: publicId, first: 1, count: 0 } as const
    this.#options.acker.onHello(createSender(header, withoutDetails(hello), undefined), true)
  }

  #onBatch(header: Header, payload: Buffer): void {
    const verdict = this.#sessions.batch(header, performance.now(), sender =>
      this.#mayTake(sender.id, header.count, payload)
    )
    if (verdict.kind === 'duplicate') {
      this.#options.totals.duplicateRecords += header.count
      this.#options.acker.onDuplicate(verdict.sender)
    }
    if (verdict.kind !== 'take') return
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

  #onBye(header: Header, isFinal: boolean): void {
    const known = this.#sessions.bye(header, isFinal, sender => this.#maySkip(sender))
    if (!known) return
    this.#writeGaps(known.sender, known.gaps)
    this.#options.reporter.gone(known.sender, performance.now())
    known.sender.hello = withoutDetails(known.sender.hello)
  }

  /** Appends a sender's records, and acknowledges them when they are in all required outputs. */
  #append(
    sender: SenderState,
    records: Buffer,
    first: number,
    last: number,
    isNotice = false
  ): void {
    const bytes = records.length
    this.#admission.add(sender.id, bytes)
    const onMeasured = isNotice ? undefined : this.#options.lag.sample(records, sender)
    const commit = this.#commits.begin(sender.id, () => {
      onMeasured?.()
      this.#admission.remove(sender.id, bytes)
      sender.committed = last
      this.#options.acker.onCommit(sender, bytes)
    })
    const { id: senderId, hello } = sender
    const { outputs, live } = this.#options
    const batch = { senderId, hello, records, first, last, isNotice, commit }
    outputs.append(batch)
    if (live?.isWatched) live.take(batch)
    commit.done()
  }

  #writeGaps(sender: SenderState, gaps: Gap[]): void {
    for (const [index, gap] of gaps.entries()) {
      const missing = gap.to - gap.from + 1
      this.#options.totals.missingRecords += missing
      sender.missingRecords += missing
      sender.tally.missingRecords += missing
      const gapRecord = toGapRecord(sender, gap, this.#options.now())
      if (index < maxReportedGaps) this.#options.reporter.gap(gapRecord)
      const line = Buffer.from(`${JSON.stringify(gapRecord)}\n`)
      this.#append(sender, line, gap.from, gap.to, true)
    }
    if (gaps.length > maxReportedGaps) this.#options.reporter.moreGaps(sender, gaps.length)
  }

  /** Logs senders that have become silent, and forgets those gone for long. @param now as of performance.now() */
  expireSenders(now: number): void {
    for (const sender of this.#sessions.markSilent(now - silentMs)) {
      this.#options.reporter.silent(sender, now)
    }
    for (const { id } of this.#sessions.forget(now - forgetMs, now - forgetFinalMs)) {
      this.#options.journal.senders.forget(id)
    }
    this.#forgetIdentities()
  }

  #forgetIdentities(): void {
    this.#options.identities.keepOnly(publicId => this.#sessions.has(publicId))
  }
}

/** What is still of use of a hello after the bye: jobs that start every second would fill the memory with the rest. */
function withoutDetails({ host, pid, app, messageKey, errorKey }: Hello): Hello {
  return { host, pid, app, versions: {}, levels: {}, messageKey, errorKey, dropped: [] }
}

/** Whether a transport could have made this batch: see Batcher. */
function isWithinLimits(payload: Buffer, count: number): boolean {
  if (count > maxBatchRecords) return false
  if (payload.length < maxBatchBytes) return true
  const lastStart = payload.lastIndexOf('\n', payload.length - 2) + 1
  return lastStart < maxBatchBytes && payload.length - lastStart <= maxRecordBytes
}
