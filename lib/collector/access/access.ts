/** Who may connect to a collector's secure addresses, and what is believed about them: docs/security.md. */
import { readKeyPairFile } from '../../curve/certificate-file.ts'
import type { KeyPair } from '../../curve/keys.ts'
import { AuthorizedKeys, type KeyChanges, type KeyNames } from './authorized-keys.ts'
import type { RefusalListener } from './refusal-reports.ts'
import { allowAnyClient, ZapHandler } from './zap-handler.ts'

export type { KeyNames } from './authorized-keys.ts'

/**
 * How a message came: over a connection with CURVE, whose key may connect, or over any other. A socket has
 * one mode, for zeromq.js doesn't tell from which of its connections a message came.
 */
export type SecurityMode = 'secure' | 'plain'

/** What the intake asks about a client that says which key it has. */
export interface ClientAccess {
  /** The collector's own keys: a hello proves the client's key with them. */
  readonly serverKeyPair: KeyPair
  /** @param publicKey as Z85 @returns the name of its owner; undefined where it may not connect, or not any more */
  nameOf(publicKey: string): string | undefined
}

/** Where the keys are. */
export interface AccessOptions {
  /** file with the collector's own key pair */
  curveSecretKey: string
  /** folder or file with the keys that may connect; undefined where there is no list */
  authorizedKeys: string | undefined
  /** every key may connect; its name is its fingerprint */
  allowAnyClient: boolean
}

/** Receives what happens. */
export interface AccessListener extends RefusalListener {
  /** The list was read again, and is not what it was. A key that has another name now is in `removed` and in `added`. */
  onChanged(changes: KeyChanges): void
  /** These may not connect any more, and `nameOf` doesn't know them: their connections are to be cut. */
  onRevoked(revoked: KeyNames): void
}

/** The keys of a collector and of its clients, and the handler that lets clients in. */
export class Access implements ClientAccess {
  readonly serverKeyPair: KeyPair
  /** Secures the sockets. */
  readonly gate: ZapHandler
  /** Of the files as they were at the start, one sentence each, without any key. */
  readonly warnings: readonly string[]
  readonly #keys: AuthorizedKeys | undefined
  readonly #nameOf: (publicKey: string) => string | undefined
  readonly #listener: AccessListener

  /**
   * Reads the keys, and answers libzmq from now on; changes of the list are noticed once `watch` was called.
   * @throws ERR_ZMQ_PUB_KEY where the collector's own keys or the list can't be read
   */
  static async open(options: AccessOptions, listener: AccessListener): Promise<Access> {
    const { value: serverKeyPair, warnings } = readKeyPairFile(options.curveSecretKey)
    const list =
      options.authorizedKeys === undefined ? undefined : AuthorizedKeys.read(options.authorizedKeys)
    const nameOf = options.allowAnyClient
      ? allowAnyClient
      : (publicKey: string) => list?.keys.nameOf(publicKey)
    const gate = await ZapHandler.open(nameOf, listener)
    return new Access({
      serverKeyPair,
      gate,
      keys: list?.keys,
      nameOf,
      warnings: [...warnings, ...(list?.warnings ?? [])],
      listener
    })
  }

  private constructor(parts: {
    serverKeyPair: KeyPair
    gate: ZapHandler
    keys: AuthorizedKeys | undefined
    nameOf: (publicKey: string) => string | undefined
    warnings: readonly string[]
    listener: AccessListener
  }) {
    this.serverKeyPair = parts.serverKeyPair
    this.gate = parts.gate
    this.warnings = parts.warnings
    this.#keys = parts.keys
    this.#nameOf = parts.nameOf
    this.#listener = parts.listener
  }

  nameOf(publicKey: string): string | undefined {
    return this.#nameOf(publicKey)
  }

  /** Reads the list again whenever it changes. */
  watch(): void {
    this.#keys?.watch(changes => this.#apply(changes))
  }

  /** Reads the list again now. */
  reread(): void {
    if (this.#keys) this.#apply(this.#keys.reread())
  }

  /** From now on nobody can connect. */
  async close(): Promise<void> {
    this.#keys?.unwatch()
    await this.gate.close()
  }

  #apply(changes: KeyChanges): void {
    const { added, removed, warnings } = changes
    if (added.size + removed.size + warnings.length === 0) return
    this.#listener.onChanged(changes)
    if (removed.size > 0) this.#listener.onRevoked(removed)
  }
}
