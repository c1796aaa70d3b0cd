import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  type Stats
} from 'node:fs'
import { dirname } from 'node:path'
import zlib, { gzipSync } from 'node:zlib'
import { keepOwner, syncFolder, writeAll } from '../../util/fs.ts'
import { toIndexPath, writeIndex, type BlockIndex } from '../blocks/block-index.ts'
import { BlockList } from '../blocks/block-list.ts'
import { readBlocks } from '../blocks/block-reader.ts'
import type { FactSettings } from '../blocks/line-facts.ts'
import { compressedSuffixes, type Compression } from '../naming/log-path.ts'
import type { JobPace } from './job-pace.ts'

/** Since Node.js 22.15; the types are those of Node.js 20. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }

/** Whether this version of Node.js supports a compression format. */
export function canCompress(format: Compression): boolean {
  return format === 'gzip' || zstdCompressSync !== undefined
}

/** Paths of the copies of a file that are not complete, whatever their format. */
export function toUnfinishedCopies(path: string): string[] {
  return Object.values(compressedSuffixes).map(suffix => `${path}${suffix}.new`)
}

/**
 * Replaces a file with its compressed copy, which has the same times, permissions and owner, and a suffix, such as `.gz`.
 * Each block of the file is a gzip member or a zstd frame of its own, and the copy has an index of them: so a part can be
 * read alone. Any program that reads gzip or zstd reads such a file. Blocks the thread, for 25 ms a block.
 *
 * The file is deleted when its copy is complete and on the disk. After a kill in between both exist, and the file is
 * compressed again.
 * @param onIndexFailure called where the copy has no index
 * @throws the file system's error, or what the pace throws; the file still exists then
 */
export function compressFile(
  path: string,
  format: Compression,
  settings: FactSettings,
  pace: JobPace,
  onIndexFailure: (error: Error) => void
): void {
  const finished = path + compressedSuffixes[format]
  const unfinished = `${finished}.new`
  try {
    const stats = statSync(path)
    rmSync(unfinished, { force: true }) // left by a kill; and nobody else may read it before it has its permissions
    const { index, copied } = writeCopy(path, unfinished, format, settings, pace, stats)
    statSync(path) // not deleted meanwhile, or its copy would come after
    renameSync(unfinished, finished)
    syncFolder(dirname(path))
    try {
      if (index.blocks.length > 0) writeIndex(finished, copied, index)
    } catch (error) {
      onIndexFailure(error as Error)
    }
    unlinkSync(path)
    rmSync(toIndexPath(path), { force: true })
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}

/** Writes a compressed copy, and brings it to the disk. @returns its index, and what it is like */
function writeCopy(
  path: string,
  copy: string,
  format: Compression,
  settings: FactSettings,
  pace: JobPace,
  stats: Stats
): { index: BlockIndex; copied: Stats } {
  const compress = format === 'zstd' && zstdCompressSync ? zstdCompressSync : gzipSync
  const list = new BlockList(settings)
  const input = openSync(path, 'r')
  try {
    const output = openSync(copy, 'wx', 0o600)
    try {
      for (const piece of readBlocks(input)) {
        const compressed = piece.bytes.length > 0 ? compress(piece.bytes) : piece.bytes
        writeAll(output, compressed)
        list.add(piece, compressed.length)
        pace.pause()
      }
      const { index } = list
      if (index.blocks.length === 0) writeAll(output, compress(Buffer.alloc(0)))
      return { index, copied: finish(output, stats) }
    } finally {
      closeSync(output)
    }
  } finally {
    closeSync(input)
  }
}

/** Brings a file to the disk, and gives it what another has: times, permissions, and the owner as far as this process may. */
function finish(fd: number, stats: Stats): Stats {
  keepOwner(fd, stats)
  fchmodSync(fd, stats.mode & 0o7777) // after the owner, whose change takes bits away
  futimesSync(fd, stats.atime, stats.mtime)
  fsyncSync(fd)
  return fstatSync(fd)
}
