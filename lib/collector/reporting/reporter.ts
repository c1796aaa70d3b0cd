import type { Logger } from 'pino'
import { toHexId } from '../../wire/id.ts'
import type { Hello } from '../../wire/hello.ts'
import type { Totals } from './totals.ts'

/** Repeated trouble of one kind is logged at most once in this time. Unit: ms */
const troubleIntervalMs = 60_000

/** Most numbers of damaged lines that one message names. */
const maxShownLines = 20

/** What is logged about a sender. */
interface ReportedSender {
  id: string
  hello: Hello
  /** sequence number of its next record */
  expected: number
}

/** Writes the collector's own log. docs/options.md lists the messages. */
export class Reporter {
  readonly #logger: Logger
  readonly #loggedAt = new Map<string, number>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** @param bound addresses, with their actual ports */
  started(bound: readonly string[], connecting: readonly string[]): void {
    for (const address of bound) this.#logger.info({ address }, 'listening')
    for (const address of connecting) this.#logger.info({ address }, 'connecting')
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
    if (!this.#shouldLog(action)) return
    this.#logger.error(
      { path, reason: error.message },
      `cannot ${action}; trying again with the next file`
    )
  }

  /** @param pending names of changed options that take effect at the next start only */
  reloaded(pending: readonly string[]): void {
    this.#logger.info('configuration reloaded')
    if (pending.length > 0) this.#logger.warn({ options: pending }, 'restart to use these options')
  }

  /** A reload has failed; the former configuration stays in use. */
  configurationRefused(why: string): void {
    this.#logger.error({ reason: why }, 'configuration refused; going on as before')
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
      'lines of the journal are not understood: records that were written before the last stop may be written again'
    )
  }

  /** @param event the message, such as `sender connected` */
  sender({ id, hello, expected }: ReportedSender, event: string): void {
    const { host, pid, app, versions } = hello
    const sender = { id: toHexId(id), host, pid, app, versions }
    this.#logger.info({ sender, next: expected }, event)
  }

  /** Records are missing. */
  gap({ gap, msg }: { gap: object; msg: string }): void {
    this.#logger.warn({ gap }, msg)
  }

  /** A message that is neither plain nor of the wire format was ignored. */
  messageRefused(topic: Buffer, why: string): void {
    if (!this.#shouldLog('message')) return
    this.#logger.warn({ topic: topic.toString() }, `message refused: ${why}`)
  }

  /** A write has failed and is tried again. @param pendingBytes bytes accepted and not yet written */
  cannotWrite(path: string, pendingBytes: number, error: Error): void {
    if (!this.#shouldLog('write')) return
    this.#logger.error({ path, pendingBytes, err: error }, 'cannot write; trying again')
  }

  /** An output threw while it handled records: a bug. The other outputs have them. */
  failed(error: Error): void {
    if (this.#shouldLog('output')) this.#logger.error({ err: error }, 'records not written')
  }

  /** @param senders number of senders that are known and not gone @param pendingBytes bytes accepted and not yet written */
  totals(totals: Totals, senders: number, pendingBytes: number): void {
    this.#logger.info({ totals, senders, pendingBytes }, 'totals')
  }

  /** @param isWritten whether all required records were written */
  stopped(isWritten: boolean): void {
    this.#logger.info({ isWritten }, 'stopped')
  }

  /** Whether no trouble of this kind was logged within the interval; counts as logged then. */
  #shouldLog(kind: string): boolean {
    const now = performance.now()
    const loggedAt = this.#loggedAt.get(kind)
    if (loggedAt !== undefined && now - loggedAt < troubleIntervalMs) return false
    this.#loggedAt.set(kind, now)
    return true
  }
}
