import type { Logger } from 'pino'
import { escapeName } from './escaped-name.ts'
import { Throttle } from './throttle.ts'
import type { Totals } from './totals.ts'
import type { TrafficReport } from './traffic.ts'

/** Most paths of which "writing again" is still to be logged. */
const maxTroubled = 1000

/** Most numbers of damaged lines that one message names. */
const maxShownLines = 20

/** What is logged beside the totals. */
interface ReportedTraffic extends TrafficReport {
  /** known and not gone */
  senders: number
  /** accepted and not yet written */
  pendingBytes: number
}

/** Told how an action goes that is tried again. */
interface StreamActionListener {
  onTrouble: (error: Error) => void
  /** @param troubleMs since the first attempt that failed */
  onRecovery: (troubleMs: number) => void
}

/** What is logged about a lock that is waited for. */
interface ReportedLock {
  lockPath: string
  holder: {
    pid: number | undefined
    host: string | undefined
    /** since its last sign of life. Unit: ms */
    ageMs: number
    /** unless it gives another one. Unit: ms from now */
    expiresInMs: number
  }
}

/** Writes the collector's own log, but for what is about senders (SenderReporter). docs/operations.md lists the messages. */
export class Reporter {
  readonly #logger: Logger
  readonly #throttle = new Throttle(() => performance.now())
  /** what "cannot write" was logged about, and "writing again" not yet */
  readonly #troubled = new Set<string>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** The start waits for the lock of a collector that can't be looked at. */
  waitingForLock({ lockPath, holder: { pid, host, ageMs, expiresInMs } }: ReportedLock): void {
    this.#logLimited('lock', lockPath, suppressed => {
      const until = new Date(Date.now() + expiresInMs).toISOString()
      const holder = { pid, host, silentMs: Math.round(ageMs) }
      this.#logger.warn(
        { lock: lockPath, holder, until, ...suppressed },
        'waiting for another collector to release this log, or for its lock to expire'
      )
    })
  }

  /** Metrics are served at this address. */
  servingMetrics({ address, isLocal }: { address: string; isLocal: boolean }): void {
    this.#logger.info({ address }, 'serving metrics')
    if (isLocal) return
    this.#logger.warn(
      { address },
      'metrics have no authentication: whoever can connect to this address reads the names of apps and hosts'
    )
  }

  /** The thread of the metrics has ended by itself. */
  metricsFailed(error: Error, restartMs: number): void {
    this.#logger.error(
      { err: error, restartMs },
      'the metrics have failed; they are started again, and everything else works'
    )
  }

  /** The page is served. @param url with the token: who reads it can open the page */
  servingPage({ url, isLocal }: { url: string; isLocal: boolean }): void {
    this.#logger.info({ url }, 'serving the page')
    if (isLocal) return
    this.#logger.warn(
      'the page is not encrypted: whoever can read the network traffic can read the records; let a reverse proxy with TLS be the only one that connects, and give its name with --ui-name'
    )
  }

  /** The thread of the page has ended. @param restartMs until it is started again */
  pageFailed(error: Error, restartMs: number): void {
    this.#logger.error(
      { err: error, restartMs },
      'the page has failed; it is started again, and everything else works'
    )
  }

  /** Somebody has tried to open the page with a wrong token. */
  pageRefused(from: string): void {
    this.#logLimited('page', from, suppressed => {
      this.#logger.warn(
        { from, ...suppressed },
        'wrong token: somebody tried to open the page with the URL of an earlier start, or guesses'
      )
    })
  }

  /** The control socket isn't beside the journal. */
  controlSocketMoved(path: string): void {
    this.#logger.info(
      { path },
      'control socket in the temporary folder: the path of the log is too long'
    )
  }

  /** There is no control socket. @param path where it would be */
  controlSocketOff(path: string, reason: string): void {
    this.#logger.info(
      { path, reason },
      'no control socket: zmq-pub-collector top cannot ask this collector'
    )
  }

  /** A log file has been opened. */
  writing(path: string): void {
    this.#logger.info({ path }, 'writing')
  }

  /** Retention has deleted a log file. */
  deleted(path: string): void {
    this.#logger.info({ path }, 'deleted')
  }

  /** An action on closed files or on a link has failed; writing continues. */
  housekeepingFailed(action: string, path: string, error: Error): void {
    this.#logLimited(action, path, suppressed => {
      this.#logger.error(
        { path, reason: error.message, ...suppressed },
        `cannot ${action}; trying again with the next file`
      )
    })
  }

  /** @param pending names of changed options that take effect at the next start only */
  reloaded(pending: readonly string[]): void {
    this.#logger.info('configuration reloaded')
    if (pending.length > 0) this.#logger.warn({ options: pending }, 'restart to use these options')
  }

  /** A reload has found no change. */
  reopened(): void {
    this.#logger.info('configuration unchanged; files reopened')
  }

  /** A reload has failed; the former configuration stays in use. */
  configurationRefused(why: string): void {
    this.#logger.error({ reason: why }, 'configuration refused; the previous one stays in use')
  }

  /** There are log files, but no journal. */
  journalMissing(): void {
    this.#logger.warn(
      'no journal beside the log: records that were written but not acknowledged may be written again'
    )
  }

  /** Something in the journal is not understood. @param lines their numbers, from 1 on */
  journalDamaged(path: string, lines: readonly number[]): void {
    const shown = lines.slice(0, maxShownLines)
    this.#logger.warn(
      { path, lines: shown, badLines: lines.length },
      'the journal has invalid lines: records that were written before the last stop may be written again'
    )
  }

  /** A message that is neither plain nor of the wire format was ignored. */
  messageRefused(topic: string, why: string): void {
    const text = escapeName(topic)
    this.#logLimited('message', text, suppressed => {
      this.#logger.warn({ topic: text, ...suppressed }, `message refused: ${why}`)
    })
  }

  /** A write has failed and is tried again. @param pendingBytes bytes accepted and not yet written */
  cannotWrite(path: string, pendingBytes: number, error: Error): void {
    this.#logLimited('write', path, suppressed => {
      if (this.#troubled.size < maxTroubled) this.#troubled.add(path)
      this.#logger.error(
        { path, pendingBytes, err: error, ...suppressed },
        'cannot write; trying again'
      )
    })
  }

  /** Records go to a stream, not to files. */
  publishing(stream: string): void {
    this.#logger.info({ stream }, 'writing to the stream')
  }

  /** @param partitions that this writer reads */
  reading(stream: string, partitions: readonly number[]): void {
    this.#logger.info({ stream, partitions }, 'reading the stream')
  }

  /** A stream can't be read; it is tried again. */
  cannotRead(stream: string, error: Error): void {
    this.#logLimited('read', stream, suppressed => {
      this.#logger.warn(
        { stream, reason: error.message, ...suppressed },
        'cannot read the stream; trying again'
      )
    })
  }

  /** A stream is read again. @param troubleMs since the first attempt that failed */
  readsAgain(stream: string, troubleMs: number): void {
    this.#logger.info({ stream, troubleMs: Math.round(troubleMs) }, 'reading the stream again')
  }

  /** For what a writer does in its stream besides reading. @param action such as 'delete …' */
  toStreamListener(stream: string, action: string): StreamActionListener {
    return {
      onTrouble: error =>
        this.#logLimited(action, stream, suppressed => {
          this.#logger.warn(
            { stream, reason: error.message, ...suppressed },
            `cannot ${action}; trying again`
          )
        }),
      onRecovery: troubleMs =>
        this.#logger.info({ stream, troubleMs: Math.round(troubleMs) }, `can ${action} again`)
    }
  }

  /**
   * Writes to a path succeed again.
   * @param troubleMs since the first that failed @param waitingBytes what had to wait
   */
  writesAgain(path: string, troubleMs: number, waitingBytes: number): void {
    if (!this.#troubled.delete(path)) return // the trouble was not reported
    this.#logger.info({ path, troubleMs: Math.round(troubleMs), waitingBytes }, 'writing again')
  }

  /** The disk has refused what a write without `fsync` had left to it. */
  notSynced(path: string, error: Error): void {
    this.#logLimited('sync', path, suppressed => {
      this.#logger.error(
        { path, reason: error.message, ...suppressed },
        'the disk has lost lines of this file that it had accepted; with fsync they would be written again'
      )
    })
  }

  /** There is no file descriptor left, and no idle log whose file could be closed. */
  descriptorsExhausted(limit: number | undefined): void {
    this.#logLimited('descriptors', '', suppressed => {
      this.#logger.error(
        { limit, ...suppressed },
        'no file descriptors left: apps cannot connect; raise LimitNOFILE or ulimit -n, or lower maxOpenFiles'
      )
    })
  }

  /** Fewer files are kept open than configured, so that apps can connect. @param most in all outputs together */
  openFilesLowered(most: number, limit: number | undefined): void {
    this.#logger.warn(
      { maxOpenFiles: most, limit },
      'fewer files are kept open than maxOpenFiles allows: half of the file descriptors are reserved for apps; raise LimitNOFILE or ulimit -n'
    )
  }

  /** An output threw while it handled records: a bug. @param records that it lacks; 0 where they were written unread */
  failed(records: number, error: Error): void {
    const message = records > 0 ? 'records not written' : 'records written unprocessed'
    this.#logLimited(message, error.message, suppressed => {
      this.#logger.error({ err: error, ...suppressed }, message)
    })
  }

  /** @param totals since the start @param traffic since the last totals */
  totals(totals: Totals, traffic: ReportedTraffic): void {
    this.#logger.info({ totals, ...traffic }, 'totals')
  }

  /** @param isWritten whether all required records were written */
  stopped(isWritten: boolean): void {
    this.#logger.info({ isWritten }, 'stopped')
  }

  /** Logs a message unless one of its kind about the same thing was logged a short time ago. */
  #logLimited(kind: string, subject: string, log: (suppressed: object) => void): void {
    const suppressed = this.#throttle.admit(kind, subject)
    if (suppressed !== undefined) log(suppressed > 0 ? { suppressed } : {})
  }
}
