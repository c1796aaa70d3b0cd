/** What `node:fs` leaves to its callers, for the files of both programs. */
import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync
} from 'node:fs'
import { dirname, relative } from 'node:path'

/** Writes every byte: a single write may take only some. @throws the file system's error, such as ENOSPC */
export function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
}

/** Makes a new name in a folder survive a power cut, where the system can do that for folders. */
export function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    // Windows can't, and needn't
  }
}

/**
 * Makes a link point to a file; at no moment is there none.
 * @throws the file system's error; EEXIST where something else than a link has that name
 */
export function replaceLink(link: string, target: string): void {
  const before = lstatSync(link, { throwIfNoEntry: false })
  if (before && !before.isSymbolicLink()) {
    throw Object.assign(new Error(`EEXIST: ${link} is there, and no link`), { code: 'EEXIST' })
  }
  const fresh = `${link}.new`
  rmSync(fresh, { force: true })
  symlinkSync(relative(dirname(link), target), fresh)
  renameSync(fresh, link)
}
