import type { PendingCommit } from '../routing/record-batch.ts'

/**
 * Tracks which batches are in all their files. Each sender's batches are committed in order of arrival,
 * in whatever order their parts are written.
 */
export class CommitTracker {
  /** by sender id, what is not committed, in order of arrival */
  readonly #open = new Map<string, Commit[]>()

  /**
   * Begins to track a batch.
   * @param onCommitted called when every part is done, and every earlier batch of the sender is committed
   * @returns a commit with one part, for the caller to finish when it has added all others
   */
  begin(senderId: string, onCommitted: () => void): PendingCommit {
    const commit = new Commit(this, senderId, onCommitted)
    const commits = this.#open.get(senderId)
    if (commits) commits.push(commit)
    else this.#open.set(senderId, [commit])
    return commit
  }

  /** Commits what is done of a sender. */
  commit(senderId: string): void {
    const commits = this.#open.get(senderId) ?? []
    let committed = 0
    while (commits[committed]?.isDone) committed++
    if (committed === 0) return
    if (committed === commits.length) this.#open.delete(senderId)
    for (const { onCommitted } of commits.splice(0, committed)) onCommitted()
  }
}

/** One batch of a sender. */
class Commit implements PendingCommit {
  readonly #tracker: CommitTracker
  readonly #senderId: string
  readonly onCommitted: () => void
  #parts = 1

  constructor(tracker: CommitTracker, senderId: string, onCommitted: () => void) {
    this.#tracker = tracker
    this.#senderId = senderId
    this.onCommitted = onCommitted
  }

  get isDone(): boolean {
    return this.#parts === 0
  }

  add(): void {
    this.#parts++
  }

  done(): void {
    this.#parts--
    this.#tracker.commit(this.#senderId)
  }
}
