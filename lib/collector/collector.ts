import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { toMessage } from '../errors.ts'
import { settlesWithin } from '../util/timeout.ts'
import type { SnapshotSource } from './control/snapshot.ts'
import { closeParts, openParts, type CollectorParts } from './collector-parts.ts'
import type { Endpoints } from './endpoints.ts'
import { entranceOptions, type Entrance } from './entrance.ts'
import { Reception } from './intake/reception.ts'
import { SenderSessions } from './intake/sender-sessions.ts'
import { JournalTrouble } from './journal-trouble.ts'
import { JournalWatch } from './journal/journal-watch.ts'
import type { Journal } from './journal/journal.ts'
import { toLostError } from './journal/log-locks.ts'
import { hasLogs } from './naming/log-listing.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import { toTap, type LiveTap } from './live-tap.ts'
import { LiveOutputs } from './output/live-outputs.ts'
import { toOutputListener } from './output-reports.ts'
import { findTroubles } from './reporting/readiness.ts'
import type { MetricsSource } from './reporting/metrics.ts'
import type { Reporter } from './reporting/reporter.ts'
import type { Totals } from './reporting/totals.ts'
import type { StreamSource } from './writer/stream-source.ts'

/** How long `stop` waits for required outputs. Unit: ms */
const stopTimeoutMs = 8000
/** How long `stop` waits for outputs that are not required. Unit: ms */
const optionalStopTimeoutMs = 1000

/**
 * A running collector: appends what senders publish to the logs.
 *
 *   Entrance (XSUB) ─▶ Reception: is it new? ─▶ Outputs: which logs? ─▶ RotatingLog ─▶ LogFile (sonic-boom)
 *        ▲                                                             │ written
 *        └──── acks ── Acker ◀── CommitTracker: is it in all of them? ◀───────┘
 */
export class Collector {
  readonly #options: ResolvedCollectorOptions
  /** the options as last read; changed socket options among them are not in use */
  #latestOptions: ResolvedCollectorOptions
  readonly #reporter: Reporter
  readonly #journal: Journal
  readonly #now: () => number
  readonly #endpoints: Endpoints
  readonly #live: LiveTap | undefined
  readonly #sessions: SenderSessions
  readonly #reception: Reception
  readonly #outputs: LiveOutputs
  readonly #entrance: Entrance
  /** of a writer */
  readonly #source: StreamSource | undefined
  #isStarting = true
  #isStopping = false
  #stopped: Promise<boolean> | undefined
  readonly #journalTrouble: JournalTrouble
  readonly #journalWatch: JournalWatch
  #onFailure!: (error: Error) => void
  /**
   * Resolves if the collector has to stop by itself: another one has taken over its logs while this process stood
   * still, or its partitions of a stream. Nothing is written any more, and the process should exit.
   */
  readonly failure: Promise<Error>

  /**
   * Opens what a collector needs (see `openParts`), then the outputs, and starts to receive.
   * @param logger for the collector's own log
   * @param now clock for periods and for the time of plain records. Unit: ms since the epoch
   * @param signal ends the waiting for a lock: it then throws the signal's reason
   * @throws ERR_ZMQ_PUB_KEY, ERR_ZMQ_PUB_ADDRESS, ERR_ZMQ_PUB_FILE, ERR_ZMQ_PUB_ENGINE
   */
  static async start(
    options: ResolvedCollectorOptions,
    logger: Logger,
    now: () => number = Date.now,
    signal?: AbortSignal
  ): Promise<Collector> {
    const parts = await openParts(options, logger, now, signal)
    let collector: Collector | undefined
    try {
      collector = new Collector(options, parts)
      await collector.#open()
    } catch (error) {
      await (collector ? collector.#abandon() : closeParts(parts))
      parts.locks.keepOnly([])
      throw error
    }
    return collector
  }

  private constructor(options: ResolvedCollectorOptions, parts: CollectorParts) {
    const { reporter, senderReporter, locks, entrance, journal, endpoints, source, now } = parts
    this.#options = options
    this.#latestOptions = options
    this.#reporter = reporter
    this.#entrance = entrance
    this.#journal = journal
    this.#endpoints = endpoints
    this.#now = now
    this.failure = new Promise(resolve => (this.#onFailure = resolve))
    locks.onLost = lockPath => this.#fail(toLostError(lockPath))
    const pendingBytes = (): number => this.#outputs.pendingBytes
    this.#journalTrouble = new JournalTrouble(journal, reporter, pendingBytes)
    this.#journalWatch = new JournalWatch(journal, this.#journalTrouble)
    const { onTrouble, onRecovery } = this.#journalTrouble
    const listener = toOutputListener(reporter, () => this.totals)
    this.#outputs = new LiveOutputs(options, { journal, locks, now, listener })
    const positions = [...journal.senders.positions].map(
      ([id, { expected }]) => [id, expected] as const
    )
    this.#sessions = new SenderSessions(positions)
    this.#live = toTap([entrance.live, endpoints.live])
    this.#reception = new Reception({
      access: entrance.access,
      pinNames: options.pinNames,
      reporter,
      senderReporter,
      sessions: this.#sessions,
      // Gateways know whether a sender is there; a stream only has who has come, or said goodbye.
      expiresSenders: !source,
      acker: {
        collectorId: journal.collectorId,
        persist: acks => journal.markFiled(acks, this.#latestOptions.fsync),
        // A writer's senders have their acks from a gateway.
        send: source ? () => undefined : frame => entrance.sendUpstream(frame),
        onTrouble,
        onRecovery
      },
      batches: { journal, outputs: this.#outputs },
      plain: this.#outputs,
      live: this.#live,
      zone: () => this.#outputs.zone,
      now,
      refusedClients: () => entrance.refusedClients,
      pendingBytes,
      serveMetrics: counted =>
        endpoints.serveMetrics(this.#toMetricsSource(counted), () => this.#findTroubles())
    })
    const stream = options.from?.stream ?? ''
    this.#source = source?.open({
      ...this.#reception.recordOptions,
      journal,
      isSynced: () => this.#latestOptions.fsync,
      onRoundEnd: () => this.#onRoundEnd(),
      onRefused: error => {
        this.totals.badMessages++
        reporter.messageRefused(stream, toMessage(error))
      },
      reading: {
        onTrouble: error => reporter.cannotRead(stream, error),
        onRecovery: troubleMs => reporter.readsAgain(stream, troubleMs)
      },
      noting: this.#journalTrouble,
      claiming: reporter.toStreamListener(stream, 'claim the partitions of the stream'),
      deleting: reporter.toStreamListener(stream, 'delete written records from the stream'),
      onTakenOver: error => this.#fail(error)
    })
  }

  /** Bound addresses, with their actual ports. */
  get addresses(): readonly string[] {
    return this.#entrance.addresses
  }

  /** What it has done so far; the object is updated in place. */
  get totals(): Totals {
    return this.#reception.totals
  }

  /** Path of an open file, undefined where none is open. */
  get path(): string | undefined {
    return this.#outputs.paths[0]
  }

  /** Stops receiving and writes what was received. @returns false where required outputs could not write it in time */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<boolean> {
    this.#isStopping = true
    this.#stopTimers()
    await this.#source?.stopReading()
    const isPageClosed = this.#endpoints.closePage()
    const isClosed = await settlesWithin(this.#outputs.close(optionalStopTimeoutMs), stopTimeoutMs)
    if (!isClosed) await this.#outputs.abandon()
    const isWritten = isClosed || this.#outputs.requiredBytes === 0
    this.#reception.close()
    this.#source?.note()
    await this.#source?.close()
    await this.#entrance.close()
    await isPageClosed
    await this.#endpoints.close()
    this.#journal.close(isWritten)
    this.#outputs.release()
    this.#reception.logTotals()
    this.#reporter.stopped(isWritten)
    return isWritten
  }

  /** Gives everything up, and leaves journal and locks as they are, except for releasing those that are still ours. */
  async #abandon(): Promise<void> {
    this.#isStopping = true
    this.#stopTimers()
    await this.#source?.stopReading()
    this.#reception.close()
    await this.#outputs.abandon()
    await this.#source?.close()
    await this.#entrance.close()
    await this.#endpoints.close()
    this.#journal.close(false)
    this.#outputs.release()
  }

  #fail(error: Error): void {
    this.#stopped = this.#abandon().then(() => false)
    this.#onFailure(error)
  }

  /** Reopens all files by name, after an external tool has moved the old ones away. */
  reopen(): void {
    this.#outputs.reopen()
  }

  /**
   * Reads the authorized keys again, and applies a changed configuration: outputs, time zone and fsync; the
   * sockets stay as they are. New outputs write a log only when the former ones have written everything they
   * accepted for it. A configuration that can't be used is reported, and the former one stays in use. Where
   * nothing is changed, files are reopened.
   * @param read throws where the configuration is invalid
   */
  reload(read: () => ResolvedCollectorOptions): void {
    if (this.#isStopping) return
    this.#entrance.rereadKeys()
    try {
      const options = read()
      if (isDeepStrictEqual(options, this.#latestOptions)) {
        this.reopen()
        return this.#reporter.reopened()
      }
      this.#outputs.replace(options)
      this.#latestOptions = options
      this.#endpoints.follow(options, this.#journal.path)
      const pending = entranceOptions.filter(
        name => !isDeepStrictEqual(this.#options[name], options[name])
      )
      this.#reporter.reloaded(pending)
    } catch (error) {
      this.#reporter.configurationRefused(toMessage(error))
      this.reopen()
    }
  }

  /** Logs senders that have become silent, and forgets those gone for long. @param now as of performance.now() */
  expireSenders(now: number): void {
    this.#reception.expireSenders(now)
  }

  async #open(): Promise<void> {
    await this.#outputs.start()
    this.#entrance.receive({
      onMessage: (frames, mode) => this.#isStopping || this.#reception.take(frames, mode),
      onRoundEnd: () => this.#onRoundEnd()
    })
    if (this.#source) {
      this.#source.start()
      this.#reporter.reading(this.#options.from?.stream ?? '', this.#source.partitions)
    }
    this.#isStarting = false
    const { isNew, path, badLines } = this.#journal
    if (isNew && this.#hasLogs()) this.#reporter.journalMissing()
    if (badLines.length > 0) this.#reporter.journalDamaged(path, badLines)
    const source = this.#toSnapshotSource()
    await this.#endpoints.openControl(source, this.#reporter)
    this.#entrance.reportStart()
    this.#endpoints.servePage(source, this.#reporter)
  }

  /** What a scrape reads; it is asked only when everything is there. */
  #toMetricsSource(counted: Pick<MetricsSource, 'totals' | 'traffic' | 'sessions'>): MetricsSource {
    return {
      ...counted,
      outputs: () => this.#outputs.states,
      journalErrors: () => this.#journalTrouble.errors,
      source: () => this.#streamState
    }
  }

  /** What `top` and the page show. */
  #toSnapshotSource(): SnapshotSource {
    return {
      addresses: () => this.addresses,
      journalPath: () => this.#journal.path,
      totals: () => this.totals,
      sessions: this.#sessions,
      roots: () => this.#reception.traffic.roots(),
      outputs: () => this.#outputs.states,
      source: () => this.#streamState,
      now: this.#now
    }
  }

  /** What a writer reads, and how that goes. */
  get #streamState(): { stream: string; trouble: Error | undefined } | undefined {
    const stream = this.#options.from?.stream ?? ''
    return this.#source && { stream, trouble: this.#source.trouble }
  }

  #findTroubles(): string[] {
    return findTroubles({
      isStarting: this.#isStarting,
      isStopping: this.#isStopping,
      outputs: this.#outputs.states,
      journalTrouble: this.#journalTrouble.error,
      sourceTrouble: this.#source?.trouble
    })
  }

  #hasLogs(): boolean {
    try {
      return this.#options.outputs.some(({ file, rotate }) => hasLogs(file, rotate))
    } catch {
      return true // a folder that can't be read may hold logs
    }
  }

  #onRoundEnd(): void {
    this.#reception.onRoundEnd()
    this.#outputs.flush()
    this.#live?.flush()
  }

  #stopTimers(): void {
    this.#journalWatch.close()
    this.#reception.stopTimers()
  }
}
