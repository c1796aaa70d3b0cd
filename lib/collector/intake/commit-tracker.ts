import type { PendingCommit } from '../routing/record-batch.ts'

/**
 * Tracks which batches are in all their files. Each sender's batches are committed in order of arrival,
 * in whatever order their parts are written.
 */
export class CommitTracker {
  readonly #open = new Map<string, { parts: number; onCommitted: () => void }[]>()

  /**
   * Begins to track a batch.
   * @param onCommitted called when every part is done, and every earlier batch of the sender is committed
   * @returns a commit with one part, for the caller to finish when it has added all others
   */
  begin(senderId: string, onCommitted: () => void): PendingCommit {
    const entry = { parts: 1, onCommitted }
    const entries = this.#open.get(senderId)
    if (entries) entries.push(entry)
    else this.#open.set(senderId, [entry])
    return {
      add: () => void entry.parts++,
      done: () => {
        entry.parts--
        this.#commit(senderId)
      }
    }
  }

  #commit(senderId: string): void {
    const entries = this.#open.get(senderId) ?? []
    let committed = 0
    while (entries[committed]?.parts === 0) committed++
    if (committed === 0) return
    if (committed === entries.length) this.#open.delete(senderId)
    for (const { onCommitted } of entries.splice(0, committed)) onCommitted()
  }
}
