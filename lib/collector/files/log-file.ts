import { once } from 'node:events'
import { fdatasync, fstatSync, statSync } from 'node:fs'
import sonicBoom from 'sonic-boom'

/** Pause between two tries to write what the disk refused. Unit: ms */
const retryMs = 1000

/** A file that is appended to, one chunk at a time. */
export class LogFile {
  readonly path: string
  readonly #sonic: sonicBoom.SonicBoom
  readonly #onTrouble: (error: Error) => void
  #retryTimer: NodeJS.Timeout | undefined
  #onClosed: () => void = () => undefined

  /**
   * Opens a file for appending; makes it and its folders where they are missing.
   * @param onTrouble called each time a write fails; the write is tried again until it succeeds
   * @throws the file system's error
   */
  static async open(path: string, onTrouble: (error: Error) => void): Promise<LogFile> {
    // A fresh SonicBoom a file: reopen() would send what is buffered to the new one.
    const sonic = new sonicBoom.SonicBoom({ dest: path, mkdir: true, contentMode: 'buffer' })
    await once(sonic, 'ready')
    return new LogFile(path, sonic, onTrouble)
  }

  private constructor(path: string, sonic: sonicBoom.SonicBoom, onTrouble: (error: Error) => void) {
    this.path = path
    this.#sonic = sonic
    this.#onTrouble = onTrouble
    // After an error SonicBoom keeps its buffer and tries no more until it is asked to.
    sonic.on('error', (error: Error) => {
      this.#onTrouble(error)
      if (this.#isClosed) return this.#onClosed()
      clearTimeout(this.#retryTimer)
      this.#retryTimer = setTimeout(() => sonic.flush(), retryMs)
    })
  }

  /** Resolves when the last byte has been written, however long the disk refuses it. One call at a time. */
  write(chunk: Buffer): Promise<void> {
    return new Promise(resolve => {
      let missing = chunk.length
      const onWrite = (bytes: number): void => {
        missing -= bytes
        if (missing > 0) return
        this.#sonic.off('write', onWrite)
        resolve()
      }
      this.#sonic.on('write', onWrite)
      // In content mode 'buffer' it takes Buffers; its types know only the other mode.
      this.#sonic.write(chunk as unknown as string)
    })
  }

  /** The file's size, whoever else writes to it. Unit: bytes @throws the file system's error */
  get size(): number {
    return fstatSync(this.#fd).size
  }

  /** Whether somebody has moved or deleted it: another file, or none, stands at its path. */
  get wasMovedOrDeleted(): boolean {
    if (this.#isClosed) return false
    try {
      const there = statSync(this.path, { throwIfNoEntry: false })
      const own = fstatSync(this.#fd)
      return there === undefined || there.ino !== own.ino || there.dev !== own.dev
    } catch (error) {
      this.#onTrouble(error as Error) // a share that is away, or a folder that may not be looked into
      return false
    }
  }

  /** Resolves when all that was written is on disk, however long that fails. */
  sync(): Promise<void> {
    return new Promise(resolve => {
      const attempt = (): void => {
        if (this.#isClosed) return
        fdatasync(this.#fd, error => {
          if (!error) return resolve()
          this.#onTrouble(error)
          this.#retryTimer = setTimeout(attempt, retryMs)
        })
      }
      attempt()
    })
  }

  /** Resolves when the file is on disk and closed, or can't be. */
  close(): Promise<void> {
    clearTimeout(this.#retryTimer)
    return new Promise(resolve => {
      this.#onClosed = resolve
      this.#sonic.once('close', resolve)
      this.#sonic.end()
    })
  }

  get #isClosed(): boolean {
    return (this.#sonic as unknown as { destroyed: boolean }).destroyed
  }

  /** SonicBoom's file descriptor, which its types don't know. */
  get #fd(): number {
    return (this.#sonic as unknown as { fd: number }).fd
  }

  /** Gives up what isn't written. */
  abandon(): void {
    clearTimeout(this.#retryTimer)
    this.#sonic.destroy()
  }
}
