/** File system operations that `node:fs` doesn't provide. */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
  type Stats
} from 'node:fs'
import { dirname, relative, resolve } from 'node:path'

/** Writes all bytes at the file's current position; a single write may accept only some. @throws the file system's error, such as ENOSPC */
export function writeAll(fd: number, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(fd, bytes, offset)
}

/** Windows has neither of these flags. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>
/** Added to the flags of `open`: a path that became a FIFO or a link meanwhile neither blocks nor leads elsewhere. */
export const noSurprises = O_NONBLOCK | O_NOFOLLOW

/**
 * Opens an existing file for reading. A FIFO, a device, a folder or a symbolic link is refused and not
 * touched: opening or reading some of them blocks for ever.
 * @returns a file descriptor @throws the file system's error; EINVAL where it isn't a regular file
 */
export function openRegularFile(path: string): number {
  refuseOthers(lstatSync(path), path)
  const fd = openSync(path, constants.O_RDONLY | noSurprises)
  try {
    refuseOthers(fstatSync(fd), path)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function refuseOthers(stats: Stats, path: string): void {
  if (stats.isFile()) return
  throw Object.assign(new Error(`EINVAL: not a regular file, open '${path}'`), { code: 'EINVAL' })
}

/**
 * Reads a file that must be small. @param maxBytes more is refused
 * @throws as `openRegularFile`; EFBIG where it is larger
 */
export function readSmallFile(path: string, maxBytes: number): Buffer {
  const fd = openRegularFile(path)
  try {
    if (fstatSync(fd).size <= maxBytes) return readFileSync(fd)
    const message = `EFBIG: more than ${maxBytes} bytes, read '${path}'`
    throw Object.assign(new Error(message), { code: 'EFBIG' })
  } finally {
    closeSync(fd)
  }
}

/** Errors that a disk gives, or a process without free descriptors: the names are not known to be on disk. */
const syncFailures = new Set(['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])

/** Whether an error, or its cause, says that a disk or a quota is full. */
export function isNoSpace(error: unknown): boolean {
  const { code, cause } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT' || (cause !== undefined && isNoSpace(cause))
}

/**
 * Syncs a folder, so that new names in it survive a power cut. Does nothing where the system can't sync
 * folders, as Windows, or where this process may not read the folder.
 * @throws the file system's error where the disk refuses
 */
export function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (syncFailures.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/** Gives a file the owner and group that another has, as far as this process may. @param fd of the file */
export function keepOwner(fd: number, { uid, gid }: Stats): void {
  const own = fstatSync(fd)
  if (own.uid === uid && own.gid === gid) return
  for (const owner of [uid, own.uid]) {
    try {
      return fchownSync(fd, owner, gid)
    } catch {
      // Only root may give files away; others may choose among their groups.
    }
  }
}

/** Permissions as a number. @param digits octal, such as '640'; '' = as the umask says @returns undefined for '' */
export function toMode(digits: string): number | undefined {
  return digits === '' ? undefined : Number.parseInt(digits, 8)
}

/**
 * Creates a folder and its parents.
 * @param mode permission bits of those that are created, whatever the umask; undefined = as the umask says
 * @returns absolute paths of those that were created, the deepest first
 * @throws the file system's error
 */
export function makeFolder(folder: string, mode?: number): string[] {
  const first = makeMissingFolders(folder)
  const made: string[] = []
  if (first === undefined) return made
  for (let path = resolve(folder); path.length >= resolve(first).length; path = dirname(path)) {
    if (mode !== undefined) chmodSync(path, mode)
    made.push(path)
    if (path === dirname(path)) break
  }
  return made
}

/**
 * Creates a folder and its parents. `mkdirSync` with `recursive` never returns where a file system answers ENOENT in a
 * folder that exists, as /proc and some network mounts do.
 * @param mode of those that are created, before the umask
 * @returns the first that was created, if any @throws the file system's error
 */
export function makeMissingFolders(folder: string, mode?: number): string | undefined {
  const parent = dirname(folder)
  const first =
    parent === folder || existsSync(parent) ? undefined : makeMissingFolders(parent, mode)
  try {
    mkdirSync(folder, { mode })
    return first ?? folder
  } catch (error) {
    if (existsSync(folder) && statSync(folder).isDirectory()) return first
    throw error
  }
}

/** Creates a folder and its parents, see `makeFolder`, and brings their names to the disk. @throws the file system's error */
export function makeSyncedFolder(folder: string, mode?: number): void {
  for (const made of makeFolder(folder, mode)) syncFolder(dirname(made))
}

/**
 * Creates a symbolic link, or replaces one atomically. The link is relative to its folder.
 * @param link path of the link @param target path of the file
 * @throws the file system's error; EEXIST where the path is taken by something other than a link
 */
export function replaceLink(link: string, target: string): void {
  const existing = lstatSync(link, { throwIfNoEntry: false })
  if (existing && !existing.isSymbolicLink()) {
    throw Object.assign(
      new Error(`EEXIST: ${link} already exists and is not a link; move it away`),
      { code: 'EEXIST' }
    )
  }
  const unfinished = `${link}.new`
  rmSync(unfinished, { force: true })
  symlinkSync(relative(dirname(link), target), unfinished)
  renameSync(unfinished, link)
}
