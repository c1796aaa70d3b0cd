import { close, constants, fstat, mkdir, open, read } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

// Not a FileHandle: it would close its descriptor when it is collected, and SonicBoom takes only the number.
const [openFile, closeFile, readFile] = [promisify(open), promisify(close), promisify(read)]
const [makeFolder, getStats] = [promisify(mkdir), promisify(fstat)]

/** O_NONBLOCK: a pipe that nobody reads would block a thread of libuv's pool for ever, and all files with it. */
const flags =
  constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NONBLOCK ?? 0)

/** A log's file, open for appending. */
export interface OpenedLog {
  /** File descriptor; the caller closes it. */
  fd: number
  /** Whether its last line has no newline: a write would be glued to what somebody else has left there. */
  endsMidLine: boolean
}

/**
 * Opens a log's file for appending, and makes missing folders.
 * @throws the file system's error; EINVAL for a pipe or a device
 */
export async function openLog(path: string): Promise<OpenedLog> {
  await makeFolder(dirname(path), { recursive: true })
  const fd = await openFile(path, flags).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENXIO' ? toKindError(path) : error // a pipe that nobody reads
  })
  try {
    const found = await getStats(fd)
    if (!found.isFile()) throw toKindError(path)
    return { fd, endsMidLine: found.size > 0 && !(await endsWithNewline(path, found.size)) }
  } catch (error) {
    await closeFile(fd)
    throw error
  }
}

/** A file may be writable but not readable: then its last line counts as whole. */
async function endsWithNewline(path: string, size: number): Promise<boolean> {
  let fd: number
  try {
    fd = await openFile(path, constants.O_RDONLY)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return true
    throw error
  }
  try {
    const { buffer } = await readFile(fd, Buffer.alloc(1), 0, 1, size - 1)
    return buffer[0] === 0x0a
  } finally {
    await closeFile(fd)
  }
}

function toKindError(path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`EINVAL: ${path} is a pipe or a device, not a file`), {
    code: 'EINVAL'
  })
}
