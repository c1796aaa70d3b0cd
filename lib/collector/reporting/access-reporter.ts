import type { Logger } from 'pino'
import { Throttle } from './throttle.ts'

/** Where a collector listens, and who can connect there: docs/security.md has the modes. */
export interface ReportedAddress {
  address: string
  mode: 'secure' | 'open' | 'plain'
}

/** There are keys of the collector, but nothing says who may connect. */
export const nobodyMayConnect =
  'no client can connect: give the keys of your apps (--authorized-keys DIR), or let every client connect that knows the public key of this collector (--allow-any-client)'

/** A client that was not let in. */
interface ReportedRefusal {
  /** a short hash of its key; undefined where it came without a valid one */
  fingerprint: string | undefined
  /** its IP */
  address: string
  reason: string
}

/** Keys and the names of their owners. */
type ReportedKeys = ReadonlyMap<string, string>

/** Most names or warnings that one message has. */
const maxShown = 20

/** Writes into the collector's own log where it listens, and who may connect. No message has a key. */
export class AccessReporter {
  readonly #logger: Logger
  readonly #throttle = new Throttle(() => performance.now())

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** @param bound addresses, with their actual ports @param publishing where records are published, in the same way */
  started(
    bound: readonly ReportedAddress[],
    connecting: readonly string[],
    publishing: readonly ReportedAddress[]
  ): void {
    for (const { address, mode } of bound) this.#logger.info({ address, mode }, 'listening')
    for (const address of connecting) this.#logger.info({ address }, 'connecting')
    for (const { address, mode } of publishing) this.#logger.info({ address, mode }, 'publishing')
  }

  /** Those who watch what is published have subscribed to so much that all were disconnected. */
  tooManySubscriptions(): void {
    const suppressed = this.#throttle.admit('subscriptions', '')
    if (suppressed === undefined) return
    this.#logger.warn(
      suppressed > 0 ? { suppressed } : {},
      'too many subscriptions at the addresses of publish: all watchers were disconnected'
    )
  }

  /** The file of an ipc address has gone. @param isRepaired false where another process listens there */
  ipcFileLost(address: string, isRepaired: boolean): void {
    const suppressed = this.#throttle.admit(`ipc ${isRepaired}`, address)
    if (suppressed === undefined) return
    const subject = { address, ...(suppressed > 0 && { suppressed }) }
    if (isRepaired) this.#logger.warn(subject, 'the socket file was deleted; listening again')
    else
      this.#logger.error(
        subject,
        'another process listens at this address: new apps connect to it instead of this collector'
      )
  }

  /** All connections of an address were cut, and it can't be bound again. */
  cannotListen(address: string, reason: string): void {
    const suppressed = this.#throttle.admit('listen', address)
    if (suppressed === undefined) return
    this.#logger.error(
      { address, reason, ...(suppressed > 0 && { suppressed }) },
      'cannot listen at this address any more; trying again'
    )
  }

  /** What is wrong with the files of keys, one sentence each. */
  keyWarnings(warnings: readonly string[]): void {
    for (const warning of warnings.slice(0, maxShown)) this.#logger.warn(warning)
    const more = warnings.length - maxShown
    if (more > 0) this.#logger.warn({ more }, 'more key files have problems')
  }

  /** There are keys of the collector, but nothing says who may connect. */
  nobodyMayConnect(): void {
    this.#logger.warn(nobodyMayConnect)
  }

  /** The list of keys was read again. */
  keysChanged(added: ReportedKeys, removed: ReportedKeys, warnings: readonly string[]): void {
    if (added.size + removed.size > 0) {
      this.#logger.info(
        { added: toNames(added), removed: toNames(removed) },
        'authorized keys have changed'
      )
    }
    this.keyWarnings(warnings)
  }

  /** Connections of revoked keys are cut. */
  cuttingOff(revoked: ReportedKeys): void {
    this.#logger.info(
      { revoked: toNames(revoked) },
      'closing all encrypted connections, to end those of revoked keys; the others reconnect'
    )
  }

  /** A client wasn't let in. The same one is told of once a minute. */
  clientRefused({ fingerprint, address, reason }: ReportedRefusal): void {
    this.#logger.warn({ fingerprint, address, reason }, 'client refused')
  }

  /** @param refused how many of the last minute were not told of */
  moreClientsRefused(refused: number): void {
    this.#logger.warn({ refused }, 'more clients refused')
  }
}

/** Names of owners, each once. */
function toNames(keys: ReportedKeys): string[] {
  return [...new Set(keys.values())].slice(0, maxShown)
}
