import { fdatasync, fstatSync, ftruncate, ftruncateSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import sonicBoom from 'sonic-boom'
import { isNoSpace } from '../../util/fs.ts'
import type { InlineWrites } from './inline-writes.ts'
import { openLog, type OpenedLog } from './open-log.ts'

const newline = 0x0a

/** Pause between two attempts to write or sync. Unit: ms */
const retryMs = 1000

// Looked up at each call, because tests replace them.
const syncData = (fd: number): Promise<void> => promisify(fdatasync)(fd)
const truncate = (fd: number, size: number): Promise<void> => promisify(ftruncate)(fd, size)

/** A file that is appended to, one chunk at a time. */
export class LogFile {
  /** Path at which it was opened. */
  readonly path: string
  readonly #fd: number
  readonly #device: number
  readonly #inlineWrites: InlineWrites | undefined
  #sonic: sonicBoom.SonicBoom
  readonly #onTrouble: (error: Error) => void
  #endsMidLine: boolean
  #retryTimer: NodeJS.Timeout | undefined
  #onRefused: (error: Error) => void = () => undefined
  #onClosed: () => void = () => undefined

  /**
   * Opens a file for appending; makes missing folders.
   * @param onTrouble called for each failed write or sync; it is tried again until it succeeds
   * @param mode permissions of a new file; undefined = as the umask says
   * @param inlineWrites which writes are made on the main thread; undefined = none
   * @throws the file system's error
   */
  static async open(
    path: string,
    onTrouble: (error: Error) => void,
    mode?: number,
    inlineWrites?: InlineWrites
  ): Promise<LogFile> {
    return new LogFile(path, await openLog(path, mode), onTrouble, inlineWrites)
  }

  private constructor(
    path: string,
    opened: OpenedLog,
    onTrouble: (error: Error) => void,
    inlineWrites: InlineWrites | undefined
  ) {
    this.path = path
    this.#endsMidLine = opened.endsMidLine
    this.#fd = opened.fd
    this.#device = opened.device
    this.#onTrouble = onTrouble
    this.#inlineWrites = inlineWrites
    this.#sonic = this.#createSonic()
  }

  /** One SonicBoom per file: its reopen() would write what is buffered to the new file. */
  #createSonic(): sonicBoom.SonicBoom {
    const sonic = new sonicBoom.SonicBoom({
      fd: this.#fd,
      contentMode: 'buffer',
      retryEAGAIN: () => !isSync(sonic) // it would block the main thread for 100 ms
    })
    // After an error SonicBoom keeps its buffer, and writes again only when flush() is called.
    return sonic.on('error', (error: Error) => {
      this.#onTrouble(error)
      if (this.#isClosed) return this.#onClosed()
      this.#onRefused(error)
    })
  }

  /** Whether it ends with half a line, which somebody else has left there. */
  get endsMidLine(): boolean {
    return this.#endsMidLine
  }

  /**
   * Appends a chunk, after as many attempts as it takes. One call at a time.
   * @param mustGiveUp asked after each attempt that the disk refused
   * @returns false where it was given up: a part of the chunk may be in the file. Call `cutTo`, then `abandon`.
   */
  write(chunk: Buffer, mustGiveUp: () => boolean = () => false): Promise<boolean> {
    return new Promise(resolve => {
      let missing = chunk.length
      let isTakenBack = false
      const onWrite = (bytes: number): void => {
        missing -= bytes
        if (missing > 0) return setSync(this.#sonic, false) // it would not tell of the rest
        this.#endsMidLine = chunk.at(-1) !== newline
        settle(true)
      }
      const settle = (isWritten: boolean): void => {
        this.#sonic.off('write', onWrite)
        resolve(isWritten)
      }
      const write = (): void => {
        isTakenBack = false
        this.#sonic.on('write', onWrite)
        this.#hand(chunk)
      }
      this.#onRefused = error => {
        if (isNoSpace(error) && missing < chunk.length && this.#takeBack(chunk.length - missing)) {
          missing = chunk.length
          isTakenBack = true
        }
        clearTimeout(this.#retryTimer)
        this.#retryTimer = setTimeout(() => {
          if (mustGiveUp()) return settle(false)
          if (isNoSpace(error) && !hasRoom(this.path, missing)) {
            this.#onTrouble(error)
            return this.#onRefused(error)
          }
          if (isTakenBack) write()
          else this.#sonic.flush()
        }, retryMs)
      }
      write()
    })
  }

  /** Hands a chunk to SonicBoom, which writes it now or by libuv's pool. A second attempt is always made there. */
  #hand(chunk: Buffer): void {
    const sonic = this.#sonic
    // In content mode 'buffer' it takes Buffers; its types know only the other mode.
    const write = (): boolean => sonic.write(chunk as unknown as string)
    if (!this.#inlineWrites?.allow(this.#device, chunk.length)) return void write()
    setSync(sonic, true)
    this.#inlineWrites.run(write)
    setSync(sonic, false)
  }

  /**
   * Cuts off the part of a chunk that a full disk has accepted. So a file that somebody moves to make
   * room has only what is acknowledged, and what is tried again is in one file.
   * @returns whether it did
   */
  #takeBack(bytes: number): boolean {
    try {
      ftruncateSync(this.#fd, this.readSize() - bytes)
    } catch {
      return false // the rest of the chunk will follow
    }
    this.#sonic = this.#createSonic() // the old one would write the rest of the chunk
    return true
  }

  /** Current size, which includes what other programs wrote. Unit: bytes @throws the file system's error */
  readSize(): number {
    return fstatSync(this.#fd).size
  }

  /** Whether its path now leads to another file, or to none. False where the path can't be looked at, which is reported. */
  wasMovedOrDeleted(): boolean {
    if (this.#isClosed) return false
    try {
      const found = statSync(this.path, { throwIfNoEntry: false })
      const own = fstatSync(this.#fd)
      return found === undefined || found.ino !== own.ino || found.dev !== own.dev
    } catch (error) {
      if (isStale(error)) return true
      this.#onTrouble(error as Error) // such as an unmounted share, or a folder without permission
      return false
    }
  }

  /**
   * Brings everything written to the disk.
   * @returns false where the disk refused, which is reported. What was written since the last sync may be
   * gone then: the kernel forgets pages that it could not write, and the next sync succeeds without them
   * (PostgreSQL, 2018). Call `cutTo`, and write it to another file.
   */
  async sync(): Promise<boolean> {
    try {
      await syncData(this.#fd)
      return true
    } catch (error) {
      this.#onTrouble(error as Error)
      return false
    }
  }

  /** Cuts the file to this size, and brings that to the disk, after as many attempts as it takes. Unit: bytes */
  async cutTo(size: number): Promise<void> {
    while (!this.#isClosed) {
      try {
        await truncate(this.#fd, size)
        return await syncData(this.#fd)
      } catch (error) {
        if (isStale(error)) return
        this.#onTrouble(error as Error)
        await new Promise(resolve => (this.#retryTimer = setTimeout(resolve, retryMs)))
      }
    }
  }

  /**
   * Resolves when the file is closed, with or without success.
   * @param onUnsynced called where the disk has refused what was written and not synced
   */
  async close(onUnsynced?: (error: Error) => void): Promise<void> {
    clearTimeout(this.#retryTimer)
    if (this.#isClosed) return
    // SonicBoom syncs, too, but ignores the error.
    if (onUnsynced) await syncData(this.#fd).catch(onUnsynced)
    if (this.#isClosed) return
    return new Promise(resolve => {
      this.#onClosed = resolve
      this.#sonic.once('close', resolve)
      this.#sonic.end()
    })
  }

  get #isClosed(): boolean {
    return (this.#sonic as unknown as { destroyed: boolean }).destroyed
  }

  /** Closes at once; what isn't written is lost, and pending promises may never resolve. */
  abandon(): void {
    clearTimeout(this.#retryTimer)
    this.#sonic.destroy()
  }
}

/** SonicBoom looks at each write whether it is a synchronous one; its types don't have it. */
function setSync(sonic: sonicBoom.SonicBoom, sync: boolean): void {
  Object.assign(sonic, { sync })
}

function isSync(sonic: sonicBoom.SonicBoom): boolean {
  return (sonic as unknown as { sync: boolean }).sync
}

/** Whether a file on a share is gone for good: deleted there, or the share was mounted anew. */
function isStale(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ESTALE'
}

/** Whether a file's disk says that it has room; true where it doesn't say. Unit: bytes */
function hasRoom(path: string, bytes: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize >= bytes
  } catch {
    return true
  }
}
