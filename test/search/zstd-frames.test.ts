import { test } from 'tap'
import zlib from 'node:zlib'
import { findFrameEnd } from '../../lib/search/zstd-frames.ts'

/** The end of the frame that begins at `offset` in these bytes. */
function findEnd(bytes: Buffer, offset = 0): number {
  return findFrameEnd((start, length) => bytes.subarray(start, start + length), offset)
}

const magic = Buffer.from('28b52ffd', 'hex')

interface FrameParts {
  descriptor: number
  /** what follows the descriptor, up to the blocks */
  header: Buffer
  blocks: Buffer[]
  checksum?: Buffer
}

function toFrame({ descriptor, header, blocks, checksum }: FrameParts): Buffer {
  const end = checksum ?? Buffer.alloc(0)
  return Buffer.concat([magic, Buffer.of(descriptor), header, ...blocks, end])
}

/** A block: 0 = raw, 1 = one byte that is repeated, 2 = compressed. */
function toBlock(type: number, length: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3)
  header.writeUIntLE((length << 3) | (type << 1) | Number(isLast), 0, 3)
  return Buffer.concat([header, Buffer.alloc(type === 1 ? 1 : length)])
}

const last = toBlock(0, 10, true)

/** Descriptors, and how long what follows them is, up to the blocks. */
const headers: [what: string, descriptor: number, headerBytes: number][] = [
  ['a window', 0x00, 1],
  ['a single segment, whose size has 1 byte', 0x20, 1],
  ['a single segment, whose size has 2 bytes', 0x60, 2],
  ['a window and a size of 2 bytes', 0x40, 3],
  ['a window and a size of 4 bytes', 0x80, 5],
  ['a window and a size of 8 bytes', 0xc0, 9],
  ['a window and an id of a dictionary of 1 byte', 0x01, 2],
  ['a window and an id of a dictionary of 2 bytes', 0x02, 3],
  ['a window and an id of a dictionary of 4 bytes', 0x03, 5]
]

for (const [what, descriptor, headerBytes] of headers) {
  test(`the end of a frame with ${what} is found`, async t => {
    const header = Buffer.alloc(headerBytes, 0xee)
    const frame = toFrame({ descriptor, header, blocks: [last] })
    t.equal(findEnd(Buffer.concat([frame, magic, frame])), frame.length)
  })
}

test('all blocks belong to the frame, and its checksum, too', async t => {
  const header = Buffer.alloc(1)
  const blocks = [toBlock(0, 100, false), toBlock(1, 5000, false), toBlock(2, 7, false), last]
  const frame = toFrame({ descriptor: 0x04, header, blocks, checksum: Buffer.alloc(4) })
  t.equal(findEnd(frame), frame.length)
})

test('a skippable frame ends where its length says', async t => {
  for (const number of [0x50, 0x5f]) {
    const frame = Buffer.concat([
      Buffer.of(number, 0x2a, 0x4d, 0x18, 3, 0, 0, 0),
      Buffer.from('abc')
    ])
    t.equal(findEnd(Buffer.concat([frame, frame]), frame.length), 2 * frame.length)
  }
})

const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }
const skip = zstdCompressSync ? false : 'this version of Node.js has no zstd'

test('frames of Node.js are found one after the other', { skip }, async t => {
  const compress = zstdCompressSync as (bytes: Buffer) => Buffer
  const frames = [0, 1, 300, 300_000].map(length => compress(Buffer.alloc(length, 'abcdefg\n')))
  const file = Buffer.concat(frames)
  let end = 0
  for (const frame of frames) {
    t.equal(findEnd(file, end), end + frame.length)
    end += frame.length
  }
  t.equal(findEnd(file, end), Number.POSITIVE_INFINITY, 'there is no further frame')
})

test('a frame whose blocks are cut off, and bytes that are no frame, have no end', async t => {
  const frame = toFrame({ descriptor: 0, header: Buffer.alloc(1), blocks: [toBlock(0, 9, false)] })
  t.equal(findEnd(frame), Number.POSITIVE_INFINITY, 'the next block is missing')
  t.equal(findEnd(frame.subarray(0, 7)), Number.POSITIVE_INFINITY)
  t.equal(findEnd(Buffer.alloc(0)), Number.POSITIVE_INFINITY)
  t.equal(findEnd(Buffer.from('{"level":30}\n')), Number.POSITIVE_INFINITY)
})
