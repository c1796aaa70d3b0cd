import { fstatSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { settlesWithin } from './timeout.ts'

/** What a pipe or a terminal that nobody reads may hold up; what exceeds it is dropped. Unit: bytes */
export const maxPendingBytes = 1024 * 1024

/** A stream that takes text without ever blocking the process, such as process.stderr of a pipe. */
export interface TextStream {
  readonly writableLength: number
  write(text: string, onWritten?: () => void): boolean
  on(event: 'drain' | 'error', listener: () => void): unknown
}

/**
 * Writes lines to a file descriptor as well as it can be done: never blocks, never throws, and holds little
 * memory, whatever the other end is or does (a full disk, a pipe that nobody reads or that is closed, a
 * stopped terminal). What can't be written is dropped and counted.
 */
export class BestEffortOutput {
  /** Called when lines are taken again. @param lines how many were dropped before */
  onRestored: (lines: number) => void = () => undefined
  readonly #fd: number
  /** undefined for a file or a device, which take a write at once or refuse it */
  readonly #stream: TextStream | undefined
  #droppedLines = 0
  #isMidLine = false

  /** @param stream for pipes, sockets and terminals; see `toStream` */
  constructor(fd: number, stream: TextStream | undefined) {
    this.#fd = fd
    this.#stream = stream
    // After an error of the stream, such as EPIPE, it accepts nothing any more, and emits an error for each write.
    stream?.on('error', () => undefined)
    stream?.on('drain', () => this.#reportDropped())
  }

  /** Writes one line. @param line with its newline */
  write(line: string): void {
    const isTaken = this.#stream ? writeToStream(this.#stream, line) : this.#writeToFile(line)
    if (!isTaken) this.#droppedLines++
    else if (!this.#stream) this.#reportDropped()
  }

  /** Resolves when everything is written that will be, at the latest after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const stream = this.#stream
    if (!stream || stream.writableLength === 0) return
    await settlesWithin(new Promise<void>(resolve => stream.write('', resolve)), timeoutMs)
  }

  #writeToFile(line: string): boolean {
    const bytes = Buffer.from(this.#isMidLine ? `\n${line}` : line)
    let offset = 0
    try {
      while (offset < bytes.length) offset += writeSync(this.#fd, bytes, offset)
    } catch {
      this.#isMidLine ||= offset > 0
      return false
    }
    this.#isMidLine = false
    return true
  }

  #reportDropped(): void {
    const lines = this.#droppedLines
    if (lines === 0) return
    this.#droppedLines = 0
    this.onRestored(lines)
  }
}

function writeToStream(stream: TextStream, line: string): boolean {
  if (stream.writableLength + line.length > maxPendingBytes) return false
  stream.write(line)
  return true
}

/**
 * The stream of stdout or stderr that never blocks. Node.js opens pipes and sockets so; terminals it makes blocking,
 * so that a Ctrl-S would stop the process.
 * @returns undefined for a file or a device
 */
export function toStream(fd: 1 | 2, stream: NodeJS.WriteStream): TextStream | undefined {
  if (isatty(fd)) findHandle(stream)?.setBlocking?.(false)
  else if (isFileOrDevice(fd)) return undefined
  return stream
}

/** A stream's native half; Node.js has no other way to what its types don't declare. */
function findHandle(stream: object): { setBlocking?: (isBlocking: boolean) => void } | undefined {
  return (stream as Record<string, object | undefined>)['_handle']
}

function isFileOrDevice(fd: number): boolean {
  try {
    const found = fstatSync(fd)
    return found.isFile() || found.isCharacterDevice()
  } catch {
    return true // closed: each write is refused
  }
}
