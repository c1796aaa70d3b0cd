import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { toMessage, ZmqPubError } from '../errors.ts'
import { settlesWithin } from '../util/timeout.ts'
import { decodeHeader } from '../wire/frame.ts'
import { helloIntervalMs } from '../wire/hello.ts'
import { Acker } from './intake/acker.ts'
import { BatchIntake } from './intake/batch-intake.ts'
import { PlainIntake } from './intake/plain-intake.ts'
import { Subscriber } from './intake/subscriber.ts'
import { findJournalPath } from './journal/journal-path.ts'
import { Journal } from './journal/journal.ts'
import { findLogs } from './naming/log-listing.ts'
import { refuseFolderPath } from './naming/log-path.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import { LiveOutputs } from './output/live-outputs.ts'
import { Reporter } from './reporting/reporter.ts'
import { Totals } from './reporting/totals.ts'

const totalsIntervalMs = 60_000
/** `stop` waits this long for the disk. Unit: ms */
const stopTimeoutMs = 8000
/** So long for outputs that nobody waits for. Unit: ms */
const optionalStopTimeoutMs = 1000
/** Options that are used at the start only. */
const socketOptions = ['bind', 'connect', 'topic'] as const

/**
 * A running collector: takes what senders publish and appends it to the log.
 *
 *   Subscriber (XSUB) ─▶ SenderSessions: is it new? ─▶ Outputs: which logs? ─▶ RotatingLog ─▶ LogFile (sonic-boom)
 *        ▲                                                             │ written
 *        └──── acks ── Acker ◀── CommitTracker: is it in all of them? ◀───────┘
 */
export class Collector {
  readonly #options: ResolvedCollectorOptions
  /** the options as they were read last: those of the sockets may not be in use */
  #given: ResolvedCollectorOptions
  readonly #reporter: Reporter
  readonly #journal: Journal
  readonly #totals = new Totals()
  readonly #acker: Acker
  readonly #records: BatchIntake
  readonly #plain: PlainIntake
  readonly #outputs: LiveOutputs
  #subscriber!: Subscriber
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
    for (const { file } of options.outputs) refuseFolderPath(file)
    const collector = new Collector(options, logger, now)
    try {
      await collector.#open()
    } catch (error) {
      collector.#clearTimers()
      await collector.#outputs.abandon()
      collector.#outputs.release()
      collector.#journal.close()
      throw error
    }
    return collector
  }

  private constructor(options: ResolvedCollectorOptions, logger: Logger, now: () => number) {
    this.#options = options
    this.#given = options
    this.#reporter = new Reporter(logger)
    this.#journal = Journal.open(findJournalPath(options.outputs), now)
    this.#acker = new Acker({
      collectorId: this.#journal.collectorId,
      note: acks => this.#journal.markFiled(acks, this.#given.fsync),
      send: frame => this.#subscriber.sendUpstream(frame),
      onTrouble: error =>
        this.#reporter.cannotWrite(this.#journal.path, this.#outputs.pendingBytes, error)
    })
    this.#outputs = new LiveOutputs(options, {
      journal: this.#journal,
      now,
      listener: {
        onWriting: path => this.#reporter.writing(path),
        onDelete: path => this.#reporter.deleted(path),
        onDropped: records => (this.#totals.droppedOptionalRecords += records),
        onFailed: (records, error) => {
          this.#totals.failedRecords += records
          this.#reporter.failed(error)
        },
        housekeepingFailed: (action, path, error) =>
          this.#reporter.housekeepingFailed(action, path, error),
        cannotWrite: (path, pendingBytes, error) =>
          this.#reporter.cannotWrite(path, pendingBytes, error)
      }
    })
    this.#plain = new PlainIntake({
      zone: () => this.#outputs.zone,
      now,
      target: () => this.#outputs,
      totals: this.#totals
    })
    this.#records = new BatchIntake({
      journal: this.#journal,
      outputs: this.#outputs,
      acker: this.#acker,
      reporter: this.#reporter,
      totals: this.#totals,
      now,
      beforeAppend: () => this.#plain.flush() // a sender may have spoken plain before
    })
    this.#timers = [
      setInterval(() => this.#sayTotals(), totalsIntervalMs).unref(),
      setInterval(() => this.expireSenders(performance.now()), helloIntervalMs).unref()
    ]
  }

  /** Where it listens, with real ports. */
  get addresses(): readonly string[] {
    return this.#subscriber.addresses
  }

  /** What it has done so far. */
  get totals(): Totals {
    return this.#totals
  }

  /** A file that is open. */
  get path(): string | undefined {
    return this.#outputs.paths[0]
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
    const isClosed = await settlesWithin(this.#outputs.close(optionalStopTimeoutMs), stopTimeoutMs)
    if (!isClosed) await this.#outputs.abandon()
    const isWritten = isClosed || this.#outputs.requiredBytes === 0
    this.#acker.close()
    await this.#subscriber.close()
    this.#journal.close(isWritten)
    this.#outputs.release()
    this.#sayTotals()
    this.#reporter.stopped(isWritten)
    return isWritten
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    this.#outputs.reopen()
  }

  /**
   * Goes on with what the configuration says now: outputs, time zone and fsync; its sockets stay as
   * they are. New outputs write when the old ones have written all that they took. Where the
   * configuration can't be used, that is said, and the old one stays.
   * @param read throws where the configuration is wrong
   */
  reload(read: () => ResolvedCollectorOptions): void {
    if (this.#isStopping) return
    try {
      const options = read()
      if (isDeepStrictEqual(options, this.#given)) return this.reopen()
      this.#plain.flush()
      this.#outputs.replace(options)
      this.#given = options
      const names = socketOptions.filter(
        name => !isDeepStrictEqual(this.#options[name], options[name])
      )
      this.#reporter.reloaded(names)
    } catch (error) {
      this.#reporter.refusedConfiguration(toMessage(error))
      this.reopen()
    }
  }

  /** Says which senders have been silent for long, and forgets those of old. @param now as of performance.now() */
  expireSenders(now: number): void {
    this.#records.expireSenders(now)
  }

  async #open(): Promise<void> {
    await this.#outputs.start()
    this.#subscriber = await Subscriber.open(this.#options, {
      onMessage: frames => this.#onMessage(frames)
    })
    if (this.#journal.isNew && this.#hasLogs()) this.#reporter.journalMissing()
    this.#reporter.started(this.#subscriber.addresses, this.#options.connect)
  }

  #hasLogs(): boolean {
    try {
      return this.#options.outputs.some(({ file, rotate }) =>
        findLogs(file, rotate).some(({ bytes }) => bytes > 0)
      )
    } catch {
      return true // what can't be looked at may be there
    }
  }

  #onMessage([topic, payload, third]: Buffer[]): void {
    if (this.#isStopping || !topic) return
    try {
      if (!payload)
        throw new ZmqPubError('ERR_ZMQ_PUB_FRAME', 'two or three frames expected, got one')
      const header = third && decodeHeader(third)
      if (header) this.#records.take(header, payload)
      else this.#plain.take(topic, payload)
    } catch (error) {
      this.#totals.badMessages++
      this.#reporter.refusedMessage(topic, toMessage(error))
    }
  }

  #sayTotals(): void {
    this.#reporter.totals(this.#totals, this.#records.senders, this.#outputs.pendingBytes)
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}
