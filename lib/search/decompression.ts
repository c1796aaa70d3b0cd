import zlib from 'node:zlib'
import type { Compression } from '../collector/naming/log-path.ts'
import { ZmqPubError } from '../errors.ts'
import { createZstdDecompress, Decompressor } from './decompressor.ts'
import { readAt } from './range-reader.ts'
import { findFrameEnd, type ReadBytes } from './zstd-frames.ts'

/** Since Node.js 22.15; the types are those of Node.js 20. */
const { zstdDecompressSync } = zlib as {
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

/**
 * Compressed bytes that are decompressed at a time: a thousand times as many may come of them. Of a step that fails zlib
 * keeps back what came of it last. So the bytes before it are decompressed again, and then the step itself in smaller ones,
 * until the byte at which it fails is known. Unit: bytes
 */
const stepSizes = [64 * 1024, 256, 1] as const

/** Takes what has come, and the number of bytes of the file that were read for it; awaited. */
type OnBytes = (bytes: Buffer, readBytes: number) => Promise<void>

/** Compressed bytes: one frame of zstd, or any number of members of gzip. */
interface CompressedRange {
  read: ReadBytes
  start: number
  end: number
  format: Compression
}

/**
 * Decompresses a whole file.
 * @param onBytes gets all that comes before an error, too
 * @throws the file system's error, or that of a file that is damaged or incomplete
 */
export async function decompressFile(
  fd: number,
  size: number,
  format: Compression,
  onBytes: OnBytes
): Promise<void> {
  const read: ReadBytes = (offset, length) => {
    const bytes = Buffer.allocUnsafe(Math.min(length, Math.max(0, size - offset)))
    return bytes.subarray(0, readAt(fd, bytes, offset))
  }
  return decompressAll(read, size, format, onBytes)
}

/** The bytes of a block that come before its damage. @param bytes its uncompressed length, when it was not damaged */
export async function decompressDamagedBlock(
  compressed: Buffer,
  format: Compression,
  bytes: number
): Promise<Buffer> {
  const read: ReadBytes = (offset, length) => compressed.subarray(offset, offset + length)
  const pieces: Buffer[] = []
  let left = bytes
  try {
    await decompressAll(read, compressed.length, format, async piece => {
      pieces.push(piece.subarray(0, left))
      left -= Math.min(left, piece.length)
      if (left === 0) throw new Error('the rest is not needed')
    })
  } catch {
    // It is damaged, as is known.
  }
  return Buffer.concat(pieces)
}

async function decompressAll(
  read: ReadBytes,
  size: number,
  format: Compression,
  onBytes: OnBytes
): Promise<void> {
  if (format === 'gzip') return decompressRange({ read, start: 0, end: size, format }, onBytes)
  for (let start = 0; start < size;) {
    const frameEnd = findFrameEnd(read, start)
    const end = Math.min(size, frameEnd)
    await decompressRange({ read, start, end, format }, onBytes)
    if (frameEnd > size) throw new Error('unexpected end of file') // Node.js 22 takes it for whole
    start = end
  }
}

async function decompressRange(range: CompressedRange, onBytes: OnBytes): Promise<void> {
  const [largest, ...smaller] = stepSizes
  let failed = await decompressInSteps(range, largest, undefined, onBytes)
  for (const stepBytes of smaller) {
    failed &&= await decompressInSteps(range, stepBytes, failed, onBytes)
  }
  if (failed) throw failed.error
}

/** A step of which something may not have come. */
interface FailedStep {
  start: number
  end: number
  /** number of bytes that have come of the range */
  outputBytes: number
  error: Error
}

/**
 * @param before what has failed already: what has come is skipped, and the smaller steps begin where it does
 * @returns the step that fails @throws an error that keeps nothing back
 */
async function decompressInSteps(
  { read, start, end, format }: CompressedRange,
  stepBytes: number,
  before: FailedStep | undefined,
  onBytes: OnBytes
): Promise<FailedStep | undefined> {
  const smallFrom = before?.start ?? start
  const decompressor = new Decompressor(format, before?.outputBytes ?? 0)
  try {
    for (let offset = start; offset < end && !decompressor.isDone;) {
      const most = offset < smallFrom ? Math.min(stepSizes[0], smallFrom - offset) : stepBytes
      const step = read(offset, Math.min(most, end - offset))
      if (step.length === 0) break // it was cut meanwhile
      const stepEnd = offset + step.length
      const readBytes = Math.max(stepEnd, before?.end ?? 0)
      for (const piece of await decompressor.add(step)) await onBytes(piece, readBytes)
      const { failure: error, outputBytes } = decompressor
      if (error) return { start: offset, end: readBytes, outputBytes, error }
      offset = stepEnd
    }
    for (const piece of await decompressor.end()) await onBytes(piece, end)
    if (decompressor.failure) throw decompressor.failure // it is incomplete: all that was written has come
    return undefined
  } finally {
    decompressor.close()
  }
}
