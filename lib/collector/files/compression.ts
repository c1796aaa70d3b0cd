import { createReadStream, createWriteStream, type Stats } from 'node:fs'
import { open, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import zlib, { createGzip } from 'node:zlib'
import { keepOwner, syncFolder } from '../../util/fs.ts'
import { compressedSuffixes, type Compression } from '../naming/log-path.ts'

/** Since Node.js 22.15; the types are those of Node.js 20. */
const { createZstdCompress } = zlib as { createZstdCompress?: () => Transform }

/** Whether this version of Node.js supports a compression format. */
export function canCompress(format: Compression): boolean {
  return format === 'gzip' || createZstdCompress !== undefined
}

/**
 * Compresses closed files, one at a time; zlib works on threads of libuv's pool. A file is deleted when
 * its compressed copy is complete and on disk. After a kill in between both exist, and the file is
 * compressed again.
 */
export class Compressor {
  readonly #format: Compression
  readonly #onTrouble: (path: string, error: Error) => void
  readonly #waiting = new Set<string>()
  #working: Promise<void> | undefined
  readonly #abort = new AbortController()

  /** @param onTrouble called for each file that could not be compressed; files that are gone are skipped silently */
  constructor(format: Compression, onTrouble: (path: string, error: Error) => void) {
    this.#format = format
    this.#onTrouble = onTrouble
  }

  /** Queues a file. @param path of a file that is no longer written */
  add(path: string): void {
    this.#waiting.add(path)
    this.#working ??= this.#work()
  }

  /** Whether a file is queued or being compressed. */
  has(path: string): boolean {
    return this.#waiting.has(path)
  }

  /** Stops, and resolves when no file is half done. Files that are still queued are left to the next start. */
  async close(): Promise<void> {
    this.#abort.abort()
    await this.#working
  }

  async #work(): Promise<void> {
    const { signal } = this.#abort
    for (const path of this.#waiting) {
      if (signal.aborted) break
      await compressFile(path, this.#format, signal).catch((error: Error) => {
        const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
        if (!signal.aborted && !isGone) this.#onTrouble(path, error)
      })
      this.#waiting.delete(path)
    }
    this.#waiting.clear()
    this.#working = undefined
  }
}

/**
 * Replaces a file with its compressed copy, which has the same times, permissions and owner, and a suffix, such as `.gz`.
 * @param signal aborts the compression
 * @throws the file system's error, or an AbortError; the file still exists then
 */
export async function compressFile(
  path: string,
  format: Compression,
  signal?: AbortSignal
): Promise<void> {
  const finished = path + compressedSuffixes[format]
  const unfinished = `${finished}.new`
  const compress = format === 'zstd' && createZstdCompress ? createZstdCompress() : createGzip()
  try {
    const stats = await stat(path)
    await rm(unfinished, { force: true }) // left by a kill; and nobody else may read it before it has its permissions
    const output = createWriteStream(unfinished, { mode: 0o600 })
    await pipeline(createReadStream(path), compress, output, { signal })
    await finish(unfinished, stats)
    await stat(path) // not deleted meanwhile, or its copy would come after
    await rename(unfinished, finished)
    syncFolder(dirname(path))
    await unlink(path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/** Brings a file to the disk, and gives it what another has: times, permissions, and the owner as far as this process may. */
async function finish(path: string, stats: Stats): Promise<void> {
  const file = await open(path, 'r+')
  try {
    keepOwner(file.fd, stats)
    await file.chmod(stats.mode & 0o7777) // after the owner, whose change takes bits away
    await file.utimes(stats.atime, stats.mtime)
    await file.sync()
  } finally {
    await file.close()
  }
}
