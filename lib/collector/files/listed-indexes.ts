import { existsSync } from 'node:fs'
import type { ListedIndex, ListedLog, Pace } from '../naming/log-listing.ts'

/** What is to be done about the indexes of a listing. */
export interface IndexTasks {
  /** files without an index */
  missing: ReadonlySet<ListedLog>
  /** files that were written since their index was */
  old: ReadonlySet<ListedLog>
  /** indexes of files that are gone: others have deleted them */
  orphans: readonly ListedIndex[]
}

/** The indexes that a listing has found beside the files of a log: there may be 100,000. */
export class ListedIndexes {
  readonly #byLog = new Map<string, ListedIndex>()
  /** left by a kill, or about to be written */
  readonly #unfinished: ListedIndex[] = []

  add(index: ListedIndex): void {
    if (index.writtenAt === undefined) this.#unfinished.push(index)
    else this.#byLog.set(index.logPath, index)
  }

  /** Compares them with the files of the same listing, once. @param pause as of the listing */
  async compare(logs: readonly ListedLog[], pause: Pace['pause']): Promise<IndexTasks> {
    const missing = new Set<ListedLog>()
    const old = new Set<ListedLog>()
    for (const log of logs) {
      const writtenAt = this.#byLog.get(log.path)?.writtenAt
      if (writtenAt === undefined) missing.add(log)
      else if (Math.floor(writtenAt) !== Math.floor(log.writtenAt)) old.add(log)
      this.#byLog.delete(log.path)
      const due = pause()
      if (due) await due
    }
    const unlisted = [...this.#byLog.values(), ...this.#unfinished]
    // A file that was compressed during the listing may be in it by its former name.
    const orphans = unlisted.filter(({ logPath }) => !existsSync(logPath))
    return { missing, old, orphans }
  }
}
