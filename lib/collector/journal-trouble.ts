import type { JournalWatchListener } from './journal/journal-watch.ts'
import type { Journal } from './journal/journal.ts'
import type { Reporter } from './reporting/reporter.ts'

/** What keeps the journal from being written, from all who try to: counted, logged, and kept as long as it lasts. */
export class JournalTrouble implements JournalWatchListener {
  readonly #journal: Pick<Journal, 'path'>
  readonly #reporter: Pick<Reporter, 'cannotWrite' | 'writesAgain'>
  readonly #pendingBytes: () => number
  #errors = 0
  #error: Error | undefined

  /** @param pendingBytes what waits to be written to the logs */
  constructor(
    journal: Pick<Journal, 'path'>,
    reporter: Pick<Reporter, 'cannotWrite' | 'writesAgain'>,
    pendingBytes: () => number
  ) {
    this.#journal = journal
    this.#reporter = reporter
    this.#pendingBytes = pendingBytes
  }

  /** How many attempts have failed. */
  get errors(): number {
    return this.#errors
  }

  /** Why the last attempt failed; undefined where it didn't. */
  get error(): Error | undefined {
    return this.#error
  }

  readonly onTrouble = (error: Error): void => {
    this.#errors++
    this.#error = error
    this.#reporter.cannotWrite(this.#journal.path, this.#pendingBytes(), error)
  }

  readonly onRecovery = (troubleMs: number): void => {
    this.#error = undefined
    this.#reporter.writesAgain(this.#journal.path, troubleMs, this.#pendingBytes())
  }
}
