import type { Journal } from './journal.ts'

/** Unit: ms */
const checkMs = 1000

/** What a watch tells. */
export interface JournalWatchListener {
  /** The journal is gone and can't be written again now. It is tried again. */
  onTrouble(error: Error): void
  /** @param troubleMs since the first time that it couldn't be written again */
  onRecovery(troubleMs: number): void
}

/** Looks every second whether somebody has deleted, moved or replaced the journal, and has it written again. */
export class JournalWatch {
  readonly #journal: Journal
  readonly #listener: JournalWatchListener
  readonly #timer: NodeJS.Timeout
  /** when it could first not be written again, as of performance.now() */
  #troubleAt: number | undefined

  constructor(journal: Journal, listener: JournalWatchListener) {
    this.#journal = journal
    this.#listener = listener
    this.#timer = setInterval(() => this.#check(), checkMs).unref()
  }

  /** Ends the watch. */
  close(): void {
    clearInterval(this.#timer)
  }

  #check(): void {
    try {
      this.#journal.check()
    } catch (error) {
      this.#troubleAt ??= performance.now()
      return this.#listener.onTrouble(error as Error)
    }
    if (this.#troubleAt === undefined) return
    this.#listener.onRecovery(performance.now() - this.#troubleAt)
    this.#troubleAt = undefined
  }
}
