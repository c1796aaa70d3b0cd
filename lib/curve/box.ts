/**
 * NaCl's `crypto_box`, as CURVE uses it: X25519, XSalsa20 and Poly1305. node:crypto has only the first. It
 * serves the probe of a server (lib/transport/connection/probe.ts), which makes keys for one connection;
 * no secret key of a user comes here, and no record: those are encrypted by libzmq.
 * @see https://cr.yp.to/highspeed/naclcrypto-20090310.pdf
 */
import { diffieHellman } from 'node:crypto'
import { toPrivateKeyObject, toPublicKeyObject, type KeyPair } from './keys.ts'

const blockBytes = 64
const tagBytes = 16
const sigma = toWords(Buffer.from('expand 32-byte k', 'latin1'))

/** Each round of Salsa20 changes these words: the columns, then the rows. */
const quarterRounds = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14]
] as const

/**
 * Encrypts a text from one key pair to another's public key.
 * @param nonce 24 bytes, never used twice with the same keys
 * @returns the tag of 16 bytes, then the text
 */
export function sealBox(text: Buffer, nonce: Buffer, from: KeyPair, toPublicKey: string): Buffer {
  const shared = diffieHellman({
    privateKey: toPrivateKeyObject(from.secretKey),
    publicKey: toPublicKeyObject(toPublicKey)
  })
  const key = hashKey(hashKey(shared, Buffer.alloc(16)), nonce.subarray(0, 16))
  const stream = makeStream(key, nonce.subarray(16), 32 + text.length)
  const sealed = Buffer.from(text.map((byte, index) => byte ^ (stream[32 + index] as number)))
  return Buffer.concat([authenticate(sealed, stream.subarray(0, 32)), sealed])
}

/** HSalsa20: another key from a key and 16 bytes. */
function hashKey(key: Buffer, input: Buffer): Buffer {
  const words = mix(toState(key, toWords(input)))
  return toBytes([0, 5, 10, 15, 6, 7, 8, 9].map(index => words[index] as number))
}

/** Salsa20's stream. @param nonce 8 bytes */
function makeStream(key: Buffer, nonce: Buffer, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let counter = 0; counter * blockBytes < length; counter++) {
    const state = toState(key, [...toWords(nonce), counter, 0])
    const mixed = mix(state)
    blocks.push(toBytes(state.map((word, index) => (word + (mixed[index] as number)) | 0)))
  }
  return Buffer.concat(blocks).subarray(0, length)
}

function toState(key: Buffer, input: number[]): number[] {
  const words = toWords(key)
  const [first, second, third, fourth] = sigma as [number, number, number, number]
  return [first, ...words.slice(0, 4), second, ...input, third, ...words.slice(4), fourth]
}

/** Salsa20's 20 rounds. */
function mix(state: readonly number[]): Int32Array {
  const words = Int32Array.from(state)
  const turn = (target: number, one: number, other: number, by: number): void => {
    const sum = ((words[one] as number) + (words[other] as number)) | 0
    words[target] = (words[target] as number) ^ ((sum << by) | (sum >>> (32 - by)))
  }
  for (let round = 0; round < 20; round += 2) {
    for (const [a, b, c, d] of quarterRounds) {
      turn(b, a, d, 7)
      turn(c, b, a, 9)
      turn(d, c, b, 13)
      turn(a, d, c, 18)
    }
  }
  return words
}

const prime = 2n ** 130n - 5n

/** Poly1305. @param key 32 bytes, used once */
function authenticate(text: Buffer, key: Buffer): Buffer {
  const factor = toNumber(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn
  let sum = 0n
  for (let offset = 0; offset < text.length; offset += 16) {
    const block = Buffer.concat([text.subarray(offset, offset + 16), Buffer.of(1)])
    sum = ((sum + toNumber(block)) * factor) % prime
  }
  const tag = (sum + toNumber(key.subarray(16))) % 2n ** 128n
  return Buffer.from(Buffer.from(tag.toString(16).padStart(2 * tagBytes, '0'), 'hex').toReversed())
}

/** Little-endian, as all of it. */
function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`)
}

function toWords(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readInt32LE(4 * index))
}

function toBytes(words: number[]): Buffer {
  const bytes = Buffer.alloc(4 * words.length)
  for (const [index, word] of words.entries()) bytes.writeInt32LE(word, 4 * index)
  return bytes
}
