import type { Logger } from 'pino'
import { Access, type ClientAccess } from './access/access.ts'
import type { SubscriberListener } from './intake/subscriber.ts'
import { Subscribers } from './intake/subscribers.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import { AccessReporter, type ReportedAddress } from './reporting/access-reporter.ts'

/** Options that take effect at the start only. */
export const entranceOptions = [
  'bind',
  'bindPlain',
  'connect',
  'topic',
  'metrics',
  'curveSecretKey',
  'authorizedKeys',
  'allowAnyClient',
  'pinNames'
] as const satisfies (keyof ResolvedCollectorOptions)[]

/** A collector's sockets, and who may connect to them. */
export class Entrance {
  readonly #options: ResolvedCollectorOptions
  readonly #reporter: AccessReporter
  readonly #access: Access | undefined
  readonly #subscribers: Subscribers
  #isClosed = false

  /**
   * Reads the keys and opens the sockets.
   * @throws ERR_ZMQ_PUB_KEY, ERR_ZMQ_PUB_ADDRESS
   */
  static async open(options: ResolvedCollectorOptions, logger: Logger): Promise<Entrance> {
    const reporter = new AccessReporter(logger)
    const access =
      options.curveSecretKey === ''
        ? undefined
        : await Access.open(options, {
            onRefused: refusal => reporter.clientRefused(refusal),
            onMoreRefused: count => reporter.moreClientsRefused(count)
          })
    try {
      const subscribers = await Subscribers.open({ ...options, guard: access })
      return new Entrance(options, reporter, access, subscribers)
    } catch (error) {
      await access?.close()
      throw error
    }
  }

  private constructor(
    options: ResolvedCollectorOptions,
    reporter: AccessReporter,
    access: Access | undefined,
    subscribers: Subscribers
  ) {
    this.#options = options
    this.#reporter = reporter
    this.#access = access
    this.#subscribers = subscribers
  }

  /** Who may connect to the secure addresses; undefined where there are none. */
  get access(): ClientAccess | undefined {
    return this.#access
  }

  /** Bound addresses, with their actual ports. */
  get addresses(): readonly string[] {
    return this.#subscribers.addresses.map(({ address }) => address)
  }

  /** How many clients were refused so far. */
  get refusedClients(): number {
    return this.#access?.refused ?? 0
  }

  /** Starts to receive, and to notice which keys are authorized. */
  receive(listener: Pick<SubscriberListener, 'onMessage' | 'onRoundEnd'>): void {
    this.#subscribers.receive({
      ...listener,
      onIpcFileLost: (address, isRepaired) => this.#reporter.ipcFileLost(address, isRepaired),
      onCannotListen: (address, why) => this.#reporter.cannotListen(address, why)
    })
    this.#access?.watch({
      onChanged: ({ added, removed, warnings }) =>
        this.#reporter.keysChanged(added, removed, warnings),
      onRevoked: (revoked, mayBeConnected) => {
        if (!mayBeConnected || this.#isClosed) return
        this.#reporter.cuttingOff(revoked)
        void this.#subscribers.cutOff()
      }
    })
  }

  /** Logs where the collector listens, and what is wrong with the files of keys. */
  reportStart(): void {
    const { allowAnyClient, authorizedKeys, connect } = this.#options
    const bound = this.#subscribers.addresses.map(({ address, mode }): ReportedAddress => {
      return { address, mode: mode === 'secure' && allowAnyClient ? 'open' : mode }
    })
    this.#reporter.started(bound, connect)
    if (!this.#access) return
    this.#reporter.keyWarnings(this.#access.warnings)
    if (authorizedKeys === '' && !allowAnyClient) this.#reporter.nobodyMayConnect()
  }

  /** Reads the authorized keys again now. */
  rereadKeys(): void {
    this.#access?.reread()
  }

  /** Sends one frame to every connected sender. */
  sendUpstream(frame: Buffer): void {
    this.#subscribers.sendUpstream(frame)
  }

  /** Resolves when no more messages will be delivered. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#subscribers.close()
    await this.#access?.close()
  }
}
