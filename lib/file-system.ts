/** What `node:fs` leaves to its callers, for the files of both programs. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

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
