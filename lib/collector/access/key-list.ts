/**
 * Who may connect: public keys and the names of their owners, from a folder or a file.
 *
 * A folder: each `*.key` file in it is a certificate; other files are left alone.
 * A file is one certificate, or a list with a name and a key a line:
 *
 *     # comments, and empty lines
 *     web-1  rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7
 *     web-2  "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
 *
 * A certificate's name is `name` of its metadata,
 * else that of its file. Several keys may have one name: an old and a new one, while they are exchanged.
 *
 * A file or line that isn't valid is skipped and reported, and so is a file with a secret key, which doesn't
 * belong on the collector. If the folder or file itself can't be read any more, no key is authorized. The exception is a
 * lack of file descriptors: a peer that uses up all of them must not revoke keys, so the list that was read before stays
 * in use.
 */
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { looksLikeCertificate, parseCertificate } from '../../curve/certificate.ts'
import { readKeyText } from '../../curve/certificate-file.ts'
import { isKey, parsePublicKey } from '../../curve/keys.ts'
import { toMessage, ZmqPubError } from '../../errors.ts'
import { isOutOfDescriptors } from '../../util/descriptors.ts'

/** Names appear in logs and in the names of files. Unit: characters */
export const maxNameLength = 128

const optionName = '--authorized-keys'

/** What a folder or file has. */
export interface KeyList {
  /** public keys (as Z85) and the names of their owners */
  names: Map<string, string>
  /** what was skipped and why, one sentence each, without any key */
  warnings: string[]
}

/**
 * Reads all keys of a folder or file.
 * @throws ERR_ZMQ_PUB_KEY if it can't be read, if it is a file with an invalid key, or if no file descriptor is left
 */
export function readKeyList(path: string): KeyList {
  const keys: KeyList = { names: new Map(), warnings: [] }
  const files = listKeyFiles(path)
  if (files) for (const file of files) readFile(file, keys)
  else {
    const { text } = readKeyText(path, optionName)
    if (looksLikeCertificate(text)) addCertificate(text, path, keys)
    else addList(text, path, keys)
  }
  if (keys.names.size === 0) {
    const expected = files ? '*.key file of a client' : 'key of a client'
    keys.warnings.push(`${path} must contain a ${expected}, got none: no client can connect`)
  }
  return keys
}

/** The `*.key` files of a folder, sorted; and the `*.key_secret` files, which don't belong there. @returns undefined where it is no folder @throws ERR_ZMQ_PUB_KEY where there is nothing */
export function listKeyFiles(path: string): string[] | undefined {
  try {
    if (!statSync(path).isDirectory()) return undefined
    const names = readdirSync(path).filter(name => /^[^.].*\.key(?:_secret)?$/.test(name))
    return names.toSorted().map(name => join(path, name))
  } catch (error) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_KEY',
      `cannot read the authorized keys in ${path} (${optionName}): ${toMessage(error)}; it must be a folder with *.key files, or a list of keys`,
      { cause: error }
    )
  }
}

function readFile(path: string, keys: KeyList): void {
  try {
    if (path.endsWith('_secret')) return warnOfSecret(path, keys)
    addCertificate(readKeyText(path).text, path, keys)
  } catch (error) {
    if (isShortage(error)) throw error
    keys.warnings.push(`${toMessage(error)}; skipped, its key is not authorized`)
  }
}

/** Whether a list could not be read because this process has no file descriptor left, which says nothing about the list. */
export function isShortage(error: unknown): boolean {
  const { cause } = error as Error
  return cause instanceof Error && isOutOfDescriptors(cause)
}

function addCertificate(text: string, path: string, keys: KeyList): void {
  const { publicKey, secretKey, metadata } = parseCertificate(text, path)
  if (secretKey) return warnOfSecret(path, keys)
  add(publicKey, metadata.get('name') ?? basename(path, '.key'), path, keys)
}

function warnOfSecret(path: string, { warnings }: KeyList): void {
  warnings.push(
    `${path} has a secret key, which only its owner should have; skipped, its key is not authorized`
  )
}

function addList(text: string, path: string, keys: KeyList): void {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (const [index, line] of lines.entries()) {
    const [name = '', key, ...rest] = line.trim().split(/\s+/)
    if (name === '' || name.startsWith('#')) continue
    const source = `line ${index + 1} of ${path}`
    const hasMore = rest.length > 0 && !rest[0]?.startsWith('#')
    try {
      if (hasMore)
        throw new ZmqPubError(
          'ERR_ZMQ_PUB_KEY',
          `${source} must have the form NAME KEY, got more words`
        )
      const unquoted = key?.replaceAll(/^["']|["']$/g, '')
      add(parsePublicKey(unquoted, `the key behind the name in ${source}`), name, source, keys)
    } catch (error) {
      keys.warnings.push(`${toMessage(error)}; skipped`)
    }
  }
}

function add(key: string, name: string, source: string, { names, warnings }: KeyList): void {
  const existing = names.get(key)
  // A key as a name is perhaps a secret one: it must not get into logs.
  if (name === '' || name.length > maxNameLength || isKey(name) || /\p{C}/u.test(name)) {
    warnings.push(
      `the name in ${source} must have 1 to ${maxNameLength} characters, no control characters, and not be a key; skipped`
    )
  } else if (existing !== undefined && existing !== name) {
    warnings.push(
      `${source} has the key of '${existing}' under another name; skipped, '${existing}' stays`
    )
  } else names.set(key, name)
}
