import { randomBytes } from 'node:crypto'

export const idBytes = 8

/** A random id of 8 bytes, as a latin1 string. */
export function createId(): string {
  return randomBytes(idBytes).toString('latin1')
}

/** The id as people see it: 16 hexadecimal digits. */
export function toHexId(id: string): string {
  return Buffer.from(id, 'latin1').toString('hex')
}

/** An id as `toHexId` writes it. */
export function fromHexId(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1')
}
