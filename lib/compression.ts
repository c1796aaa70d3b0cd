import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm, stat, unlink, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { syncFolder } from './file-system.ts'
import { compressedSuffix } from './log-name.ts'

/** What a file is called while it is being compressed. */
const unfinishedSuffix = `${compressedSuffix}.new`

/**
 * Compresses closed files, one at a time; zlib works on threads of libuv's pool.
 * A file is replaced when its compressed copy is whole and on the disk: killed in between, both are
 * there, and the file is compressed again.
 */
export class Compressor {
  readonly #onTrouble: (path: string, error: Error) => void
  readonly #waiting = new Set<string>()
  #working: Promise<void> | undefined
  readonly #abort = new AbortController()

  constructor(onTrouble: (path: string, error: Error) => void) {
    this.#onTrouble = onTrouble
  }

  /** @param path of a file that nobody writes to any more */
  add(path: string): void {
    this.#waiting.add(path)
    this.#working ??= this.#work()
  }

  /** Gives up what isn't done: the next start does it. */
  async close(): Promise<void> {
    this.#abort.abort()
    await this.#working
  }

  async #work(): Promise<void> {
    const { signal } = this.#abort
    for (const path of this.#waiting) {
      if (signal.aborted) break
      await compressFile(path, signal).catch((error: Error) => {
        const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
        if (!signal.aborted && !isGone) this.#onTrouble(path, error)
      })
      this.#waiting.delete(path)
    }
    this.#working = undefined
  }
}

/** Replaces a file by its gzipped copy, which keeps its time. @throws the file system's error; the file is then still there */
export async function compressFile(path: string, signal?: AbortSignal): Promise<void> {
  const unfinished = path + unfinishedSuffix
  try {
    const { atime, mtime } = await stat(path)
    const streams = [createReadStream(path), createGzip(), createWriteStream(unfinished)] as const
    await pipeline(...streams, { signal })
    await sync(unfinished)
    await utimes(unfinished, atime, mtime)
    await rename(unfinished, path + compressedSuffix)
    syncFolder(dirname(path))
    await unlink(path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
