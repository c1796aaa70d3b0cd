import type { PendingCommit } from '../routing/record-batch.ts'

/** What nobody waits for is left out while so much waits for an output's disk. Unit: bytes */
const maxBytes = 64 * 1024 * 1024

/** What an output has taken, and not yet written. */
export class PendingWrites {
  #bytes = 0
  #records = 0
  /** batches that wait for this output, and for how many of their parts */
  readonly #commits = new Map<PendingCommit, number>()

  /** Unit: bytes */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether so much waits that more of what nobody waits for must be left out. */
  get isFull(): boolean {
    return this.#bytes > maxBytes
  }

  /**
   * A part of a batch is taken.
   * @param commit of the batch, where it waits for this output
   * @returns to be called when the part is written
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

  /** No batch waits for this output any more. @returns how many records it had taken and not written */
  abandonAndCount(): number {
    for (const [commit, parts] of this.#commits) {
      for (let part = 0; part < parts; part++) commit.done()
    }
    this.#commits.clear()
    return this.#records
  }

  #finish(commit: PendingCommit): void {
    const parts = this.#commits.get(commit)
    if (parts === undefined) return // given up
    if (parts === 1) this.#commits.delete(commit)
    else this.#commits.set(commit, parts - 1)
    commit.done()
  }
}
