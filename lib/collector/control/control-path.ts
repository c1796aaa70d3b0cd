/** Where the control socket of a collector is. The collector and the commands that ask it find the same place, by its journal. */
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Where a socket is, or would be. */
export interface ControlPath {
  path: string
  /** whether it is a file, which must be deleted in the end; a named pipe of Windows is none */
  isFile: boolean
  /** a folder of its own that only its user may enter; undefined where it is beside the journal */
  privateFolder?: string
}

/** What decides about a path besides the journal. */
export interface PathSystem {
  platform: NodeJS.Platform
  /** of the user whose collector it is */
  uid: number
  /** for temporary files */
  folder: string
}

/** The user of this process; 0 on Windows, which has no such number. */
export function ownUid(): number {
  return process.getuid?.() ?? 0
}

/** What the path of a socket may have, without the NUL at its end. Node.js cuts a longer one without a word. Unit: bytes */
function maxPathBytes(platform: NodeJS.Platform): number {
  return platform === 'linux' ? 107 : 103
}

/**
 * The socket is beside the journal, `<journal>.sock`. Where its path would be too long, it is in a folder of its user
 * in the system's temporary folder, under a hash of the journal's path.
 * @param journalPath an absolute path
 * @returns undefined where that path is too long, too
 */
export function toControlPath(
  journalPath: string,
  { platform = process.platform, uid = ownUid(), folder = tmpdir() }: Partial<PathSystem> = {}
): ControlPath | undefined {
  if (platform === 'win32') {
    // A pipe whose name is taken belongs to whoever was first, so the name depends on nothing but the path.
    const path = String.raw`\\.\pipe\zmq-pub-${toHash(journalPath.toLowerCase())}`
    return { path, isFile: false }
  }
  const beside = { path: `${journalPath}.sock`, isFile: true }
  if (Buffer.byteLength(beside.path) <= maxPathBytes(platform)) return beside
  const privateFolder = join(folder, `zmq-pub-${uid}`)
  const path = join(privateFolder, `${toHash(journalPath)}.sock`)
  const isShort = Buffer.byteLength(path) <= maxPathBytes(platform)
  return isShort ? { path, isFile: true, privateFolder } : undefined
}

/** The folder in which a socket is bound before it gets its name: it has a shorter path than any socket, and only its owner may enter it. */
export function toBindFolder({ path }: ControlPath): string {
  return join(dirname(path), `.${toHash(path).slice(0, 8)}`)
}

/**
 * Makes a private folder where there is none.
 * @throws the file system's error; EPERM where what is there isn't a folder of this user that nobody else may enter
 */
export function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  if (isPrivateFolder(folder, ownUid())) return
  const message = `EPERM: not a folder that belongs to this user, with mode 0700: '${folder}'`
  throw Object.assign(new Error(message), { code: 'EPERM' })
}

/** Whether a path is a folder, not a link to one, that only this user may enter. */
export function isPrivateFolder(folder: string, uid: number): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o077) === 0
}

function toHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
