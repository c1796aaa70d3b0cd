/** Certificates as files: `NAME.key`, which may be given away, and `NAME.key_secret`, which may not. */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  type Stats
} from 'node:fs'
import { dirname, join } from 'node:path'
import { toMessage, ZmqPubError } from '../errors.ts'
import { makeMissingFolders, syncFolder, writeAll } from '../util/fs.ts'
import { formatCertificate, parseCertificate, type Certificate } from './certificate.ts'
import { parsePublicKey, type KeyPair } from './keys.ts'

/** Windows doesn't have it. */
const { O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/** A larger file is no key file. Unit: bytes */
export const maxFileBytes = 64 * 1024

/** Of secret key files. Windows has no such modes: there the folder's access list counts. */
const secretMode = 0o600
const publicMode = 0o644

/** What a file has, and what its owner should be told. */
export interface Read<T> {
  value: T
  /** sentences for the log: a secret that others can read, or in the wrong place */
  warnings: string[]
}

/**
 * A text from a file, and the file's state.
 * @param optionName the option that names the file; '' where it is found otherwise
 * @param advice what to do where there is none
 * @throws ERR_ZMQ_PUB_KEY where it can't be read, is no regular file or larger than 64 KiB
 */
export function readKeyText(
  path: string,
  optionName = '',
  advice = ''
): { text: string; stats: Stats } {
  const source = toSource(path, optionName)
  try {
    // Not openRegularFile: a key file may be a link, as Kubernetes makes them. Without O_NONBLOCK the
    // opening of a named pipe would wait for a writer.
    const fd = openSync(path, constants.O_RDONLY | O_NONBLOCK)
    try {
      const stats = fstatSync(fd)
      if (!stats.isFile()) return refuse(source, 'a regular file, got a folder, a pipe or a device')
      if (stats.size > maxFileBytes) {
        return refuse(source, `a key file of at most ${maxFileBytes} bytes, got ${stats.size}`)
      }
      return { text: readFileSync(fd, 'utf8'), stats }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (error instanceof ZmqPubError) throw error
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_KEY',
      `cannot read ${source}: ${toMessage(error)}${adviseReading(error, advice)}`,
      { cause: error }
    )
  }
}

/** How a message names a file. */
function toSource(path: string, optionName: string): string {
  return optionName === '' ? path : `${path} (${optionName})`
}

function adviseReading(error: unknown, advice: string): string {
  const { code = '' } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return '; make it readable for this user'
  return advice === '' || !['ENOENT', 'ENOTDIR'].includes(code) ? '' : `; ${advice}`
}

function refuse(source: string, expected: string): never {
  throw new ZmqPubError('ERR_ZMQ_PUB_KEY', `${source} must be ${expected}`)
}

/** Reads a certificate, whichever keys it has. @param optionName see `readKeyText` @throws ERR_ZMQ_PUB_KEY */
export function readCertificate(path: string, optionName = ''): Read<Certificate> {
  const advice = 'correct the path, or create the keys with zmq-pub-collector keygen'
  const { text, stats } = readKeyText(path, optionName, advice)
  const value = parseCertificate(text, toSource(path, optionName))
  return { value, warnings: value.secretKey ? findExposure(path, stats) : [] }
}

/**
 * Reads the key pair of one's own from its secret file.
 * @param optionName the option that names the file
 * @throws ERR_ZMQ_PUB_KEY, also where the file has only a public key
 */
export function readKeyPairFile(path: string, optionName = ''): Read<KeyPair> {
  const { value, warnings } = readCertificate(path, optionName)
  const { publicKey, secretKey } = value
  if (!secretKey) {
    const hint = path.endsWith('.key') ? `; use ${path}_secret` : ''
    const source = toSource(path, optionName)
    return refuse(source, `a certificate with a secret-key, got one without${hint}`)
  }
  return { value: { publicKey, secretKey }, warnings }
}

/**
 * Reads another's public key: a certificate, or a file with nothing but the key.
 * @param optionName the option that names the file
 * @throws ERR_ZMQ_PUB_KEY
 */
export function readPublicKeyFile(path: string, optionName = ''): Read<string> {
  const source = toSource(path, optionName)
  const { text } = readKeyText(path, optionName, "correct the path, or copy the owner's .key file")
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (/^\S+$/.test(trimmed))
    return { value: parsePublicKey(trimmed, `the key in ${source}`), warnings: [] }
  const { publicKey, secretKey } = parseCertificate(text, source)
  const warning = `${path} has a secret key; only its owner should have it, others need the .key file`
  return { value: publicKey, warnings: secretKey ? [warning] : [] }
}

/** In Kubernetes a secret belongs to root, and a process reads it as a member of the group (`fsGroup`): so it may have mode 0440. */
function findExposure(path: string, { mode, uid }: Stats): string[] {
  const isOwner = process.getuid?.() === uid
  if (process.platform === 'win32' || (mode & (isOwner ? 0o077 : 0o037)) === 0) return []
  const octal = (mode & 0o777).toString(8).padStart(4, '0')
  return [
    `${path} has a secret key and other users may read or write it (mode ${octal}); run: chmod 600 ${path}`
  ]
}

/** Where `writeKeyPair` has written. */
export interface KeyPaths {
  publicPath: string
  secretPath: string
}

/**
 * Writes `NAME.key` and `NAME.key_secret` into a folder, which is made where there is none. Neither is
 * ever overwritten, and neither is ever there in part: each is written under another name, synced, and
 * then linked, which fails where the name is taken.
 * @throws ERR_ZMQ_PUB_KEY where one of them is there, or can't be written
 */
export function writeKeyPair(
  folder: string,
  name: string,
  { publicKey, secretKey }: KeyPair
): KeyPaths {
  const publicPath = join(folder, `${name}.key`)
  const secretPath = `${publicPath}_secret`
  const metadata = new Map([['name', name]])
  try {
    makeMissingFolders(folder, 0o700)
    // The secret one first: it has both keys, so it is of use alone, should the process die in between.
    writeNew(secretPath, formatCertificate({ publicKey, secretKey, metadata }), secretMode)
    try {
      writeNew(
        publicPath,
        formatCertificate({ publicKey, secretKey: undefined, metadata }),
        publicMode
      )
    } catch (error) {
      rmSync(secretPath, { force: true })
      throw error
    }
    syncFolder(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const hint =
      code === 'EEXIST'
        ? 'it already exists, and keys are never overwritten; choose another NAME or move the file away'
        : `${toMessage(error)}; choose another folder with --dir`
    const path =
      code === 'EEXIST' ? ((error as NodeJS.ErrnoException).path ?? publicPath) : publicPath
    throw new ZmqPubError('ERR_ZMQ_PUB_KEY', `cannot write ${path}: ${hint}`, { cause: error })
  }
  return { publicPath, secretPath }
}

/** Creates a file with all of its text, or not at all. @throws EEXIST with `path` where there is one */
function writeNew(path: string, text: string, mode: number): void {
  const unfinished = join(dirname(path), `.${randomUUID()}.new`)
  try {
    writeSynced(unfinished, text, mode)
    try {
      linkSync(unfinished, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST')
        throw Object.assign(error as Error, { path })
      // FAT and some network folders have no hard links: there a crash could leave a part of the file.
      writeSynced(path, text, mode)
    }
  } finally {
    rmSync(unfinished, { force: true })
  }
}

function writeSynced(path: string, text: string, mode: number): void {
  const fd = openSync(path, 'wx', mode)
  try {
    writeAll(fd, Buffer.from(text))
    fsyncSync(fd)
  } catch (error) {
    unlinkSync(path) // created by us, but the disk is full
    throw error
  } finally {
    closeSync(fd)
  }
}
