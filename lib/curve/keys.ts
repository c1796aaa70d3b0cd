/**
 * CURVE keys. They are X25519 keys, so node:crypto makes them and computes with them; libzmq and this
 * file agree on them (test/curve/keys.test.ts).
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { ZmqPubError } from '../errors.ts'
import { Secret } from './secret.ts'
import { decodeZ85, encodeZ85 } from './z85.ts'

/** Size of a key. Unit: bytes */
export const keyBytes = 32

/** Size of a key as Z85. Unit: characters */
export const keyCharacters = 40

/** A key pair. The public key is Z85 as it is, the secret one stays wrapped. */
export interface KeyPair {
  publicKey: string
  secretKey: Secret<string>
}

/** What RFC 8410 puts before the 32 bytes of a key. */
const secretPrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')

/** A new key pair, random. */
export function createKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const secretBytes = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-keyBytes)
  return { publicKey: toZ85(publicKey), secretKey: new Secret(encodeZ85(secretBytes)) }
}

/**
 * Checks a public key that somebody typed.
 * @param what names the key in the message, such as `serverKey`
 * @throws ERR_ZMQ_PUB_KEY; the message has nothing of what was given, for it may be a secret key
 */
export function parsePublicKey(given: unknown, what: string): string {
  checkKey(given, what)
  return given
}

/** The same for a secret key. @throws ERR_ZMQ_PUB_KEY */
export function parseSecretKey(given: unknown, what: string): Secret<string> {
  checkKey(given, what)
  return new Secret(given)
}

function checkKey(given: unknown, what: string): asserts given is string {
  const expected = `${what} must be a key of ${keyCharacters} characters (Z85)`
  const refuse = (got: string): never => {
    throw new ZmqPubError('ERR_ZMQ_PUB_KEY', `${expected}, got ${got}`)
  }
  if (typeof given !== 'string') return refuse(given === null ? 'null' : typeof given)
  if (given.length !== keyCharacters) return refuse(`${given.length} characters`)
  if (!decodeZ85(given)) return refuse(`${keyCharacters} characters that are not Z85`)
}

/** Whether a text has the form of a key. */
export function isKey(text: string): boolean {
  return decodeZ85(text)?.length === keyBytes
}

/** The public key that belongs to a secret one. */
export function toPublicKey(secretKey: Secret<string>): string {
  return toZ85(createPublicKey(toPrivateKeyObject(secretKey)))
}

/** Whether the two keys are one pair. */
export function isKeyPair({ publicKey, secretKey }: KeyPair): boolean {
  return toPublicKey(secretKey) === publicKey
}

/** A short hash of a public key, for logs: 16 hexadecimal digits. @param publicKey as Z85 */
export function toFingerprint(publicKey: string): string {
  return createHash('sha256').update(toKeyBytes(publicKey)).digest('hex').slice(0, 16)
}

/** The bytes of a key that has been checked. @throws RangeError where it hasn't */
export function toKeyBytes(key: string): Buffer {
  const bytes = decodeZ85(key)
  if (bytes?.length !== keyBytes) throw new RangeError('no key: parsePublicKey checks it')
  return bytes
}

/** OpenSSL calculates the public key of each that it reads, which takes longer than all that is done with it here. */
const privateKeyObjects = new WeakMap<Secret<string>, KeyObject>()

/** A secret key as node:crypto takes it. */
export function toPrivateKeyObject(secretKey: Secret<string>): KeyObject {
  let object = privateKeyObjects.get(secretKey)
  if (!object) {
    const key = Buffer.concat([secretPrefix, toKeyBytes(secretKey.reveal())])
    object = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    privateKeyObjects.set(secretKey, object)
  }
  return object
}

/** A public key as node:crypto takes it. */
export function toPublicKeyObject(publicKey: string): KeyObject {
  const key = Buffer.concat([publicPrefix, toKeyBytes(publicKey)])
  return createPublicKey({ key, format: 'der', type: 'spki' })
}

function toZ85(key: KeyObject): string {
  return encodeZ85(key.export({ format: 'der', type: 'spki' }).subarray(-keyBytes))
}
