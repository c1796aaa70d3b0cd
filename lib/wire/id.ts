/**
 * Sender ids are secrets: who knows one can speak for its sender. They are on the wire from the sender to its
 * collectors, and in the spool. Everything else (acks, journal, logs, file names) has the public id,
 * which can't be turned back.
 */
import { createHash, randomBytes } from 'node:crypto'

/** Size of a public id, and of a collector's id. Unit: bytes */
export const idBytes = 8
/** Size of a sender id. Unit: bytes */
const secretBytes = 16

/** The form of a sender id, for regular expressions: 22 characters of base64url. */
export const senderIdPattern = String.raw`[\w-]{22}`
const senderId = new RegExp(`^${senderIdPattern}$`)

/** A random sender id: 128 bits as 22 characters of base64url. */
export function createSenderId(): string {
  return randomBytes(secretBytes).toString('base64url')
}

/** Whether a text has the form of a sender id. */
export function isSenderId(text: string): boolean {
  return senderId.test(text)
}

/** The 16 bytes of a sender id. */
export function toIdBytes(id: string): Buffer {
  return Buffer.from(id, 'base64url')
}

/** The public id of a sender id: 8 bytes of its SHA-256, as a latin1 string. */
export function toPublicId(id: string): string {
  return createHash('sha256').update(`zmq-pub sender ${id}`).digest().toString('latin1', 0, idBytes)
}

/** A random id of a collector: 8 bytes as a latin1 string, so that it can key a Map. */
export function createId(): string {
  return randomBytes(idBytes).toString('latin1')
}

/** The forms of the ids that were converted last: a journal converts the same ones with each write. */
const hexById = new Map<string, string>()
const idByHex = new Map<string, string>()
const maxRecalled = 4096

/** A public id, or a collector's, in file names and logs: 16 hexadecimal digits. */
export function toHexId(id: string): string {
  return recall(hexById, id, () => Buffer.from(id, 'latin1').toString('hex'))
}

/** The reverse of `toHexId`. @param hex 16 hexadecimal digits */
export function fromHexId(hex: string): string {
  return recall(idByHex, hex, () => Buffer.from(hex, 'hex').toString('latin1'))
}

function recall(known: Map<string, string>, key: string, convert: () => string): string {
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size >= maxRecalled) known.clear()
  const converted = convert()
  known.set(key, converted)
  return converted
}
