import type { Totals } from './reporting/totals.ts'

/**
 * A collector that was started by `startCollector()`.
 *
 *     const collector = await startCollector({ file: 'logs/{date}.log' })
 *     void collector.failure.then(error => console.error(error))
 *     process.on('SIGTERM', () => collector.stop().then(isWritten => process.exit(isWritten ? 0 : 1)))
 */
export interface RunningCollector {
  /** The addresses that it listens on. A port `*` is replaced by the real port. */
  readonly addresses: readonly string[]
  /** Counts since the start. The object is updated in place. */
  readonly totals: Readonly<Totals>
  /** Absolute path of an open log file; undefined if no file is open. */
  readonly path: string | undefined
  /**
   * Resolves with an ERR_ZMQ_PUB_FILE if the collector had to stop, because another collector has taken over its log
   * while this process did not run. It writes nothing more. Otherwise it never resolves, and it never rejects.
   */
  readonly failure: Promise<Error>
  /** Closes all files and opens them again by name. Call it after a program such as logrotate has moved the files. */
  reopen(): void
  /**
   * Stops receiving, writes everything received, acknowledges it, and closes. It takes at most about 8 s. Further calls
   * return the same promise.
   * @returns whether all required outputs are completely written
   */
  stop(): Promise<boolean>
}
