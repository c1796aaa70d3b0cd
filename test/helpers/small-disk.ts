/** A real filesystem of a few MiB, which fills up. */
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const canMount =
  process.platform === 'linux' && spawnSync('unshare', ['--mount', 'true']).status === 0

/** Why no small disk can be mounted; false where it can. */
export const cannotMount = !canMount && 'only root may mount a small filesystem, and only on Linux'

/** Mounts an empty filesystem. @param size such as '1m' @returns its folder, and how to unmount it */
export function mountDisk(size: string): { dir: string; unmount: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'zmq-pub-small-'))
  mountAt(dir, size)
  return {
    dir,
    unmount() {
      unmount(dir)
      rmdirSync(dir)
    }
  }
}

/** Mounts an empty filesystem at a folder. @param size such as '1m' */
export function mountAt(folder: string, size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
}

/** Changes the size of a mounted filesystem. */
export function resizeDisk(folder: string, size: string): void {
  execFileSync('mount', ['-o', `remount,size=${size}`, folder])
}

/** Unmounts a filesystem; its files are gone. */
export function unmount(folder: string): void {
  execFileSync('umount', [folder])
}

/** Fills a disk to its last byte with one file. */
export function fillDisk(path: string): void {
  const fd = openSync(path, 'a')
  try {
    for (;;) writeSync(fd, Buffer.alloc(4096))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(fd)
  }
}
