import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  statSync,
  type Stats
} from 'node:fs'
import { dirname } from 'node:path'
import { writeIndex } from '../blocks/block-index.ts'
import { BlockList } from '../blocks/block-list.ts'
import { readBlocks } from '../blocks/block-reader.ts'
import type { FactSettings } from '../blocks/line-facts.ts'
import type { JobPace } from './job-pace.ts'

/**
 * Writes the index of a closed file that isn't compressed. Where the file is written meanwhile, nothing is written: it is
 * indexed when it is closed again. Blocks the thread.
 * @throws the file system's error, or what the pace throws
 */
export function indexFile(path: string, settings: FactSettings, pace: JobPace): void {
  accessSync(dirname(path), constants.W_OK) // known before a gigabyte is read
  const list = new BlockList(settings)
  const fd = openSync(path, 'r')
  try {
    const stats = fstatSync(fd)
    for (const piece of readBlocks(fd)) {
      list.add(piece, piece.bytes.length)
      pace.pause()
    }
    const isSame = isUnchanged(stats, fstatSync(fd)) && isUnchanged(stats, statSync(path))
    if (isSame) writeIndex(path, stats, list.index)
  } finally {
    closeSync(fd)
  }
}

function isUnchanged(before: Stats, after: Stats): boolean {
  return before.ino === after.ino && before.size === after.size && before.mtimeMs === after.mtimeMs
}
