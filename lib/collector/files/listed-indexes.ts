import { existsSync } from 'node:fs'
import type { ListedIndex, ListedLog } from '../naming/log-listing.ts'

/** The indexes that a listing has found beside the files of a log: there may be 100,000. */
export class ListedIndexes {
  readonly #byLog = new Map<string, ListedIndex>()
  /** left by a kill, or about to be written */
  readonly #unfinished: ListedIndex[] = []

  add(index: ListedIndex): void {
    if (index.writtenAt === undefined) this.#unfinished.push(index)
    else this.#byLog.set(index.logPath, index)
  }

  /** Whether a file's index is of the file as it is by now, as far as their times say. */
  stateOf({ path, writtenAt }: ListedLog): 'missing' | 'old' | 'current' {
    const index = this.#byLog.get(path)
    if (index?.writtenAt === undefined) return 'missing'
    return Math.floor(index.writtenAt) === Math.floor(writtenAt) ? 'current' : 'old'
  }

  /** The indexes of files that are gone: others have deleted them. @param logs of the same listing */
  findOrphans(logs: readonly ListedLog[]): ListedIndex[] {
    const orphans = [...this.#unfinished, ...this.#findUnlisted(logs)]
    // A file that was compressed during the listing may be in it by its former name.
    return orphans.filter(({ logPath }) => !existsSync(logPath))
  }

  #findUnlisted(logs: readonly ListedLog[]): ListedIndex[] {
    const found = logs.reduce((count, { path }) => count + Number(this.#byLog.has(path)), 0)
    if (found === this.#byLog.size) return [] // as mostly
    const paths = new Set(logs.map(({ path }) => path))
    return [...this.#byLog.values()].filter(({ logPath }) => !paths.has(logPath))
  }
}
