/**
 * Where the frames of a zstd file end: Node.js decompresses one frame, and ignores those behind it.
 * @see RFC 8878, section 3.1.1
 */

/** @returns the bytes of a file from `offset` on, fewer where it ends */
export type ReadBytes = (offset: number, length: number) => Buffer

const magic = 0xfd_2f_b5_28
/** Frames with these sixteen numbers have nothing for us. */
const skippableMagic = 0x18_4d_2a_50
const contentSizes = [0, 2, 4, 8]
const dictionaryIdSizes = [0, 1, 2, 4]

/**
 * @param offset of a frame
 * @returns the end of the frame; Infinity where the bytes end before it, or where there is no frame
 */
export function findFrameEnd(read: ReadBytes, offset: number): number {
  const head = read(offset, 8)
  if (head.length < 8) return Number.POSITIVE_INFINITY
  const number = head.readUInt32LE(0)
  if (number >>> 4 === skippableMagic >>> 4) return offset + 8 + head.readUInt32LE(4)
  if (number !== magic) return Number.POSITIVE_INFINITY
  const descriptor = head.readUInt8(4)
  const isSingle = (descriptor & 0x20) !== 0
  const contentFlag = descriptor >> 6
  const contentSize = contentFlag === 0 && isSingle ? 1 : (contentSizes[contentFlag] ?? 0)
  const dictionaryIdSize = dictionaryIdSizes[descriptor & 3] ?? 0
  const blocksStart = offset + 5 + (isSingle ? 0 : 1) + dictionaryIdSize + contentSize
  const blocksEnd = findBlocksEnd(read, blocksStart)
  return (descriptor & 4) === 0 ? blocksEnd : blocksEnd + 4 // a checksum
}

function findBlocksEnd(read: ReadBytes, start: number): number {
  for (let offset = start; ;) {
    const header = read(offset, 3)
    if (header.length < 3) return Number.POSITIVE_INFINITY
    const number = header.readUIntLE(0, 3)
    const isRepeated = ((number >> 1) & 3) === 1
    offset += 3 + (isRepeated ? 1 : number >> 3)
    if ((number & 1) === 1) return offset
  }
}
