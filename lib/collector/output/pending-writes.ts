import type { PendingCommit } from '../routing/record-batch.ts'

/** Optional records and plain messages are dropped above this many pending bytes. */
const maxBytes = 64 * 1024 * 1024

/** Counts what an output has accepted and not yet written, and completes the commits of its batches. */
export class PendingWrites {
  #bytes = 0
  #records = 0
  /** by commit of a batch, how many of its parts this output has not written yet */
  readonly #commits = new Map<PendingCommit, number>()

  /** Bytes accepted and not yet written. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether optional records and plain messages must be dropped. */
  get isFull(): boolean {
    return this.#bytes > maxBytes
  }

  /**
   * Counts one accepted part of a batch.
   * @param bytes its size as it will be written
   * @param commit of the batch; undefined where the output is not required
   * @returns a callback for when the part is written
   */
  add(bytes: number, records: number, commit: PendingCommit | undefined): () => void {
    this.#bytes += bytes
    this.#records += records
    if (commit) {
      commit.add()
      this.#commits.set(commit, (this.#commits.get(commit) ?? 0) + 1)
    }
    return () => {
      this.#bytes -= bytes
      this.#records -= records
      if (commit) this.#finish(commit)
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

  #finish(commit: PendingCommit): void {
    const parts = this.#commits.get(commit)
    if (parts === undefined) return // abandoned
    if (parts === 1) this.#commits.delete(commit)
    else this.#commits.set(commit, parts - 1)
    commit.done()
  }
}
