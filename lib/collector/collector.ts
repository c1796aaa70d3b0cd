import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { toMessage, ZmqPubError } from '../errors.ts'
import { isFulfilledWithin } from '../util/timeout.ts'
import { decodeHeader } from '../wire/frame.ts'
import { helloIntervalMs } from '../wire/hello.ts'
import { Acker } from './intake/acker.ts'
import { RecordIntake } from './intake/batch-intake.ts'
import { PlainIntake } from './intake/plain-intake.ts'
import { Receiver } from './intake/subscriber.ts'
import { findJournalPath } from './journal/journal-path.ts'
import { Journal } from './journal/journal.ts'
import { findLogs } from './naming/log-listing.ts'
import { refuseFolder } from './naming/log-path.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import { OutputSwitch } from './output/live-outputs.ts'
import { Announcer } from './reporting/reporter.ts'
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
 *   Receiver (XSUB) ─▶ Intake: is it new? ─▶ Outputs: which logs? ─▶ RotatingLog ─▶ LogFile (sonic-boom)
 *        ▲                                                             │ written
 *        └──── acks ── Acker ◀── Filing: is it in all of them? ◀───────┘
 */
export class Collector {
  readonly #options: ResolvedCollectorOptions
  /** the options as they were read last: those of the sockets may not be in use */
  #given: ResolvedCollectorOptions
  readonly #announcer: Announcer
  readonly #journal: Journal
  readonly #totals = new Totals()
  readonly #acker: Acker
  readonly #records: RecordIntake
  readonly #plain: PlainIntake
  readonly #outputs: OutputSwitch
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
    for (const { file } of options.outputs) refuseFolder(file)
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
    this.#announcer = new Announcer(logger)
    this.#journal = Journal.open(findJournalPath(options.outputs), now)
    this.#acker = new Acker({
      collectorId: this.#journal.collectorId,
      note: acks => this.#journal.file(acks, this.#given.fsync),
      send: frame => this.#receiver.sendUpstream(frame),
      onTrouble: error =>
        this.#announcer.cannotWrite(this.#journal.path, this.#outputs.pendingBytes, error)
    })
    this.#outputs = new OutputSwitch(options, {
      journal: this.#journal,
      now,
      listener: {
        onWriting: path => this.#announcer.writing(path),
        onDelete: path => this.#announcer.deleted(path),
        onDropped: records => (this.#totals.droppedOptionalRecords += records),
        onFailed: (records, error) => {
          this.#totals.failedRecords += records
          this.#announcer.failed(error)
        },
        cannotTend: (action, path, error) => this.#announcer.cannotTend(action, path, error),
        cannotWrite: (path, pendingBytes, error) =>
          this.#announcer.cannotWrite(path, pendingBytes, error)
      }
    })
    this.#plain = new PlainIntake({
      zone: () => this.#outputs.zone,
      now,
      target: () => this.#outputs,
      totals: this.#totals
    })
    this.#records = new RecordIntake({
      journal: this.#journal,
      outputs: this.#outputs,
      acker: this.#acker,
      announcer: this.#announcer,
      totals: this.#totals,
      now,
      beforeAppend: () => this.#plain.flush() // a sender may have spoken plain before
    })
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
    const isClosed = await isFulfilledWithin(
      this.#outputs.close(optionalStopTimeoutMs),
      stopTimeoutMs
    )
    if (!isClosed) await this.#outputs.abandon()
    const isWritten = isClosed || this.#outputs.requiredBytes === 0
    this.#acker.close()
    await this.#receiver.close()
    this.#journal.close(isWritten)
    this.#outputs.release()
    this.#sayTotals()
    this.#announcer.stopped(isWritten)
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
      this.#announcer.reloaded(names)
    } catch (error) {
      this.#announcer.refusedConfiguration(toMessage(error))
      this.reopen()
    }
  }

  /** Says which senders have been silent for long, and forgets those of old. @param now as of performance.now() */
  noticeSilence(now: number): void {
    this.#records.noticeSilence(now)
  }

  async #open(): Promise<void> {
    await this.#outputs.start()
    this.#receiver = await Receiver.open(this.#options, {
      onMessage: frames => this.#onMessage(frames)
    })
    if (this.#journal.isNew && this.#hasLogs()) this.#announcer.journalMissing()
    this.#announcer.started(this.#receiver.addresses, this.#options.connect)
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
      this.#announcer.refusedMessage(topic, toMessage(error))
    }
  }

  #sayTotals(): void {
    this.#announcer.totals(this.#totals, this.#records.senders, this.#outputs.pendingBytes)
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}
