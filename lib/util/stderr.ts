import { closeSync, constants, fstatSync, openSync, writeSync, type Stats } from 'node:fs'

/** Longer lines are cut: a pipe takes this much in one piece, or not at all. Unit: characters */
const maxLineCharacters = 2000

/**
 * Writes a line to stderr at once, or not at all: it may be closed or full, and there is no other channel. Never
 * blocks and never throws, in any thread.
 * @param line without its newline
 */
export function writeToStderr(line: string): void {
  let fd: number | undefined
  try {
    fd = openNonBlocking(fstatSync(2))
    writeSync(fd ?? 2, `${line.slice(0, maxLineCharacters)}\n`)
  } catch {
    // EAGAIN, EPIPE, ENOSPC and the like
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/**
 * A pipe that nobody reads would block this thread, and the app that waits for it. It is opened anew, because the
 * flag O_NONBLOCK holds for everybody who has the old descriptor. A socket, and a pipe where there is no /proc, can't
 * be: there Node.js sets it for process.stderr of the main thread, when it is first used or a worker is started.
 * @returns a file descriptor to be closed; undefined where 2 itself can be used
 */
function openNonBlocking(found: Stats): number | undefined {
  if (found.isFIFO() || found.isCharacterDevice()) {
    try {
      return openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_NONBLOCK)
    } catch {
      // no /proc
    }
  }
  if (found.isFIFO() || found.isSocket()) void process.stderr
  return undefined
}
