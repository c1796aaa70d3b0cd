import { closeSync, openSync, readSync } from 'node:fs'
import type { Block } from '../../lib/collector/blocks/block-index.ts'

/** The bytes of a block, as they are in its file. */
export function readBlock(path: string, { offset, length }: Block): Buffer {
  const fd = openSync(path, 'r')
  const bytes = Buffer.alloc(length)
  readSync(fd, bytes, 0, length, offset)
  closeSync(fd)
  return bytes
}
