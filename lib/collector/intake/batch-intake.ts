import { ZmqPubError } from '../../errors.ts'
import { hasRecords, skipRecords } from '../../record/ndjson.ts'
import { frameKinds, type Header } from '../../wire/frame.ts'
import { decodeHello, helloIntervalMs, isFinalBye, type Hello } from '../../wire/hello.ts'
import type { Journal } from '../journal/journal.ts'
import type { Reporter } from '../reporting/reporter.ts'
import type { Totals } from '../reporting/totals.ts'
import type { PendingCommit, RecordBatch } from '../routing/record-batch.ts'
import type { Acker } from './acker.ts'
import { CommitTracker } from './commit-tracker.ts'
import { toGapRecord } from './gap-record.ts'
import { SenderSessions, type Gap, type SenderState } from './sender-sessions.ts'

/** A sender that sent nothing for this long is considered gone. Unit: ms */
const silentMs = 3 * helloIntervalMs
/** A sender that is gone is forgotten after this. Unit: ms */
const forgetMs = 7 * 24 * 3_600_000
/** The same for one that nobody will ever speak for again. Messages of it may still be under way. Unit: ms */
const forgetFinalMs = 30_000

/** What batch intake needs of its collector. */
export interface BatchIntakeOptions {
  journal: Journal
  outputs: { append: (batch: RecordBatch, commit: PendingCommit) => void }
  acker: Acker
  reporter: Reporter
  totals: Totals
  /** ms since the epoch */
  now: () => number
  /** called before each append, so that what was received earlier is appended first */
  beforeAppend: () => void
}

/** Handles messages of transports: appends new records, records gaps, and acknowledges what is committed. */
export class BatchIntake {
  readonly #options: BatchIntakeOptions
  readonly #sessions: SenderSessions
  readonly #commits = new CommitTracker()

  constructor(options: BatchIntakeOptions) {
    this.#options = options
    const { positions } = options.journal
    this.#sessions = new SenderSessions(
      [...positions].map(([id, { expected }]) => [id, expected] as const)
    )
  }

  /** Number of senders that are known and not gone. */
  get senders(): number {
    return this.#sessions.present
  }

  /**
   * Handles one message.
   * @param payload NDJSON records of a batch, JSON of a hello, empty for a bye
   * @throws ERR_ZMQ_PUB_FRAME where the payload isn't what the header says; nothing of it is used then
   */
  take(header: Header, payload: Buffer): void {
    switch (header.kind) {
      case frameKinds.hello:
        return this.#onHello(header, payload)
      case frameKinds.batch:
        return this.#onBatch(header, payload)
      case frameKinds.bye:
        return this.#onBye(header, isFinalBye(payload))
    }
  }

  #onHello(header: Header, payload: Buffer): void {
    const hello = decodeHello(payload)
    if (!hello) return
    const { sender, isNew, gaps } = this.#sessions.hello(header, hello, performance.now())
    if (isNew) this.#options.reporter.sender(sender, 'sender connected')
    this.#writeGaps(sender, gaps)
    this.#acknowledge(sender)
  }

  /**
   * A batch with another number of lines than its header says is refused as a whole: taken in part, its
   * records would have the sequence numbers of others, and a last line without a newline would be one
   * line with the next sender's first.
   */
  #onBatch(header: Header, payload: Buffer): void {
    if (!hasRecords(payload, header.count)) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_FRAME',
        `a batch of ${header.count} records must be as many lines, each ended by a newline; got ${payload.length} bytes that are not`
      )
    }
    const verdict = this.#sessions.batch(header, performance.now())
    if (verdict.kind === 'duplicate') {
      this.#options.totals.duplicateRecords += header.count
      this.#acknowledge(verdict.sender)
    }
    if (verdict.kind !== 'take') return
    const { sender, skip, gaps } = verdict
    this.#writeGaps(sender, gaps)
    const records = skipRecords(payload, skip)
    const first = header.first + skip
    this.#options.totals.records += header.count - skip
    this.#options.totals.bytes += records.length
    this.#append(sender, records, first, header.first + header.count - 1)
  }

  #onBye(header: Header, isFinal: boolean): void {
    const known = this.#sessions.bye(header, isFinal)
    if (!known) return
    this.#writeGaps(known.sender, known.gaps)
    this.#options.reporter.sender(known.sender, 'sender gone')
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
    this.#options.beforeAppend()
    const commit = this.#commits.begin(sender.id, () => {
      sender.committed = last
      this.#acknowledge(sender)
    })
    const { id: senderId, hello } = sender
    this.#options.outputs.append({ senderId, hello, records, first, last, isNotice }, commit)
    commit.done()
  }

  #acknowledge(sender: SenderState): void {
    this.#options.acker.add(sender.id, sender.committed, this.#sessions.present)
  }

  #writeGaps(sender: SenderState, gaps: Gap[]): void {
    for (const gap of gaps) {
      this.#options.totals.missingRecords += gap.to - gap.from + 1
      const gapRecord = toGapRecord(sender, gap, this.#options.now())
      this.#options.reporter.gap(gapRecord)
      const line = Buffer.from(`${JSON.stringify(gapRecord)}\n`)
      this.#append(sender, line, gap.from, gap.to, true)
    }
  }

  /** Logs senders that have become silent, and forgets those gone for long. @param now as of performance.now() */
  expireSenders(now: number): void {
    for (const sender of this.#sessions.markSilent(now - silentMs)) {
      this.#options.reporter.sender(sender, 'sender silent')
    }
    for (const { id } of this.#sessions.forget(now - forgetMs, now - forgetFinalMs)) {
      this.#options.journal.forget(id)
    }
  }
}

/** What is still of use of a hello after the bye: jobs that start every second would fill the memory with the rest. */
function withoutDetails({ host, pid, app, messageKey, errorKey }: Hello): Hello {
  return { host, pid, app, versions: {}, levels: {}, messageKey, errorKey, dropped: [] }
}
