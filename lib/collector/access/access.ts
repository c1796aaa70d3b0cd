/** Who may connect to a collector's secure addresses, and what is believed about them: docs/security.md. */
import type { Context, XPublisher, XSubscriber } from 'zeromq'
import { readKeyPairFile } from '../../curve/certificate-file.ts'
import type { KeyPair } from '../../curve/keys.ts'
import { toMessage } from '../../errors.ts'
import { AuthorizedKeys, type KeyChanges, type KeyNames } from './authorized-keys.ts'
import type { RefusalListener } from './refusal-reports.ts'
import { allowAnyClient, ZapHandler, type Authorize } from './zap-handler.ts'

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

const keyOption = '--curve-secret-key'

/** Where the keys are. */
export interface AccessPaths {
  /** file with the collector's own key pair */
  curveSecretKey: string
  /** folder or file with the keys that may connect; '' where there is no list */
  authorizedKeys: string
  /** every key may connect; its name is its fingerprint */
  allowAnyClient: boolean
}

/** Receives what happens to the list. */
export interface AccessListener {
  /** It was read again, and isn't what it was. A key that has another name now is in `removed` and in `added`. */
  onChanged(changes: KeyChanges): void
  /**
   * These may not connect any more, and `nameOf` doesn't know them.
   * @param mayBeConnected whether there may be connections to cut
   */
  onRevoked(revoked: KeyNames, mayBeConnected: boolean): void
}

/** The keys of a collector and of its clients, and the handler that lets clients in. */
export class Access implements ClientAccess {
  readonly serverKeyPair: KeyPair
  /** About the files as they were at the start, one sentence each, without any key. */
  readonly warnings: readonly string[]
  readonly #keys: AuthorizedKeys | undefined
  readonly #nameOf: Authorize
  readonly #handler: ZapHandler
  /** keys of the list that were let in */
  readonly #letIn: Set<string>
  #listener: AccessListener | undefined

  /**
   * Reads the keys, and answers libzmq from now on; changes of the list are noticed once `watch` was called.
   * @throws ERR_ZMQ_PUB_KEY where the collector's own keys or the list can't be read
   */
  static async open(paths: AccessPaths, listener: RefusalListener): Promise<Access> {
    const { keyPair, keys, warnings } = readKeys(paths)
    const nameOf: Authorize = paths.allowAnyClient ? allowAnyClient : key => keys?.nameOf(key)
    const letIn = new Set<string>()
    const authorize: Authorize = key => {
      const name = nameOf(key)
      if (keys && name !== undefined) letIn.add(key)
      return name
    }
    const handler = await ZapHandler.open(authorize, listener)
    return new Access({ keyPair, keys, warnings, nameOf, letIn, handler })
  }

  private constructor(
    parts: Keys & { nameOf: Authorize; letIn: Set<string>; handler: ZapHandler }
  ) {
    this.serverKeyPair = parts.keyPair
    this.warnings = parts.warnings
    this.#keys = parts.keys
    this.#nameOf = parts.nameOf
    this.#letIn = parts.letIn
    this.#handler = parts.handler
  }

  /** Sockets of this Context ask who may connect. */
  get context(): Context {
    return this.#handler.context
  }

  /** How many clients were refused so far. */
  get refused(): number {
    return this.#handler.counts.refused
  }

  /** Makes a socket of the Context one that lets only authorized clients in. To be called before it binds. */
  secure(socket: XSubscriber | XPublisher): void {
    this.#handler.secure(socket, this.serverKeyPair.secretKey)
  }

  nameOf(publicKey: string): string | undefined {
    return this.#nameOf(publicKey)
  }

  /** Reads the list again whenever it changes. */
  watch(listener: AccessListener): void {
    this.#listener = listener
    this.#keys?.watch(changes => this.#apply(changes))
  }

  /** Reads the list again now. */
  reread(): void {
    if (this.#keys) this.#apply(this.#keys.reread())
  }

  /** From now on nobody can connect. */
  async close(): Promise<void> {
    this.#keys?.unwatch()
    await this.#handler.close()
  }

  #apply(changes: KeyChanges): void {
    const { added, removed, warnings } = changes
    if (added.size + removed.size + warnings.length === 0) return
    this.#listener?.onChanged(changes)
    if (removed.size === 0) return
    let mayBeConnected = false
    for (const key of removed.keys()) if (this.#letIn.delete(key)) mayBeConnected = true
    this.#listener?.onRevoked(removed, mayBeConnected)
  }
}

/** What the files have. */
interface Keys {
  keyPair: KeyPair
  /** undefined where there is no list */
  keys: AuthorizedKeys | undefined
  warnings: readonly string[]
}

function readKeys({ curveSecretKey, authorizedKeys }: AccessPaths): Keys {
  const own = readKeyPairFile(curveSecretKey, keyOption)
  const keyPair = own.value
  if (authorizedKeys === '') return { keyPair, keys: undefined, warnings: own.warnings }
  const { keys, warnings } = AuthorizedKeys.read(authorizedKeys)
  return { keyPair, keys, warnings: [...own.warnings, ...warnings] }
}

/**
 * What would keep a collector from using its keys.
 * @returns messages with their codes
 */
export function findAccessProblems({ curveSecretKey, authorizedKeys }: AccessPaths): string[] {
  const problems: string[] = []
  const checks: [path: string, check: (path: string) => unknown][] = [
    [curveSecretKey, path => readKeyPairFile(path, keyOption)],
    [authorizedKeys, path => AuthorizedKeys.read(path)]
  ]
  for (const [path, check] of checks) {
    try {
      if (path !== '') check(path)
    } catch (error) {
      problems.push(toMessage(error))
    }
  }
  return problems
}

/** What a collector with these files would warn of at its start. The files must have no problems. */
export function findAccessWarnings(paths: AccessPaths): readonly string[] {
  return paths.curveSecretKey === '' ? [] : readKeys(paths).warnings
}
