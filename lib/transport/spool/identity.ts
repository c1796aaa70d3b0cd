/** Whose records a spool has: the JSON of its hello file. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { parseObject } from '../../util/object.ts'
import { decodeHello, encodeHello, type Hello } from '../../wire/hello.ts'
import { createSenderId, fromHexId, isSenderId, toHexId, toPublicId } from '../../wire/id.ts'
import { toSpoolPath } from './file-names.ts'

/** The sender that a spool belongs to. */
export interface SpoolIdentity {
  /** names the spool's files: the public id of `senderId`; 8 bytes as latin1. In a spool of wire version 1 the id that its sender had. */
  spoolId: string
  /** the secret sender id, under which its records are sent */
  senderId: string
  /** public CURVE key of the sender, as Z85; undefined where it has none. Only a process with this key may send its records. */
  key?: string | undefined
}

/** The identity of a new sender. */
export function createIdentity(key?: string): SpoolIdentity {
  const senderId = createSenderId()
  return { spoolId: toPublicId(senderId), senderId, key }
}

/** The text of a hello file: the hello as on the wire, the secret id, and the key. */
export function encodeIdentity({ spoolId, senderId, key }: SpoolIdentity, hello: Hello): string {
  const formerId = toPublicId(senderId) === spoolId ? {} : { formerId: toHexId(spoolId) }
  const said = JSON.parse(encodeHello({ ...hello, proofs: undefined })) as object
  return JSON.stringify({ ...said, id: senderId, ...(key !== undefined && { key }), ...formerId })
}

/** Writes a hello file, whole or not at all; only its owner may read the secret id. @throws the file system's error */
export function writeIdentity(dir: string, identity: SpoolIdentity, hello: Hello): void {
  const path = toSpoolPath(dir, identity.spoolId, '.hello')
  const unfinished = `${path}.new`
  try {
    rmSync(unfinished, { force: true })
    writeFileSync(unfinished, encodeIdentity(identity, hello), { mode: 0o600, flag: 'wx' })
    renameSync(unfinished, path)
  } catch (error) {
    removeQuietly(unfinished)
    throw error
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // what is there isn't ours
  }
}

/**
 * Reads a hello file.
 * @param spoolId as its name says
 * @returns with `isFormer` for a file of wire version 1, which has no secret id: it gets a new one, and the
 *   file must be written again before anything is sent; undefined where it is no hello of this spool
 */
export function decodeIdentity(
  spoolId: string,
  text: Buffer
): { identity: SpoolIdentity; hello: Hello; isFormer: boolean } | undefined {
  const given = parseObject(text.toString())
  const hello = given && decodeHello(Buffer.from(JSON.stringify({ ...given, formerId: undefined })))
  if (!hello) return undefined
  const { id, key, formerId } = given
  const isFormer = id === undefined && key === undefined
  const senderId = isFormer ? createSenderId() : id
  if (typeof senderId !== 'string' || !isSenderId(senderId)) return undefined
  if (key !== undefined && typeof key !== 'string') return undefined
  const isRenewed = isFormer || (typeof formerId === 'string' && fromHexId(formerId) === spoolId)
  if (!isRenewed && toPublicId(senderId) !== spoolId) return undefined
  return {
    identity: { spoolId, senderId, key },
    hello: isRenewed ? { ...hello, formerId: toHexId(spoolId) } : hello,
    isFormer
  }
}
