import type { Logger } from 'pino'
import { toHexId } from '../../wire/id.ts'
import type { Hello } from '../../wire/hello.ts'
import type { Totals } from './totals.ts'

/** Trouble that goes on is said again at most this often. Unit: ms */
const troubleIntervalMs = 60_000

/** A sender, as far as the log names it. */
interface ReportedSender {
  id: string
  hello: Hello
  /** sequence number of its next record */
  expected: number
}

/** Writes the collector's own log: what happens to it. docs/options.md lists the messages. */
export class Reporter {
  readonly #logger: Logger
  readonly #troubleSaidAt = new Map<string, number>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  started(bound: readonly string[], connecting: readonly string[]): void {
    for (const address of bound) this.#logger.info({ address }, 'listening')
    for (const address of connecting) this.#logger.info({ address }, 'connecting')
  }

  writing(path: string): void {
    this.#logger.info({ path }, 'writing')
  }

  deleted(path: string): void {
    this.#logger.info({ path }, 'deleted')
  }

  /** Something can't be done for files that are closed, or for the link; the log itself goes on. */
  housekeepingFailed(action: string, path: string, error: Error): void {
    if (!this.#isNews(action)) return
    this.#logger.error(
      { path, reason: error.message },
      `cannot ${action}; trying again with the next file`
    )
  }

  /** @param pending names of options that have changed and are read at the start only */
  reloaded(pending: readonly string[]): void {
    this.#logger.info('configuration reloaded')
    if (pending.length > 0) this.#logger.warn({ options: pending }, 'restart to use these options')
  }

  refusedConfiguration(why: string): void {
    this.#logger.error({ reason: why }, 'configuration refused; going on as before')
  }

  /** The log exists and the journal doesn't. */
  journalMissing(): void {
    this.#logger.warn(
      'no journal beside the log: records that were written but not acknowledged may be written again'
    )
  }

  sender({ id, hello, expected }: ReportedSender, event: string): void {
    const { host, pid, app, versions } = hello
    const sender = { id: toHexId(id), host, pid, app, versions }
    this.#logger.info({ sender, next: expected }, event)
  }

  gap({ gap, msg }: { gap: object; msg: string }): void {
    this.#logger.warn({ gap }, msg)
  }

  refusedMessage(topic: Buffer, why: string): void {
    if (!this.#isNews('message')) return
    this.#logger.warn({ topic: topic.toString() }, `message refused: ${why}`)
  }

  cannotWrite(path: string, pendingBytes: number, error: Error): void {
    if (!this.#isNews('write')) return
    this.#logger.error({ path, pendingBytes, err: error }, 'cannot write; trying again')
  }

  /** Something that should not happen; the other outputs have the records. */
  failed(error: Error): void {
    if (this.#isNews('output')) this.#logger.error({ err: error }, 'records not written')
  }

  totals(totals: Totals, senders: number, pendingBytes: number): void {
    this.#logger.info({ totals, senders, pendingBytes }, 'totals')
  }

  stopped(isWritten: boolean): void {
    this.#logger.info({ isWritten }, 'stopped')
  }

  #isNews(trouble: string): boolean {
    const now = performance.now()
    const saidAt = this.#troubleSaidAt.get(trouble)
    if (saidAt !== undefined && now - saidAt < troubleIntervalMs) return false
    this.#troubleSaidAt.set(trouble, now)
    return true
  }
}
