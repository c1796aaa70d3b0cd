import zlib from 'node:zlib'
import type { Transform } from 'node:stream'
import type { Compression } from '../collector/naming/log-path.ts'
import { ZmqPubError } from '../errors.ts'
import { readAt } from './range-reader.ts'
import { findFrameEnd, type ReadBytes } from './zstd-frames.ts'

/** Since Node.js 22.15; the types are those of Node.js 20. */
const { createZstdDecompress, zstdDecompressSync } = zlib as {
  createZstdDecompress?: () => Transform
  zstdDecompressSync?: (bytes: Buffer, options: object) => Buffer
}

/** Whether this version of Node.js can read a compression format. */
export function canDecompress(format: Compression): boolean {
  return format === 'gzip' || createZstdDecompress !== undefined
}

/** @param path of a file that is compressed with zstd */
export function toZstdError(path: string): ZmqPubError {
  return new ZmqPubError(
    'ERR_ZMQ_PUB_FILE',
    `${path} is compressed with zstd, which needs Node.js 22.15 or later, got ${process.version}; use a newer Node.js, or decompress it with zstd -d`
  )
}

/**
 * Decompresses a block, which may have several members.
 * @param bytes its uncompressed length @throws where it is damaged
 */
export function decompressBlock(compressed: Buffer, format: Compression, bytes: number): Buffer {
  const options = { chunkSize: Math.max(64, bytes), maxOutputLength: bytes + 1 }
  const block =
    format === 'zstd' && zstdDecompressSync
      ? decompressFrames(compressed, frame => zstdDecompressSync(frame, options))
      : zlib.gunzipSync(compressed, options)
  if (block.length === bytes) return block
  throw new Error(`a block must have ${bytes} bytes, got ${block.length}; the file is damaged`)
}

function decompressFrames(bytes: Buffer, decompress: (frame: Buffer) => Buffer): Buffer {
  const read: ReadBytes = (offset, length) => bytes.subarray(offset, offset + length)
  const frames: Buffer[] = []
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, findFrameEnd(read, start))
    frames.push(decompress(bytes.subarray(start, end)))
    start = end
  }
  return frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames)
}

/** Compressed bytes that are decompressed at a time: a thousand times as many may come of them. Unit: bytes */
const stepBytes = 64 * 1024

/**
 * Decompresses a whole file.
 * @param onBytes called with what has come, and the number of bytes of the file that were read for it; awaited. It gets
 * what comes before an error, too
 * @throws the file system's error, or that of a file that is damaged or incomplete
 */
export async function decompressFile(
  fd: number,
  size: number,
  format: Compression,
  onBytes: (bytes: Buffer, readBytes: number) => Promise<void>
): Promise<void> {
  const read: ReadBytes = (offset, length) => {
    const bytes = Buffer.allocUnsafe(Math.min(length, Math.max(0, size - offset)))
    return bytes.subarray(0, readAt(fd, bytes, offset))
  }
  if (format === 'gzip') return decompressRange(read, 0, size, format, onBytes)
  for (let start = 0; start < size;) {
    const end = Math.min(size, findFrameEnd(read, start))
    await decompressRange(read, start, end, format, onBytes)
    start = end
  }
}

async function decompressRange(
  read: ReadBytes,
  start: number,
  end: number,
  format: Compression,
  onBytes: (bytes: Buffer, readBytes: number) => Promise<void>
): Promise<void> {
  const decompressor = new Decompressor(format)
  try {
    for (let offset = start; offset < end && !decompressor.isDone;) {
      const step = read(offset, Math.min(stepBytes, end - offset))
      if (step.length === 0) break // it was cut meanwhile
      offset += step.length
      for (const piece of await decompressor.add(step)) await onBytes(piece, offset)
    }
    for (const piece of await decompressor.end()) await onBytes(piece, end)
    if (decompressor.failure) throw decompressor.failure
  } finally {
    decompressor.close()
  }
}

/** A stream that is fed step by step, so that nothing is lost of what comes before an error. */
class Decompressor {
  failure: Error | undefined
  isDone = false
  readonly #stream: Transform
  #pieces: Buffer[] = []
  #onSettled: () => void = () => undefined

  constructor(format: Compression) {
    this.#stream =
      format === 'zstd' && createZstdDecompress
        ? createZstdDecompress()
        : zlib.createGunzip({ chunkSize: 256 * 1024 })
    this.#stream.on('data', (piece: Buffer) => this.#pieces.push(piece))
    this.#stream.on('error', (error: Error) => this.#settle(error))
    this.#stream.on('end', () => this.#settle())
  }

  /** @returns what comes of a step */
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

  #take(): Buffer[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }
}
