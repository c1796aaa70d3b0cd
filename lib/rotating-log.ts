import { extname } from 'node:path'
import { Calendar, type Rotation } from './calendar.ts'
import { Deque } from './deque.ts'
import { ZmqPubError, toMessage } from './errors.ts'
import { LogFile } from './log-file.ts'
import type { Zone } from './zone.ts'

/** As much is written to the file in one go. Unit: bytes */
const maxChunkBytes = 1024 * 1024
/** An idle log is closed at most this long after its period has ended. Unit: ms */
const idleCheckMs = 30_000
/** Pause between two tries to open a file. Unit: ms */
const reopenMs = 1000

export interface RotatingLogOptions {
  /** path with at most one `{date}`, see `toPath` */
  file: string
  rotate: Rotation
  zone: Zone
  /** ms since the epoch */
  now: () => number
  onOpen: (path: string) => void
  onTrouble: (path: string, error: Error) => void
}

/** What waits for one period's file. */
interface Pending {
  label: string
  chunks: Deque<{ bytes: Buffer; onWritten: () => void }>
}

/**
 * Appends to the file of the current calendar period. A record goes to the period in which it came,
 * and nothing goes to a new file before the old one has everything.
 */
export class RotatingLog {
  readonly #options: RotatingLogOptions
  readonly #calendar: Calendar
  readonly #pending = new Deque<Pending>()
  #newest: Pending | undefined
  #pendingBytes = 0
  #file: LogFile | undefined
  #label: string | undefined
  #draining: Promise<void> | undefined
  #isAbandoned = false
  readonly #idleTimer: NodeJS.Timeout

  /** Opens the current file, so that a wrong path is known at once. @throws ERR_ZMQ_PUB_FILE */
  static async open(options: RotatingLogOptions): Promise<RotatingLog> {
    const log = new RotatingLog(options)
    const label = log.#calendar.labelAt(options.now())
    try {
      await log.#openFile(label)
    } catch (error) {
      log.abandon()
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_FILE',
        `cannot write ${toPath(options.file, label)}: ${toMessage(error)}; give a writable path with --file`,
        { cause: error }
      )
    }
    return log
  }

  private constructor(options: RotatingLogOptions) {
    this.#options = options
    this.#calendar = new Calendar(options.rotate, options.zone)
    this.#idleTimer = setInterval(() => this.rotateIfIdle(), idleCheckMs).unref()
  }

  /** The file that is written now. */
  get path(): string | undefined {
    return this.#file?.path
  }

  /** Bytes taken and not yet written. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** @param onWritten called when the bytes are in the file; calls come in the order of the appends */
  append(bytes: Buffer, onWritten: () => void): void {
    const label = this.#calendar.labelAt(this.#options.now())
    if (this.#newest?.label !== label) {
      this.#newest = { label, chunks: new Deque() }
      this.#pending.push(this.#newest)
    }
    this.#newest.chunks.push({ bytes, onWritten })
    this.#pendingBytes += bytes.length
    this.#draining ??= this.#drain()
  }

  /** Closes the file of a period that is over; the next record opens a new one. */
  rotateIfIdle(): void {
    const isOver = this.#label !== this.#calendar.labelAt(this.#options.now())
    if (isOver && !this.#draining) this.#closeFile()
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    clearInterval(this.#idleTimer)
    await this.#draining
    await this.#file?.close()
    this.#file = undefined
  }

  /** Gives up what isn't written. */
  abandon(): void {
    this.#isAbandoned = true
    clearInterval(this.#idleTimer)
    this.#file?.abandon()
  }

  async #drain(): Promise<void> {
    for (let pending = this.#pending.first; pending; pending = this.#pending.first) {
      if (pending.chunks.length > 0) {
        await this.#switchTo(pending.label)
        await this.#writeChunk(pending)
      } else if (pending === this.#newest) {
        break
      } else {
        this.#pending.shift()
      }
    }
    this.#draining = undefined // here, not in a then(): an append() in between would wait for ever
  }

  async #writeChunk({ chunks }: Pending): Promise<void> {
    const taken = []
    let length = 0
    for (let chunk = chunks.first; chunk; chunk = chunks.first) {
      if (length > 0 && length + chunk.bytes.length > maxChunkBytes) break
      taken.push(chunk)
      length += chunk.bytes.length
      chunks.shift()
    }
    if (length > 0) {
      const buffers = taken.map(({ bytes }) => bytes)
      await this.#file?.write(buffers.length === 1 && buffers[0] ? buffers[0] : Buffer.concat(buffers))
    }
    this.#pendingBytes -= length
    for (const { onWritten } of taken) onWritten()
  }

  async #switchTo(label: string): Promise<void> {
    while ((!this.#file || this.#label !== label) && !this.#isAbandoned) {
      this.#closeFile()
      try {
        await this.#openFile(label)
      } catch (error) {
        this.#options.onTrouble(toPath(this.#options.file, label), error as Error)
        await new Promise(resolve => setTimeout(resolve, reopenMs))
      }
    }
  }

  async #openFile(label: string): Promise<void> {
    const path = toPath(this.#options.file, label)
    this.#file = await LogFile.open(path, error => this.#options.onTrouble(path, error))
    this.#label = label
    this.#options.onOpen(path)
  }

  /** The old file is flushed to the disk while the new one is written. */
  #closeFile(): void {
    const file = this.#file
    if (!file) return
    this.#file = undefined
    file.close().catch((error: Error) => this.#options.onTrouble(file.path, error))
  }
}

/**
 * The path of a period's file: the label stands for `{date}`, or before the extension.
 * @param label '' where the log is never rotated
 */
export function toPath(file: string, label: string): string {
  if (file.includes('{date}')) return file.replaceAll('{date}', label)
  if (label === '') return file
  const extension = extname(file)
  return `${file.slice(0, file.length - extension.length)}.${label}${extension}`
}
