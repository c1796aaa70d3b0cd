import { randomBytes } from 'node:crypto'

/** Size of the id of a sender or a collector. Unit: bytes */
export const idBytes = 8

/** A random id of 8 bytes, as a latin1 string, so that it can key a Map. */
export function createId(): string {
  return randomBytes(idBytes).toString('latin1')
}

/** The id in file names and logs: 16 hexadecimal digits. */
export function toHexId(id: string): string {
  return Buffer.from(id, 'latin1').toString('hex')
}

/** The reverse of `toHexId`. @param hex 16 hexadecimal digits */
export function fromHexId(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1')
}
