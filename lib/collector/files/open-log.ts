import { close, constants, fchmod, fstat, mkdir, open, read, stat } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

// Not a FileHandle: it would close its descriptor when it is collected, and SonicBoom takes only the number.
const [closeFile, readFile] = [promisify(close), promisify(read)]
const [makeFolder, getStats, changeMode] = [promisify(mkdir), promisify(fstat), promisify(fchmod)]
const findStats = promisify(stat)
// Looked up at each call, because tests replace it.
const openFile = (path: string, flags: number, mode = 0o666): Promise<number> =>
  promisify(open)(path, flags, mode)

const { O_APPEND, O_CREAT, O_EXCL, O_NONBLOCK, O_RDWR, O_WRONLY } = constants
/**
 * O_NONBLOCK, which is undefined and thus 0 on Windows: a pipe that nobody reads would block a thread of libuv's pool for ever,
 * and all files with it.
 */
const appending = O_APPEND | O_CREAT | O_NONBLOCK

/** A log's file, open for appending. */
export interface OpenedLog {
  /** File descriptor; the caller closes it. */
  fd: number
  /** That of its disk, as `stat` has it. */
  device: number
  /** Whether its last line has no newline: a write would be glued to what somebody else has left there. */
  endsMidLine: boolean
}

/**
 * Opens a log's file for appending, and makes missing folders.
 * @param mode permissions of a new file, whatever the umask; undefined = as the umask says
 * @throws the file system's error; EINVAL for a pipe, a socket or a device
 */
export async function openLog(path: string, mode?: number): Promise<OpenedLog> {
  await makeFolders(dirname(path))
  const made = mode === undefined ? undefined : await makeFile(path, mode)
  const { fd, isReadable } =
    made === undefined ? await openAny(path) : { fd: made, isReadable: true }
  try {
    const found = await getStats(fd)
    if (!found.isFile()) throw toKindError(path)
    const hasEnd = isReadable && found.size > 0
    const endsMidLine = hasEnd && !(await isNewlineAt(fd, found.size - 1))
    return { fd, device: found.dev, endsMidLine }
  } catch (error) {
    await closeFile(fd)
    throw error
  }
}

/**
 * Creates a folder and its parents where they are missing. With `recursive`, Node.js would never end where a file system
 * answers ENOENT in a folder that exists, as /proc does.
 */
async function makeFolders(folder: string): Promise<void> {
  const parent = dirname(folder)
  try {
    await makeFolder(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === folder)
      return refuseUnlessFolder(folder, error)
    await makeFolders(parent)
    await makeFolder(folder).catch((again: unknown) => refuseUnlessFolder(folder, again))
  }
}

async function refuseUnlessFolder(path: string, error: unknown): Promise<void> {
  const found = await findStats(path).catch(() => undefined)
  if (!found?.isDirectory()) throw error
}

/** @returns file descriptor of a new file; undefined where there is one already, which keeps its permissions */
async function makeFile(path: string, mode: number): Promise<number | undefined> {
  let fd: number
  try {
    fd = await openFile(path, appending | O_RDWR | O_EXCL, mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
  try {
    await changeMode(fd, mode) // the umask has taken from it
    return fd
  } catch (error) {
    await closeFile(fd)
    throw error
  }
}

/** A file that may be written but not read is opened, too: its last line counts as whole. */
async function openAny(path: string): Promise<{ fd: number; isReadable: boolean }> {
  try {
    return { fd: await openFile(path, appending | O_RDWR), isReadable: true }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENXIO') throw toKindError(path) // a socket
    if (code !== 'EACCES') throw error
    return { fd: await openFile(path, appending | O_WRONLY), isReadable: false }
  }
}

async function isNewlineAt(fd: number, offset: number): Promise<boolean> {
  const { buffer } = await readFile(fd, Buffer.alloc(1), 0, 1, offset)
  return buffer[0] === 0x0a
}

function toKindError(path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`EINVAL: ${path} is a pipe, a socket or a device, not a file`), {
    code: 'EINVAL'
  })
}
