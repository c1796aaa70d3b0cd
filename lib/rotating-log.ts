import { dirname, extname } from 'node:path'
import { Calendar, type Rotation } from './calendar.ts'
import { Deque } from './deque.ts'
import { ZmqPubError, toMessage } from './errors.ts'
import { syncFolder } from './file-system.ts'
import type { Piece } from './journal-recovery.ts'
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
  /** whether a write counts only when it is on disk */
  fsync: boolean
  /** called before each write; where it throws, the write waits and it is called again */
  beforeWrite: (path: string, offset: number, pieces: readonly Piece[]) => void
  onOpen: (path: string) => void
  onTrouble: (path: string, error: Error) => void
}

/** Whole lines, and whose they are. */
interface Chunk {
  bytes: Buffer
  source: Source | undefined
  onWritten: () => void
}

/** Whose records a chunk holds, and the sequence number of the last of them. */
export interface Source {
  senderId: string
  last: number
}

/** What waits for one period's file. */
interface Pending {
  label: string
  chunks: Deque<Chunk>
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
  #closing: Promise<unknown> = Promise.resolve()
  #isAbandoned = false
  readonly #joined = Buffer.allocUnsafeSlow(maxChunkBytes)
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

  /** The size of the file that is written now. Unit: bytes */
  get size(): number {
    return this.#file?.size ?? 0
  }

  /** Bytes taken and not yet written. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /**
   * @param source undefined for lines that nobody acknowledges
   * @param onWritten called when the bytes are in the file; calls come in the order of the appends
   */
  append(bytes: Buffer, source: Source | undefined, onWritten: () => void = noop): void {
    const label = this.#calendar.labelAt(this.#options.now())
    if (this.#newest?.label !== label) {
      this.#newest = { label, chunks: new Deque() }
      this.#pending.push(this.#newest)
    }
    this.#newest.chunks.push({ bytes, source, onWritten })
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
    if (this.#isAbandoned) return
    this.#closeFile()
    await this.#closing
  }

  /** Gives up what isn't written. */
  abandon(): void {
    this.#isAbandoned = true
    clearInterval(this.#idleTimer)
    this.#file?.abandon()
  }

  async #drain(): Promise<void> {
    for (let pending = this.#pending.first; pending; pending = this.#pending.first) {
      if (this.#isAbandoned) break
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
    const taken: Chunk[] = []
    let length = 0
    for (let chunk = chunks.first; chunk; chunk = chunks.first) {
      if (length > 0 && length + chunk.bytes.length > maxChunkBytes) break
      taken.push(chunk)
      length += chunk.bytes.length
      chunks.shift()
    }
    const file = this.#file
    if (!file) return
    if (length > 0) {
      await this.#announce(file, toPieces(taken))
      if (this.#isAbandoned) return
      await file.write(this.#join(taken, length))
      if (this.#options.fsync) await file.sync()
    }
    this.#pendingBytes -= length
    for (const { onWritten } of taken) onWritten()
  }

  /** One write is under way at a time, so all can share a buffer. */
  #join(chunks: readonly Chunk[], length: number): Buffer {
    const [only] = chunks
    if (chunks.length === 1 && only) return only.bytes
    let at = 0
    for (const { bytes } of chunks) {
      this.#joined.set(bytes, at)
      at += bytes.length
    }
    return this.#joined.subarray(0, length)
  }

  async #announce(file: LogFile, pieces: Piece[]): Promise<void> {
    while (!this.#isAbandoned) {
      try {
        return this.#options.beforeWrite(file.path, file.size, pieces)
      } catch (error) {
        this.#options.onTrouble(file.path, error as Error)
        await new Promise(resolve => setTimeout(resolve, reopenMs))
      }
    }
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
    if (this.#options.fsync) syncFolder(dirname(path))
    this.#options.onOpen(path)
  }

  /** The old file is flushed to the disk while the new one is written. */
  #closeFile(): void {
    const file = this.#file
    if (!file) return
    this.#file = undefined
    this.#closing = Promise.all([this.#closing, file.close()])
  }
}

/** A piece for each chunk; lines that nobody acknowledges are one where they follow each other. */
function toPieces(chunks: readonly Chunk[]): Piece[] {
  const pieces: Piece[] = []
  for (const { bytes, source } of chunks) {
    const last = pieces.at(-1)
    if (source === undefined && last && last.senderId === undefined) last.length += bytes.length
    else if (source === undefined) pieces.push({ length: bytes.length })
    else pieces.push({ length: bytes.length, ...source })
  }
  return pieces
}

function noop(): void {}

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
