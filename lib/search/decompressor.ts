import zlib from 'node:zlib'
import type { Transform } from 'node:stream'
import type { Compression } from '../collector/naming/log-path.ts'

/** Since Node.js 22.15; the types are those of Node.js 20. */
export const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform }

/** What is handed over at a time. Unit: bytes */
const pieceBytes = 256 * 1024

/** A stream that is fed step by step, so that it is known which step fails. */
export class Decompressor {
  /** why it does nothing any more */
  failure: Error | undefined
  /** whether it has failed, or the compressed bytes are at their end */
  isDone = false
  /** number of bytes that have come, with those that are skipped */
  outputBytes: number
  #skipBytes: number
  readonly #stream: Transform
  #pieces: Buffer[] = []
  #onSettled: () => void = () => undefined

  /** @param skipBytes this number of bytes at the beginning is not returned */
  constructor(format: Compression, skipBytes: number) {
    this.outputBytes = skipBytes
    this.#skipBytes = skipBytes
    this.#stream =
      format === 'zstd' && createZstdDecompress
        ? createZstdDecompress()
        : zlib.createGunzip({ chunkSize: pieceBytes })
    this.#stream.on('data', (piece: Buffer) => this.#keep(piece))
    this.#stream.on('error', (error: Error) => this.#settle(error))
    this.#stream.on('end', () => this.#settle())
  }

  /** @returns what comes of a step; where it fails, without the last bytes before the failure */
  async add(step: Buffer): Promise<Buffer[]> {
    await new Promise<void>(resolve => {
      this.#onSettled = resolve
      this.#stream.write(step, () => resolve())
    })
    return this.#take()
  }

  /** @returns the rest */
  async end(): Promise<Buffer[]> {
    if (!this.isDone) {
      await new Promise<void>(resolve => {
        this.#onSettled = resolve
        this.#stream.end()
      })
    }
    return this.#take()
  }

  close(): void {
    this.#stream.destroy()
  }

  #settle(error?: Error): void {
    this.failure ??= error
    this.isDone = true
    this.#onSettled()
  }

  #keep(piece: Buffer): void {
    const skipped = Math.min(this.#skipBytes, piece.length)
    this.#skipBytes -= skipped
    if (skipped === piece.length) return
    this.#pieces.push(skipped > 0 ? piece.subarray(skipped) : piece)
    this.outputBytes += piece.length - skipped
  }

  #take(): Buffer[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }
}
