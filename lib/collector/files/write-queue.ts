import type { Deque } from '../../util/queue.ts'

/** As much is written to a file in one go. Unit: bytes */
const maxWriteBytes = 1024 * 1024

/** Whole lines, and whose they are. */
export interface Chunk {
  bytes: Buffer
  source: Source | undefined
  onWritten: () => void
}

/** Whose records a chunk holds, and the sequence number of the last of them. */
export interface Source {
  senderId: string
  last: number
}

/** Takes from a queue what can be written in one go: one chunk at least, where there is one. */
export function takeChunks(queue: Deque<Chunk>): { chunks: Chunk[]; bytes: number } {
  const chunks: Chunk[] = []
  let bytes = 0
  for (let chunk = queue.first; chunk; chunk = queue.first) {
    if (bytes > 0 && bytes + chunk.bytes.length > maxWriteBytes) break
    chunks.push(chunk)
    bytes += chunk.bytes.length
    queue.shift()
  }
  return { chunks, bytes }
}

/** A piece for each chunk; lines that nobody acknowledges are one where they follow each other. */
export function toPieces(chunks: readonly Chunk[]): Piece[] {
  const pieces: Piece[] = []
  for (const { bytes, source } of chunks) {
    const last = pieces.at(-1)
    if (source === undefined && last && last.senderId === undefined) last.length += bytes.length
    else if (source === undefined) pieces.push({ length: bytes.length })
    else pieces.push({ length: bytes.length, ...source })
  }
  return pieces
}

/** Joins chunks in one buffer that it keeps: fresh memory costs more than the copy. */
export class ChunkJoiner {
  readonly #kept = Buffer.allocUnsafeSlow(maxWriteBytes)
  #isLent = false

  /** @returns bytes that hold until they are given back; those of a second borrower are fresh memory */
  join(chunks: readonly Chunk[]): Buffer {
    const [only] = chunks
    if (chunks.length === 1 && only) return only.bytes
    if (this.#isLent) return Buffer.concat(chunks.map(({ bytes }) => bytes))
    this.#isLent = true
    let at = 0
    for (const { bytes } of chunks) {
      this.#kept.set(bytes, at)
      at += bytes.length
    }
    return this.#kept.subarray(0, at)
  }

  giveBack(joined: Buffer): void {
    if (joined.buffer === this.#kept.buffer) this.#isLent = false
  }
}

/** A part of a write: one sender's records up to `last`, or lines that nobody acknowledges. */
export type Piece =
  | { length: number; senderId: string; last: number }
  | { length: number; senderId?: undefined; last?: undefined }
