/**
 * How a sender proves, in its hello, that an id is used by the owner of a key. zeromq.js doesn't tell on
 * which connection a message came, so CURVE alone doesn't say whose it is.
 *
 * Client and server compute the same secret, each from its own secret key and the other's public key
 * (X25519). Nobody else can. A MAC with it over the id says: who holds this client key uses this id.
 */
import { createHmac, diffieHellman, timingSafeEqual } from 'node:crypto'
import { ZmqPubError } from '../errors.ts'
import { toKeyBytes, toPrivateKeyObject, toPublicKeyObject } from './keys.ts'
import { Secret } from './secret.ts'

/** Size of the sender id that is proved. Unit: bytes */
export const provedIdBytes = 16

/** Size of a proof. Unit: bytes */
export const macBytes = 32

/** No other use of the same keys computes with this text: a MAC made elsewhere is never one of these. */
const label = Buffer.from('zmq-pub hello 2\0', 'latin1')

/** What a proof speaks of. */
export interface HelloClaim {
  /** 16 bytes */
  senderId: Buffer
  /** as Z85 */
  clientKey: string
  /** as Z85 */
  serverKey: string
}

/**
 * The secret that two key pairs share. It is the same for the other's secret and one's own public key.
 * @throws ERR_ZMQ_PUB_KEY on a public key with which every secret key gives the same result (a point of low order)
 */
export function toSharedSecret(secretKey: Secret<string>, publicKey: string): Secret<Buffer> {
  let shared: Buffer | undefined
  try {
    shared = diffieHellman({
      privateKey: toPrivateKeyObject(secretKey),
      publicKey: toPublicKeyObject(publicKey)
    })
  } catch {
    // OpenSSL refuses points of low order itself; other builds of Node.js may not: hence the check below.
  }
  if (!shared || shared.every(byte => byte === 0)) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_KEY',
      'a public key must be one that keygen creates, got one that proves nothing (a point of low order)'
    )
  }
  return new Secret(shared)
}

/** The proof: HMAC-SHA-256 over label, sender id and both public keys. @throws RangeError unless the id has 16 bytes */
export function toHelloMac(sharedSecret: Secret<Buffer>, claim: HelloClaim): Buffer {
  const { senderId, clientKey, serverKey } = claim
  // Each part has a fixed size, so that no two claims are the same bytes.
  if (senderId.length !== provedIdBytes) {
    throw new RangeError(`an id of ${provedIdBytes} bytes, got ${senderId.length}`)
  }
  return createHmac('sha256', sharedSecret.reveal())
    .update(label)
    .update(senderId)
    .update(toKeyBytes(clientKey))
    .update(toKeyBytes(serverKey))
    .digest()
}

/** Whether a proof that came is the right one, of `toHelloMac`; takes the same time wherever they differ. */
export function isHelloMac(mac: Buffer, rightMac: Buffer): boolean {
  return mac.length === macBytes && timingSafeEqual(mac, rightMac)
}
