import type { SecurityMode } from '../access/access.ts'
import {
  Subscriber,
  type SocketGuard,
  type SubscriberListener,
  type SubscriberOptions
} from './subscriber.ts'

/** Where a collector listens, and who guards it. */
export interface SubscribersOptions extends SubscriberOptions {
  /** plain addresses beside secure ones */
  bindPlain: readonly string[]
  /** makes the addresses of `bind` secure; what the others are is plain in any case */
  guard: SocketGuard | undefined
}

/** A collector's sockets: one for each security mode that its addresses have. */
export class Subscribers {
  readonly #all: readonly Subscriber[]

  /**
   * Opens them; see `Subscriber.open`.
   * @throws ERR_ZMQ_PUB_ADDRESS where an address can't be bound or connected to
   */
  static async open(options: SubscribersOptions): Promise<Subscribers> {
    const { bind, bindPlain, connect, topic, gateway, guard } = options
    const shared = { topic, gateway }
    if (!guard) return new Subscribers([await Subscriber.open({ bind, connect, ...shared })])
    const secure = await Subscriber.open({ bind, connect: [], ...shared }, guard)
    if (bindPlain.length + connect.length === 0) return new Subscribers([secure])
    try {
      return new Subscribers([
        secure,
        await Subscriber.open({ bind: bindPlain, connect, ...shared })
      ])
    } catch (error) {
      await secure.close()
      throw error
    }
  }

  private constructor(all: readonly Subscriber[]) {
    this.#all = all
  }

  /** Bound addresses, with their actual ports; secure ones first. */
  get addresses(): readonly { address: string; mode: SecurityMode }[] {
    return this.#all.flatMap(({ mode, addresses }) => addresses.map(address => ({ address, mode })))
  }

  /** Starts to receive. */
  receive(listener: SubscriberListener): void {
    for (const subscriber of this.#all) subscriber.receive(listener)
  }

  /** Sends one frame to every connected sender, whatever its mode. */
  sendUpstream(frame: Buffer): void {
    for (const subscriber of this.#all) subscriber.sendUpstream(frame)
  }

  /** Tells all senders that nothing more is taken. */
  unsubscribe(): void {
    for (const subscriber of this.#all) subscriber.unsubscribe()
  }

  /** Cuts all secure connections, so that each client is asked for its key again; plain ones stay. */
  async cutOff(): Promise<void> {
    for (const subscriber of this.#all) if (subscriber.mode === 'secure') await subscriber.cutOff()
  }

  /** Closes the sockets. Resolves when no more messages will be delivered. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map(subscriber => subscriber.close()))
  }
}
