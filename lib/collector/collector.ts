import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { toMessage } from '../errors.ts'
import { toMode } from '../util/fs.ts'
import { settlesWithin } from '../util/timeout.ts'
import { helloIntervalMs } from '../wire/hello.ts'
import type { SnapshotSource } from './control/snapshot.ts'
import { Endpoints } from './endpoints.ts'
import { entranceOptions, Entrance } from './entrance.ts'
import { Acker } from './intake/acker.ts'
import { BatchIntake } from './intake/batch-intake.ts'
import { Identities } from './intake/identities.ts'
import { LagSampler } from './intake/lag-sampler.ts'
import { MessageIntake } from './intake/message-intake.ts'
import { PlainIntake } from './intake/plain-intake.ts'
import { SenderSessions } from './intake/sender-sessions.ts'
import { findJournalPath, toJournalPath } from './journal/journal-path.ts'
import { JournalWatch, type JournalWatchListener } from './journal/journal-watch.ts'
import { Journal } from './journal/journal.ts'
import { LogLocks, toLockRequests, toLostError } from './journal/log-locks.ts'
import { hasLogs } from './naming/log-listing.ts'
import { refuseFolderPath } from './naming/log-path.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import { openSource, type OpenedSource, type SourceParts } from './optional-parts.ts'
import { toTap, type LiveTap } from './live-tap.ts'
import { LiveOutputs } from './output/live-outputs.ts'
import { toOutputListener } from './output-reports.ts'
import { findTroubles } from './reporting/readiness.ts'
import type { MetricsSource } from './reporting/metrics.ts'
import { Reporter } from './reporting/reporter.ts'
import { SenderReporter } from './reporting/sender-reporter.ts'
import { Totals } from './reporting/totals.ts'
import { Traffic } from './reporting/traffic.ts'
import type { StreamSource } from './writer/stream-source.ts'

const totalsIntervalMs = 60_000
/** How long `stop` waits for required outputs. Unit: ms */
const stopTimeoutMs = 8000
/** How long `stop` waits for outputs that are not required. Unit: ms */
const optionalStopTimeoutMs = 1000

/** What a collector is made of. */
interface CollectorParts {
  reporter: Reporter
  senderReporter: SenderReporter
  locks: LogLocks
  entrance: Entrance
  journal: Journal
  endpoints: Endpoints
  /** undefined without the option `from` */
  openSource: ((options: SourceParts) => StreamSource) | undefined
  /** ms since the epoch */
  now: () => number
}

/**
 * A running collector: appends what senders publish to the logs.
 *
 *   Entrance (XSUB) ─▶ SenderSessions: is it new? ─▶ Outputs: which logs? ─▶ RotatingLog ─▶ LogFile (sonic-boom)
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
  readonly #totals = new Totals()
  readonly #traffic: Traffic
  readonly #endpoints: Endpoints
  readonly #live: LiveTap | undefined
  readonly #lag: LagSampler
  readonly #sessions: SenderSessions
  readonly #acker: Acker
  readonly #batchIntake: BatchIntake
  readonly #messages: MessageIntake
  readonly #outputs: LiveOutputs
  readonly #entrance: Entrance
  /** of a writer */
  readonly #source: StreamSource | undefined
  #isStarting = true
  #isStopping = false
  #journalErrors = 0
  #journalTrouble: Error | undefined
  #stopped: Promise<boolean> | undefined
  readonly #journalWatch: JournalWatch
  readonly #timers: NodeJS.Timeout[]
  #onFailure!: (error: Error) => void
  /**
   * Resolves if the collector has to stop by itself: another one has taken over its logs while this process stood
   * still, or its partitions of a stream. Nothing is written any more, and the process should exit.
   */
  readonly failure: Promise<Error>

  /**
   * Locks the logs, reads the keys, opens the sockets, the journal and the outputs, in this order, and starts to
   * receive. So a collector that can't have its logs or its address changes nothing. Waits for a collector that
   * can't be looked at (on another host, in another container) until its lock is released or dead.
   * @param logger for the collector's own log
   * @param now clock for periods and for the time of plain records. Unit: ms since the epoch
   * @param signal ends the waiting: it then throws the signal's reason
   * @throws ERR_ZMQ_PUB_KEY, ERR_ZMQ_PUB_ADDRESS, ERR_ZMQ_PUB_FILE
   */
  static async start(
    options: ResolvedCollectorOptions,
    logger: Logger,
    now: () => number = Date.now,
    signal?: AbortSignal
  ): Promise<Collector> {
    for (const { file } of options.outputs) refuseFolderPath(file)
    const reporter = new Reporter(logger)
    const locks = new LogLocks()
    const journalPath = findJournalPath(options.outputs)
    const requests = toLockRequests(options.outputs, journalPath)
    await locks.acquireWhenFree(requests, locked => reporter.waitingForLock(locked), signal)
    let collector: Collector | undefined
    let entrance: Entrance | undefined
    let endpoints: Endpoints | undefined
    let source: OpenedSource | undefined
    try {
      source = await openSource(options)
      entrance = await Entrance.open(options, logger)
      endpoints = await Endpoints.open(options)
      const { fileMode = '' } =
        options.outputs.find(({ file }) => toJournalPath(file) === journalPath) ?? {}
      const lock = locks.handOver(journalPath)
      const journal = Journal.open(journalPath, now, lock, toMode(fileMode))
      const senderReporter = new SenderReporter(logger)
      collector = new Collector(options, {
        reporter,
        senderReporter,
        locks,
        entrance,
        journal,
        endpoints,
        openSource: source?.open,
        now
      })
      await collector.#open()
    } catch (error) {
      if (collector) await collector.#abandon()
      else await Promise.all([entrance?.close(), endpoints?.close(), source?.close()])
      locks.keepOnly([])
      throw error
    }
    return collector
  }

  private constructor(options: ResolvedCollectorOptions, parts: CollectorParts) {
    const { reporter, senderReporter, locks, entrance, journal, endpoints, now } = parts
    const isWriter = parts.openSource !== undefined
    this.#options = options
    this.#latestOptions = options
    this.#reporter = reporter
    this.#entrance = entrance
    this.#journal = journal
    this.#now = now
    this.failure = new Promise(resolve => (this.#onFailure = resolve))
    locks.onLost = lockPath => this.#fail(toLostError(lockPath))
    const journalListener: JournalWatchListener = {
      onTrouble: error => {
        this.#journalErrors++
        this.#journalTrouble = error
        this.#reporter.cannotWrite(journal.path, this.#outputs.pendingBytes, error)
      },
      onRecovery: troubleMs => {
        this.#journalTrouble = undefined
        this.#reporter.writesAgain(journal.path, troubleMs, this.#outputs.pendingBytes)
      }
    }
    this.#journalWatch = new JournalWatch(journal, journalListener)
    const listener = toOutputListener(reporter, this.#totals)
    this.#outputs = new LiveOutputs(options, { journal, locks, now, listener })
    const positions = [...journal.senders.positions].map(
      ([id, { expected }]) => [id, expected] as const
    )
    this.#sessions = new SenderSessions(positions)
    this.#endpoints = endpoints
    this.#live = toTap([entrance.live, endpoints.live])
    const metrics = endpoints.serveMetrics(this.#toMetricsSource(), () => this.#findTroubles())
    this.#traffic = new Traffic(metrics?.onCounted)
    this.#lag = new LagSampler(now, metrics && (lagMs => metrics.observeLag(lagMs)))
    this.#acker = new Acker({
      collectorId: journal.collectorId,
      persist: acks => journal.markFiled(acks, this.#latestOptions.fsync),
      // A writer's senders have their acks from a gateway.
      send: isWriter ? () => undefined : frame => entrance.sendUpstream(frame),
      senders: this.#sessions,
      ...journalListener
    })
    const plainIntake = new PlainIntake({
      zone: () => this.#outputs.zone,
      now,
      outputs: this.#outputs,
      live: this.#live,
      totals: this.#totals,
      traffic: this.#traffic
    })
    const intakeOptions = {
      journal: this.#journal,
      outputs: this.#outputs,
      live: this.#live,
      sessions: this.#sessions,
      acker: this.#acker,
      reporter: senderReporter,
      totals: this.#totals,
      traffic: this.#traffic,
      lag: this.#lag,
      now
    }
    const identities = new Identities(entrance.access, options.pinNames)
    this.#batchIntake = new BatchIntake({ ...intakeOptions, identities })
    this.#messages = new MessageIntake({
      batchIntake: this.#batchIntake,
      plainIntake,
      totals: this.#totals,
      reporter,
      isPinned: options.pinNames.length > 0
    })
    this.#source = parts.openSource?.({
      ...intakeOptions,
      isSynced: () => this.#latestOptions.fsync,
      onRoundEnd: () => this.#onRoundEnd(),
      onRefused: error => {
        this.#totals.badMessages++
        reporter.messageRefused(options.from?.stream ?? '', toMessage(error))
      },
      onTrouble: error => reporter.cannotRead(options.from?.stream ?? '', error),
      onRecovery: troubleMs => reporter.readsAgain(options.from?.stream ?? '', troubleMs),
      onTakenOver: error => this.#fail(error)
    })
    this.#timers = [
      setInterval(() => this.#logTotals(), totalsIntervalMs).unref(),
      // Gateways know whether a sender is there; a stream only has who has come, or said goodbye.
      ...(isWriter
        ? []
        : [setInterval(() => this.expireSenders(performance.now()), helloIntervalMs).unref()])
    ]
  }

  /** Bound addresses, with their actual ports. */
  get addresses(): readonly string[] {
    return this.#entrance.addresses
  }

  /** What it has done so far; the object is updated in place. */
  get totals(): Totals {
    this.#totals.refusedClients = this.#entrance.refusedClients
    return this.#totals
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
    this.#clearTimers()
    await this.#source?.stopReading()
    const isPageClosed = this.#endpoints.closePage()
    const isClosed = await settlesWithin(this.#outputs.close(optionalStopTimeoutMs), stopTimeoutMs)
    if (!isClosed) await this.#outputs.abandon()
    const isWritten = isClosed || this.#outputs.requiredBytes === 0
    this.#acker.close()
    this.#source?.note()
    await this.#source?.close()
    await this.#entrance.close()
    await isPageClosed
    await this.#endpoints.close()
    this.#journal.close(isWritten)
    this.#outputs.release()
    this.#logTotals()
    this.#reporter.stopped(isWritten)
    return isWritten
  }

  /** Gives everything up, and leaves journal and locks as they are, except for releasing those that are still ours. */
  async #abandon(): Promise<void> {
    this.#isStopping = true
    this.#clearTimers()
    await this.#source?.stopReading()
    this.#acker.close()
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
    this.#batchIntake.expireSenders(now)
  }

  async #open(): Promise<void> {
    await this.#outputs.start()
    this.#entrance.receive({
      onMessage: (frames, mode) => this.#isStopping || this.#messages.take(frames, mode),
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
  #toMetricsSource(): MetricsSource {
    return {
      totals: () => this.totals,
      traffic: () => this.#traffic,
      outputs: () => this.#outputs.states,
      journalErrors: () => this.#journalErrors,
      sessions: this.#sessions,
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
      roots: () => this.#traffic.roots(),
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
      journalTrouble: this.#journalTrouble,
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
    this.#lag.onRoundEnd()
    this.#outputs.flush()
    this.#live?.flush()
  }

  #logTotals(): void {
    const { present } = this.#sessions
    const { pendingBytes } = this.#outputs
    const traffic = this.#traffic.report(this.#sessions)
    this.#reporter.totals(this.totals, { senders: present, pendingBytes, ...traffic })
  }

  #clearTimers(): void {
    this.#journalWatch.close()
    for (const timer of this.#timers) clearInterval(timer)
  }
}
