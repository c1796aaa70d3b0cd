import type { Logger } from 'pino'
import { Access, type ClientAccess, type SecurityMode } from './access/access.ts'
import type { GatewayMarker, SubscriberListener } from './intake/subscriber.ts'
import { Subscribers } from './intake/subscribers.ts'
import type { LiveFeed } from './live/live-feed.ts'
import type { LiveSocket } from './live/live-socket.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import { AccessReporter, type ReportedAddress } from './reporting/access-reporter.ts'

/** Options that take effect at the start only. */
export const entranceOptions = [
  'bind',
  'bindPlain',
  'connect',
  'from',
  'topic',
  'publish',
  'metrics',
  'ui',
  'uiName',
  'curveSecretKey',
  'authorizedKeys',
  'allowAnyClient',
  'pinNames'
] as const satisfies (keyof ResolvedCollectorOptions)[]

/** What an entrance is made of. */
interface EntranceParts {
  reporter: AccessReporter
  access: Access | undefined
  subscribers: Subscribers
  live: { socket: LiveSocket; feed: LiveFeed } | undefined
}

/** A collector's sockets, and who may connect to them. */
export class Entrance {
  readonly #options: ResolvedCollectorOptions
  readonly #reporter: AccessReporter
  readonly #access: Access | undefined
  readonly #subscribers: Subscribers
  readonly #live: EntranceParts['live']
  #isClosed = false

  /**
   * Reads the keys and opens the sockets.
   * @param gateway what a gateway announces to senders; undefined where the collector has a log of its own
   * @throws ERR_ZMQ_PUB_KEY, ERR_ZMQ_PUB_ADDRESS
   */
  static async open(
    options: ResolvedCollectorOptions,
    logger: Logger,
    gateway?: GatewayMarker
  ): Promise<Entrance> {
    const reporter = new AccessReporter(logger)
    const access =
      options.curveSecretKey === ''
        ? undefined
        : await Access.open(options, {
            onRefused: refusal => reporter.clientRefused(refusal),
            onMoreRefused: count => reporter.moreClientsRefused(count)
          })
    let subscribers: Subscribers | undefined
    try {
      subscribers = await Subscribers.open({ ...options, guard: access, gateway })
      const live = await openLive(options, access, reporter)
      return new Entrance(options, { reporter, access, subscribers, live })
    } catch (error) {
      await subscribers?.close()
      await access?.close()
      throw error
    }
  }

  private constructor(
    options: ResolvedCollectorOptions,
    { reporter, access, subscribers, live }: EntranceParts
  ) {
    this.#options = options
    this.#reporter = reporter
    this.#access = access
    this.#subscribers = subscribers
    this.#live = live
  }

  /** Who may connect to the secure addresses; undefined where there are none. */
  get access(): ClientAccess | undefined {
    return this.#access
  }

  /** Publishes records to who watches; undefined where the collector doesn't. */
  get live(): LiveFeed | undefined {
    return this.#live?.feed
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
        void this.#live?.socket.cutOff()
      }
    })
  }

  /** Logs where the collector listens, and what is wrong with the files of keys. */
  reportStart(): void {
    const { allowAnyClient, authorizedKeys, connect } = this.#options
    const toReported = (address: string, mode: SecurityMode): ReportedAddress => {
      return { address, mode: mode === 'secure' && allowAnyClient ? 'open' : mode }
    }
    const bound = this.#subscribers.addresses.map(({ address, mode }) => toReported(address, mode))
    const { mode, addresses } = this.#live?.socket ?? { mode: 'plain', addresses: [] }
    const publishing = addresses.map(address => toReported(address, mode))
    this.#reporter.started(bound, connect, publishing)
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

  /** Tells all senders that nothing more is taken. Acks can still be sent. */
  unsubscribe(): void {
    this.#subscribers.unsubscribe()
  }

  /** Resolves when no more messages will be delivered. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#live?.feed.close()
    await this.#live?.socket.close()
    await this.#subscribers.close()
    await this.#access?.close()
  }
}

/** Loaded only where it is asked for: each file takes a descriptor at the start. @throws ERR_ZMQ_PUB_ADDRESS */
async function openLive(
  { publish, pinNames, levelKey, messageKey }: ResolvedCollectorOptions,
  guard: Access | undefined,
  reporter: AccessReporter
): Promise<EntranceParts['live']> {
  if (publish.length === 0) return undefined
  const { LiveFeed } = await import('./live/live-feed.ts')
  const { LiveSocket } = await import('./live/live-socket.ts')
  const { Watchers } = await import('./live/watchers.ts')
  const watchers = new Watchers()
  const socket = await LiveSocket.open(publish, guard, watchers, {
    onIpcFileLost: (address, isRepaired) => reporter.ipcFileLost(address, isRepaired),
    onCannotListen: (address, why) => reporter.cannotListen(address, why),
    onTooManySubscriptions: () => reporter.tooManySubscriptions()
  })
  const feed = new LiveFeed({
    watchers,
    publish: (topic, text) => socket.publish(topic, text),
    now: Date.now,
    isAppPinned: pinNames.includes('app'),
    levelKey,
    messageKey
  })
  return { socket, feed }
}
