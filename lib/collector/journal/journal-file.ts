import {
  closeSync,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync
} from 'node:fs'
import { dirname } from 'node:path'
import { InlineWrites } from '../files/inline-writes.ts'
import { isNoSpace, keepOwner, syncFolder, writeAll } from '../../util/fs.ts'

/** A journal is large when it exceeds this size and twice its size after the last rewrite. Unit: bytes */
const minLargeBytes = 1024 * 1024

/** The file of a journal: a line is appended whole or not at all; the whole text is replaced atomically. */
export class JournalFile {
  #path: string
  /** undefined until it is written for the first time */
  #fd: number | undefined
  #bytes = 0
  #rewrittenBytes = 0
  #isDoubtful = false
  readonly #mode: number | undefined
  /** which writes to other files may be made as those of this one */
  readonly inlineWrites = new InlineWrites()

  /**
   * Replaces the file, or makes it. Where the disk is full it must be rewritten before the first line.
   * @param text the file's new content
   * @param mode its permissions; undefined = as they are, or as the umask says
   * @throws the file system's error
   */
  constructor(path: string, text: string, mode?: number) {
    this.#path = path
    this.#mode = mode
    try {
      this.replace(path, text)
    } catch (error) {
      if (!isNoSpace(error)) throw error
      this.#isDoubtful = true
    }
  }

  /** Where the file is now. */
  get path(): string {
    return this.#path
  }

  /**
   * Whether the file should be rewritten: with less text, or because the disk has refused to write or
   * sync a line. After that a sync that succeeds says nothing about the lines before (PostgreSQL, 2018).
   */
  get mustBeRewritten(): boolean {
    return this.#isDoubtful || this.#bytes > Math.max(minLargeBytes, 2 * this.#rewrittenBytes)
  }

  /** Whether the open file is the one at its path. It isn't after somebody has deleted, moved or replaced it. */
  isInPlace(): boolean {
    if (this.#fd === undefined) return true
    const found = statSync(this.#path, { throwIfNoEntry: false })
    const open = fstatSync(this.#fd)
    return found?.dev === open.dev && found.ino === open.ino
  }

  /**
   * Appends a line.
   * @param line with its newline
   * @param isSynced whether it must be on disk when this returns
   * @throws the file system's error; what was written of the line is cut off then, for half a line would spoil the next one
   */
  append(line: string, isSynced: boolean): void {
    const bytes = Buffer.from(line)
    const fd = this.#fd
    if (fd === undefined) throw new Error(`the journal ${this.#path} was never written`)
    try {
      this.inlineWrites.run(() => writeAll(fd, bytes))
      if (isSynced) fdatasyncSync(fd)
    } catch (error) {
      this.#isDoubtful = true
      try {
        ftruncateSync(fd, this.#bytes)
      } catch {
        // The next line is not appended to this file: it is rewritten first.
      }
      const { code, message } = error as NodeJS.ErrnoException
      throw Object.assign(new Error(`the journal ${this.#path}: ${message}`, { cause: error }), {
        code
      })
    }
    this.#bytes += bytes.length
  }

  /**
   * Replaces the text, at the same path or at another. A file at the former path stays there.
   * @throws the file system's error; nothing has changed then, unless the disk has refused to sync the
   * folder: the file is then replaced, perhaps only until a power cut, and must be rewritten
   */
  replace(path: string, text: string): void {
    const fd = rewrite(path, text, this.#mode)
    this.close()
    this.#path = path
    this.#fd = fd
    this.inlineWrites.device = fstatSync(fd).dev
    this.#bytes = Buffer.byteLength(text)
    this.#rewrittenBytes = this.#bytes
    this.#isDoubtful = true
    syncFolder(dirname(path))
    this.#isDoubtful = false
  }

  /** Closes the file. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
  }
}

/** Replaces a file's content atomically; the folder isn't synced. @returns file descriptor, open for appending */
function rewrite(path: string, text: string, mode: number | undefined): number {
  const unfinished = `${path}.new`
  const former = statSync(path, { throwIfNoEntry: false })
  rmSync(unfinished, { force: true })
  // Opened before it takes its place: later, a lack of descriptors would leave us with the former file.
  const fd = openSync(unfinished, 'ax')
  try {
    if (former) keepOwner(fd, former)
    const newMode = mode ?? former?.mode
    if (newMode !== undefined) fchmodSync(fd, newMode & 0o7777)
    writeAll(fd, Buffer.from(text))
    fdatasyncSync(fd)
    renameSync(unfinished, path)
  } catch (error) {
    closeSync(fd)
    rmSync(unfinished, { force: true }) // a full disk needs the room
    throw error
  }
  return fd
}
