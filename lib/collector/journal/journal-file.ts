import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder, writeAll } from '../../util/fs.ts'

/** A journal is large when it has grown to this, and to twice of what it had when it was written anew. Unit: bytes */
const minLargeBytes = 1024 * 1024

/** The file of a journal: lines are added whole or not at all, and all of them are replaced at once. */
export class JournalFile {
  #path: string
  #fd: number
  #bytes: number
  #freshBytes: number

  /** @param text takes the place of what is there @throws the file system's error */
  constructor(path: string, text: string) {
    this.#path = path
    this.#fd = writeAnew(path, text)
    this.#bytes = fstatSync(this.#fd).size
    this.#freshBytes = this.#bytes
  }

  get path(): string {
    return this.#path
  }

  /** Whether it is worth while to write it anew, with less. */
  get isLarge(): boolean {
    return this.#bytes > Math.max(minLargeBytes, 2 * this.#freshBytes)
  }

  /** @param isSynced whether it must be on disk @throws the file system's error: half a line would spoil the next one, so none is there then */
  append(line: string, isSynced: boolean): void {
    const bytes = Buffer.from(line)
    try {
      writeAll(this.#fd, bytes)
      if (isSynced) fdatasyncSync(this.#fd)
    } catch (error) {
      ftruncateSync(this.#fd, this.#bytes)
      const { code, message } = error as NodeJS.ErrnoException
      throw Object.assign(new Error(`the journal ${this.#path}: ${message}`, { cause: error }), {
        code
      })
    }
    this.#bytes += bytes.length
  }

  /**
   * Goes on with other text, maybe elsewhere; what was at the former path stays there then.
   * @throws the file system's error; nothing has changed then
   */
  replace(path: string, text: string): void {
    const fd = writeAnew(path, text)
    closeSync(this.#fd)
    this.#path = path
    this.#fd = fd
    this.#bytes = fstatSync(fd).size
    this.#freshBytes = this.#bytes
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** Puts text on disk in place of what a file has, all or nothing. @returns the file, open for appending */
function writeAnew(path: string, text: string): number {
  const fresh = `${path}.new`
  const fd = openSync(fresh, 'w')
  try {
    writeAll(fd, Buffer.from(text))
    fdatasyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(fresh, path)
  syncFolder(dirname(path))
  return openSync(path, 'a')
}
