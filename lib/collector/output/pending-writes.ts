import type { PendingCommit } from '../routing/record-batch.ts'

/** Optional records and plain messages for a log are dropped above this many pending bytes of theirs. */
export const maxLogBytes = 64 * 1024 * 1024
/** The same for all logs of an output: the more logs are stuck, the less may wait for each. Unit: bytes */
export const maxOutputBytes = 256 * 1024 * 1024
/** A log that has written nothing for this long, though it should, is stuck. Unit: ms */
const stuckMs = 1000

/** What waits for one log and isn't sent again if it is dropped. */
interface Droppable {
  bytes: number
  /** when something of it was written last, or had to be; as of performance.now() */
  movedAt: number
}

/** Counts what an output has accepted and not yet written, and completes the commits of its batches. */
export class PendingWrites {
  #bytes = 0
  #records = 0
  #droppableBytes = 0
  /** by log id; what batches wait for is bounded by their senders, and not among it */
  readonly #droppable = new Map<string, Droppable>()
  /** by commit of a batch, how many of its parts this output has not written yet */
  readonly #commits = new Map<PendingCommit, number>()

  /** Bytes accepted and not yet written. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Whether optional records and plain messages for a log must be dropped. A log that is stuck may have as
   * much as is left of the output's limit: so those with most are full first, and one that isn't stuck never is.
   */
  isFull(log: string): boolean {
    const own = this.#droppable.get(log)
    if (!own) return false
    if (own.bytes > maxLogBytes) return true
    const isStuck = (): boolean => performance.now() - own.movedAt > stuckMs
    return own.bytes > maxOutputBytes - this.#droppableBytes && isStuck()
  }

  /**
   * Counts one accepted part of a batch, or lines of plain messages.
   * @param log id of the log that it is for
   * @param bytes its size as it will be written
   * @param commit of the batch; undefined where it is not sent again: plain messages, outputs that are not required
   * @returns a callback for when the part is written
   */
  add(log: string, bytes: number, records: number, commit: PendingCommit | undefined): () => void {
    this.#bytes += bytes
    this.#records += records
    if (commit) {
      commit.add()
      this.#commits.set(commit, (this.#commits.get(commit) ?? 0) + 1)
    } else {
      this.#addDroppable(log, bytes)
    }
    return () => {
      this.#bytes -= bytes
      this.#records -= records
      if (commit) this.#finish(commit)
      else this.#removeDroppable(log, bytes)
    }
  }

  /** Completes all commits, so that no batch waits for this output. @returns the number of records not written */
  abandonAndCount(): number {
    for (const [commit, parts] of this.#commits) {
      for (let part = 0; part < parts; part++) commit.done()
    }
    this.#commits.clear()
    return this.#records
  }

  #addDroppable(log: string, bytes: number): void {
    this.#droppableBytes += bytes
    const own = this.#droppable.get(log)
    if (own) own.bytes += bytes
    else this.#droppable.set(log, { bytes, movedAt: performance.now() })
  }

  #removeDroppable(log: string, bytes: number): void {
    this.#droppableBytes -= bytes
    const own = this.#droppable.get(log)
    if (!own) return
    own.bytes -= bytes
    own.movedAt = performance.now()
    if (own.bytes === 0) this.#droppable.delete(log)
  }

  #finish(commit: PendingCommit): void {
    const parts = this.#commits.get(commit)
    if (parts === undefined) return // abandoned
    if (parts === 1) this.#commits.delete(commit)
    else this.#commits.set(commit, parts - 1)
    commit.done()
  }
}
