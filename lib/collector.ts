import type { Logger } from 'pino'
import { Acker } from './acker.ts'
import { Archive } from './archive.ts'
import { Announcer } from './announcer.ts'
import type { ResolvedCollectorOptions } from './collector-options.ts'
import { ZmqPubError, toMessage } from './errors.ts'
import { decodeHeader, frameKinds, type Header } from './frame.ts'
import { toGapEntry } from './gap-entry.ts'
import { decodeHello, helloIntervalMs } from './hello.ts'
import { Journal, toJournalPath } from './journal.ts'
import { refuseFolder } from './log-name.ts'
import { Intake, type Gap, type SenderState } from './intake.ts'
import { PlainIntake } from './plain-intake.ts'
import { Receiver } from './receiver.ts'
import { RotatingLog } from './rotating-log.ts'
import { pinoSettings, toText, type TextSettings } from './text-format.ts'
import { Totals } from './totals.ts'
import { Zone } from './zone.ts'

/** A sender that has said nothing for this long is gone. Unit: ms */
const silentMs = 3 * helloIntervalMs
/** A sender that is gone is forgotten after this long. Unit: ms */
const forgetMs = 7 * 24 * 3_600_000
const totalsIntervalMs = 60_000
/** `stop` waits this long for the disk. Unit: ms */
const stopTimeoutMs = 8000

/**
 * A running collector: takes what senders publish and appends it to the log.
 *
 *   Receiver (XSUB) ─▶ Intake: is it new? ─▶ RotatingLog ─▶ LogFile (sonic-boom)
 *        ▲                                       │ written
 *        └────────────── acks ── Acker ◀─────────┘
 */
export class Collector {
  readonly #options: ResolvedCollectorOptions
  readonly #announcer: Announcer
  readonly #now: () => number
  readonly #zone: Zone
  readonly #intake: Intake
  readonly #journal: Journal
  readonly #totals = new Totals()
  readonly #archive: Archive
  readonly #acker: Acker
  #log!: RotatingLog
  #plain!: PlainIntake
  #receiver!: Receiver
  #isStopping = false
  #stopped: Promise<boolean> | undefined
  readonly #timers: NodeJS.Timeout[]

  /**
   * @param logger for the collector's own words
   * @param now the clock that dates files and foreign records. Unit: ms since the epoch
   * @throws ERR_ZMQ_PUB_ADDRESS, ERR_ZMQ_PUB_FILE
   */
  static async start(
    options: ResolvedCollectorOptions,
    logger: Logger,
    now: () => number = Date.now
  ): Promise<Collector> {
    refuseFolder(options.file)
    const collector = new Collector(options, logger, now)
    try {
      await collector.#open()
    } catch (error) {
      collector.#clearTimers()
      collector.#journal.close()
      throw error
    }
    return collector
  }

  private constructor(options: ResolvedCollectorOptions, logger: Logger, now: () => number) {
    this.#options = options
    this.#announcer = new Announcer(logger)
    this.#now = now
    this.#zone = new Zone(options.timezone)
    this.#journal = Journal.open(toJournalPath(options.file), now)
    this.#intake = new Intake(
      [...this.#journal.positions].map(([id, { expected }]) => [id, expected] as const)
    )
    this.#archive = new Archive({
      ...options,
      now,
      settle: () => this.#journal.settle(),
      onDelete: path => this.#announcer.deleted(path),
      onTrouble: (action, path, error) => this.#announcer.cannotTend(action, path, error)
    })
    this.#acker = new Acker(this.#journal.collectorId, frame => this.#receiver.sendUpstream(frame))
    this.#timers = [
      setInterval(() => this.#sayTotals(), totalsIntervalMs).unref(),
      setInterval(() => this.noticeSilence(performance.now()), helloIntervalMs).unref()
    ]
  }

  /** Where it listens, with real ports. */
  get addresses(): readonly string[] {
    return this.#receiver.addresses
  }

  /** What it has done so far. */
  get totals(): Totals {
    return this.#totals
  }

  /** The file that is written now. */
  get path(): string | undefined {
    return this.#log.path
  }

  /** Stops receiving and writes out what was received. @returns false where the disk didn't take it in time */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<boolean> {
    this.#isStopping = true
    this.#clearTimers()
    this.#plain.flush()
    const isWritten = await raceWithin(this.#log.close(), stopTimeoutMs)
    if (!isWritten) this.#log.abandon()
    this.#acker.flush()
    await this.#receiver.close()
    await this.#archive.close()
    this.#journal.close(isWritten)
    this.#sayTotals()
    this.#announcer.stopped(isWritten)
    return isWritten
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    this.#log.reopen()
  }

  /** Says which senders have been silent for long, and forgets those of old. @param now as of performance.now() */
  noticeSilence(now: number): void {
    for (const sender of this.#intake.markSilent(now - silentMs)) {
      this.#announcer.sender(sender, 'sender silent')
    }
    this.#intake.forget(now - forgetMs)
  }

  async #open(): Promise<void> {
    this.#log = await RotatingLog.open({
      file: this.#options.file,
      rotate: this.#options.rotate,
      maxBytes: this.#options.maxSize,
      isSealing: this.#options.compress,
      zone: this.#zone,
      now: this.#now,
      fsync: this.#options.fsync,
      beforeWrite: (path, offset, pieces) =>
        this.#journal.beforeWrite(path, offset, pieces, this.#options.fsync),
      onOpen: path => {
        this.#announcer.writing(path)
        this.#archive.tend(path)
      },
      onTrouble: (path, error) =>
        this.#announcer.cannotWrite(path, this.#log?.pendingBytes ?? 0, error)
    })
    this.#plain = new PlainIntake({
      format: this.#options.format,
      zone: this.#zone,
      now: this.#now,
      log: this.#log,
      totals: this.#totals
    })
    try {
      this.#receiver = await Receiver.open(this.#options, {
        onMessage: frames => this.#onMessage(frames)
      })
    } catch (error) {
      await this.#log.close()
      throw error
    }
    if (this.#journal.isNew && this.#log.size > 0) this.#announcer.journalMissing()
    this.#announcer.started(this.#receiver.addresses, this.#options.connect)
  }

  #onMessage([topic, payload, third]: Buffer[]): void {
    if (this.#isStopping || !topic) return
    try {
      if (!payload)
        throw new ZmqPubError('ERR_ZMQ_PUB_FRAME', 'two or three frames expected, got one')
      const header = third && decodeHeader(third)
      if (header) this.#onFrame(header, payload)
      else this.#plain.take(topic, payload)
    } catch (error) {
      this.#totals.badMessages++
      this.#announcer.refusedMessage(topic, toMessage(error))
    }
  }

  #onFrame(header: Header, payload: Buffer): void {
    switch (header.kind) {
      case frameKinds.hello:
        return this.#onHello(header, payload)
      case frameKinds.batch:
        return this.#onBatch(header, payload)
      case frameKinds.bye:
        return this.#onBye(header)
    }
  }

  #onHello(header: Header, payload: Buffer): void {
    const hello = decodeHello(payload)
    if (!hello) return
    const { sender, isNew, gaps } = this.#intake.hello(header, hello, performance.now())
    if (isNew) this.#announcer.sender(sender, 'sender connected')
    this.#writeGaps(sender, gaps)
    this.#acknowledge(sender)
  }

  #onBatch(header: Header, payload: Buffer): void {
    const verdict = this.#intake.batch(header, performance.now())
    if (verdict.kind === 'duplicate') {
      this.#totals.duplicateRecords += header.count
      this.#acknowledge(verdict.sender)
    }
    if (verdict.kind !== 'take') return
    const { sender, skip, gaps } = verdict
    this.#writeGaps(sender, gaps)
    const records = skip === 0 ? payload : skipRecords(payload, skip)
    const last = header.first + header.count - 1
    this.#totals.records += header.count - skip
    this.#totals.bytes += records.length
    this.#append(this.#format(records, sender.hello), sender, last)
  }

  #format(records: Buffer, settings: TextSettings): Buffer {
    if (this.#options.format === 'ndjson') return records
    return toText(records, settings, this.#zone, this.#now())
  }

  #onBye(header: Header): void {
    const known = this.#intake.bye(header)
    if (!known) return
    this.#writeGaps(known.sender, known.gaps)
    this.#announcer.sender(known.sender, 'sender gone')
  }

  /** Writes a sender's records up to `last`, and acknowledges them then. */
  #append(bytes: Buffer, sender: SenderState, last: number): void {
    this.#plain.flush() // a sender may have spoken plain before
    this.#log.append(bytes, { senderId: sender.id, last }, () => {
      sender.filed = last
      this.#acknowledge(sender)
    })
  }

  #acknowledge(sender: SenderState): void {
    this.#acker.add(sender.id, sender.filed, this.#intake.present)
  }

  #writeGaps(sender: SenderState, gaps: Gap[]): void {
    for (const gap of gaps) {
      this.#totals.missingRecords += gap.to - gap.from + 1
      const entry = toGapEntry(sender, gap, this.#now())
      this.#announcer.gap(entry)
      const record = Buffer.from(`${JSON.stringify(entry)}\n`)
      this.#append(this.#format(record, pinoSettings), sender, gap.to)
    }
  }

  #sayTotals(): void {
    this.#announcer.totals(this.#totals, this.#intake.present, this.#log.pendingBytes)
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}

/** @returns the payload without its first `count` records */
function skipRecords(payload: Buffer, count: number): Buffer {
  let start = 0
  for (let skipped = 0; skipped < count; skipped++) start = payload.indexOf('\n', start) + 1
  return payload.subarray(start)
}

/** @returns whether the promise was fulfilled in time */
async function raceWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), timeoutMs)
  })
  try {
    return await Promise.race([promise.then(() => true), timeout])
  } finally {
    clearTimeout(timer)
  }
}
