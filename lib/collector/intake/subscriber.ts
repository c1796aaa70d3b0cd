import { XSubscriber } from 'zeromq'
import { toMessage, ZmqPubError } from '../../errors.ts'
import { encodeSubscription, markerTopic } from '../../wire/frame.ts'

export interface SubscriberOptions {
  bind: readonly string[]
  connect: readonly string[]
  /** prefixes of the topics to receive */
  topic: readonly string[]
}

/** What a receiver tells its owner. */
export interface SubscriberListener {
  /** Must return soon, and must not throw: the loop that calls it never stops. */
  onMessage(frames: Buffer[]): void
}

/** The XSUB socket of a collector: receives data, sends acks upstream on the same connections. */
export class Subscriber {
  readonly #socket: XSubscriber
  readonly #listener: SubscriberListener
  readonly #addresses: string[] = []
  #receiving: Promise<void> | undefined

  /** @throws ERR_ZMQ_PUB_ADDRESS where a port is in use or an address can't be had */
  static async open(options: SubscriberOptions, listener: SubscriberListener): Promise<Subscriber> {
    const receiver = new Subscriber(listener)
    try {
      await receiver.#start(options)
    } catch (error) {
      await receiver.close()
      throw error
    }
    return receiver
  }

  private constructor(listener: SubscriberListener) {
    this.#listener = listener
    // A zeromq constructor that throws on an option ends the process with SIGSEGV: set properties instead.
    this.#socket = new XSubscriber()
    this.#socket.sendTimeout = 0
    this.#socket.linger = 500 // the last acks may leave
    this.#socket.heartbeatInterval = 5000
    this.#socket.heartbeatTimeout = 30_000
  }

  /** Where it listens, with real ports. */
  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** Sends one frame to every connected sender; dropped for a sender whose pipe is full. */
  sendUpstream(frame: Buffer): void {
    if (this.#socket.closed) return
    // With a send timeout of 0 it is done, or refused, when the call returns.
    this.#socket.send(frame).catch(() => undefined)
  }

  /** Stops receiving; what was handed over stays handed over. */
  async close(): Promise<void> {
    this.#socket.close()
    await this.#receiving
  }

  async #start({ bind, connect, topic }: SubscriberOptions): Promise<void> {
    for (const prefix of [...topic.map(text => Buffer.from(text)), markerTopic]) {
      await this.#socket.send(encodeSubscription(prefix))
    }
    for (const address of bind) await this.#attach(address, () => this.#socket.bind(address))
    for (const address of connect) await this.#attach(address, () => this.#socket.connect(address))
    this.#addresses.length = bind.length
    this.#receiving = this.#receive()
  }

  async #attach(address: string, attach: () => void | Promise<void>): Promise<void> {
    try {
      await attach()
    } catch (error) {
      const hint =
        (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
          ? 'the port is in use; stop the other program or choose another port with --bind'
          : toMessage(error)
      throw new ZmqPubError('ERR_ZMQ_PUB_ADDRESS', `cannot use ${address}: ${hint}`, {
        cause: error
      })
    }
    this.#addresses.push(this.#socket.lastEndpoint ?? address)
  }

  /** A socket polls only while a receive() is pending: this loop must never wait for anything else. */
  async #receive(): Promise<void> {
    try {
      for (;;) this.#listener.onMessage(await this.#socket.receive())
    } catch (error) {
      // close() ends a pending receive() with EAGAIN; anything else is a defect and must be seen
      if (!this.#socket.closed) throw error
    }
  }
}
