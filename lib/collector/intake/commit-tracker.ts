import type { PendingCommit } from '../routing/record-batch.ts'

/**
 * Knows which batches are in all files that they belong to: each sender's are committed in the order in
 * which they came, though their parts may be written in any.
 */
export class CommitTracker {
  readonly #open = new Map<string, { parts: number; onCommitted: () => void }[]>()

  /**
   * @param onCommitted called when every part is done, and every earlier batch of the sender is committed
   * @returns a commit with one part
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
