import { isKey } from '../../curve/keys.ts'
import { isHelloMac, toHelloMac, toSharedSecret } from '../../curve/proof.ts'
import { ZmqPubError } from '../../errors.ts'
import type { Hello } from '../../wire/hello.ts'
import { toIdBytes, toPublicId } from '../../wire/id.ts'
import type { ClientAccess, SecurityMode } from '../access/access.ts'

/** A sender that has said hello. */
export interface Identity {
  /** 8 bytes as latin1 */
  readonly publicId: string
  readonly mode: SecurityMode
  /** the key that its hello has proved, as Z85; undefined on a plain connection */
  readonly key: string | undefined
  /** the proof of it: a hello that repeats it isn't calculated again */
  readonly proof: string | undefined
}

/**
 * Knows which secret ids may be used, and by whom. docs/security.md has the table that this follows: over CURVE
 * an id belongs to the key that its first hello has proved, on a plain connection to whoever knows it.
 */
export class Identities {
  readonly #access: ClientAccess | undefined
  readonly #pinned: readonly ('app' | 'host')[]
  readonly #toPublicId: (senderId: string) => string
  readonly #known = new Map<string, Identity>()
  /** the secret ids of `#known` by their public ids */
  readonly #senderIds = new Map<string, string>()

  /**
   * @param access undefined where there are no secure addresses
   * @param pinned what is named after the key
   * @param hash of a secret id
   */
  constructor(
    access: ClientAccess | undefined,
    pinned: readonly ('app' | 'host')[] = [],
    hash = toPublicId
  ) {
    this.#access = access
    this.#pinned = pinned
    this.#toPublicId = hash
  }

  /** Number of ids that are known. */
  get size(): number {
    return this.#known.size
  }

  /**
   * Checks who says hello, and notes it.
   * @param senderId the secret id @param mode how the hello came
   * @returns the public id, and the hello with the names that are pinned
   * @throws ERR_ZMQ_PUB_KEY where the sender may not use this id, or not connect any more
   */
  hello(senderId: string, hello: Hello, mode: SecurityMode): { publicId: string; hello: Hello } {
    const { identity, hello: pinned } = this.#verify(senderId, hello, mode)
    return { publicId: this.#note(senderId, identity), hello: pinned }
  }

  /**
   * Checks who asks whether it could say hello, and notes nothing.
   * @returns the public id
   * @throws as `hello`
   */
  check(senderId: string, hello: Hello, mode: SecurityMode): string {
    this.#verify(senderId, hello, mode)
    return this.#toPublicId(senderId)
  }

  #verify(
    senderId: string,
    hello: Hello,
    mode: SecurityMode
  ): { identity: Omit<Identity, 'publicId'>; hello: Hello } {
    const known = this.#known.get(senderId)
    if (mode === 'plain') {
      if (known?.mode === 'secure') {
        throw refuse('the connection of a sender with a key must be secure, got a plain one')
      }
      const identity = { mode, key: undefined, proof: undefined }
      return { identity, hello: { ...hello, key: undefined, proofs: undefined } }
    }
    const { key, proofs = [] } = hello
    if (key === undefined) {
      throw refuse(
        'a hello over CURVE must prove its key, got none; install the same version of zmq-pub on both sides'
      )
    }
    // With allowAnyClient the name is a hash of the key's bytes.
    const name = isKey(key) ? this.#access?.nameOf(key) : undefined
    if (name === undefined)
      throw refuse(
        'the key of a sender must be in the list of authorized keys, got one that is not'
      )
    if (known?.mode === 'secure' && known.key !== key) {
      throw refuse('a sender must keep its key, got another one')
    }
    const isRepeated = known?.proof !== undefined && proofs.includes(known.proof)
    const proof = isRepeated ? known.proof : this.#findProof(senderId, key, proofs)
    return { identity: { mode, key, proof }, hello: this.#pin(hello, name) }
  }

  /**
   * Acks show public ids to everybody. Who finds another secret id with the same hash, in years of computing,
   * still doesn't speak for that sender.
   */
  #note(senderId: string, identity: Omit<Identity, 'publicId'>): string {
    const publicId = this.#known.get(senderId)?.publicId ?? this.#toPublicId(senderId)
    if ((this.#senderIds.get(publicId) ?? senderId) !== senderId) {
      throw refuse('the public id of a sender must be its own, got that of another one')
    }
    this.#senderIds.set(publicId, senderId)
    this.#known.set(senderId, { ...identity, publicId })
    return publicId
  }

  /**
   * Looks up the sender of a message that is no hello.
   * @returns the public id; undefined where it has said no hello to this process yet
   * @throws ERR_ZMQ_PUB_KEY where it may not be used so, or not any more
   */
  find(senderId: string, mode: SecurityMode): string | undefined {
    const known = this.#known.get(senderId)
    if (!known) return undefined
    if (known.mode !== mode) {
      throw refuse(`the connection of this sender must be ${known.mode}, got a ${mode} one`)
    }
    if (known.key !== undefined && this.#access?.nameOf(known.key) === undefined) {
      throw refuse(
        'the key of a sender must be in the list of authorized keys, got one that was removed'
      )
    }
    return known.publicId
  }

  /** Forgets ids. @param isKept by public id */
  keepOnly(isKept: (publicId: string) => boolean): void {
    for (const [senderId, { publicId }] of this.#known) {
      if (isKept(publicId)) continue
      this.#known.delete(senderId)
      this.#senderIds.delete(publicId)
    }
  }

  /** @throws ERR_ZMQ_PUB_KEY where none is right */
  #findProof(senderId: string, key: string, proofs: readonly string[]): string {
    const { serverKeyPair } = this.#access as ClientAccess
    const claim = {
      senderId: toIdBytes(senderId),
      clientKey: key,
      serverKey: serverKeyPair.publicKey
    }
    const rightMac = toHelloMac(toSharedSecret(serverKeyPair.secretKey, key), claim)
    const proof = proofs.find(text => isHelloMac(Buffer.from(text, 'base64url'), rightMac))
    if (proof !== undefined) return proof
    throw refuse('a hello over CURVE must prove its key, got a wrong proof')
  }

  #pin(hello: Hello, name: string): Hello {
    const pinned = Object.fromEntries(this.#pinned.map(member => [member, name]))
    return { ...hello, ...pinned, proofs: undefined }
  }
}

function refuse(what: string): ZmqPubError {
  return new ZmqPubError('ERR_ZMQ_PUB_KEY', what)
}
