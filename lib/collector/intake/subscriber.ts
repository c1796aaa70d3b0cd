import { setImmediate as nextTurn } from 'node:timers/promises'
import { XSubscriber } from 'zeromq'
import { ZmqPubError } from '../../errors.ts'
import {
  bindEndpoint,
  connectEndpoint,
  explainEndpointError,
  findIpcConflict,
  identifyIpcFile
} from '../../util/endpoint.ts'
import type { SecurityMode } from '../access/access.ts'
import { encodeSubscription, markerTopic } from '../../wire/frame.ts'
import { maxFrameBytes } from '../../wire/limits.ts'

/**
 * Messages that wait in the socket are received one after the other; zeromq.js takes a turn of the event
 * loop after 512. It is taken sooner, after this much or this long, so that files, timers and the memory
 * of messages that were handled have their turn whatever is sent. Unit: bytes
 */
const turnBytes = 8 * 1024 * 1024
/** Unit: ms */
const turnMs = 10

/** Where a subscriber listens or connects, and what it subscribes to. */
export interface SubscriberOptions {
  /** addresses such as `tcp://127.0.0.1:5558`; port `*` for any free one */
  bind: readonly string[]
  connect: readonly string[]
  /** prefixes of the topics to receive */
  topic: readonly string[]
}

/** Receives the messages of a subscriber. */
export interface SubscriberListener {
  /**
   * Called for each message, with how it came. Must not block and must not throw: that would end the receive
   * loop.
   */
  onMessage(frames: Buffer[], mode: SecurityMode): void
  /** Called when the file of an ipc address has gone. @param isRepaired false where another process listens there */
  onIpcFileLost(address: string, isRepaired: boolean): void
}

/** How often the files of ipc addresses are looked at. Unit: ms */
const checkMs = 5000

/** The XSUB socket of a collector: receives messages, and sends acks upstream on the same connections. */
export class Subscriber {
  readonly #socket: XSubscriber
  /** undefined until it receives */
  #listener: SubscriberListener | undefined
  readonly #addresses: string[] = []
  /** by ipc address, which file it was bound with */
  readonly #ipcFiles = new Map<string, string>()
  #checkTimer: NodeJS.Timeout | undefined
  #receiving: Promise<void> | undefined

  /**
   * Opens the socket and subscribes. Senders may connect; what they send waits in the socket until `receive` is
   * called.
   * @throws ERR_ZMQ_PUB_ADDRESS where an address can't be bound or connected to
   */
  static async open(options: SubscriberOptions): Promise<Subscriber> {
    const subscriber = new Subscriber()
    try {
      await subscriber.#start(options)
    } catch (error) {
      await subscriber.close()
      throw error
    }
    return subscriber
  }

  private constructor() {
    // A zeromq constructor that throws on an option ends the process with SIGSEGV: set properties instead.
    this.#socket = new XSubscriber()
    this.#socket.maxMessageSize = maxFrameBytes // libzmq closes the connection before it takes more
    this.#socket.sendTimeout = 0
    this.#socket.linger = 500 // so that the last acks are still sent
    this.#socket.heartbeatInterval = 5000
    this.#socket.heartbeatTimeout = 30_000
  }

  /** Bound addresses, with their actual ports. */
  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** Starts to receive. */
  receive(listener: SubscriberListener): void {
    this.#listener = listener
    this.#receiving = this.#receive(listener)
    if (this.#ipcFiles.size > 0) this.#checkTimer = this.#startChecks()
  }

  /** Sends one frame to every connected sender. It is dropped for a sender at its high-water mark. */
  sendUpstream(frame: Buffer): void {
    if (this.#socket.closed) return
    // With a send timeout of 0 it is queued or rejected when the call returns.
    this.#socket.send(frame).catch(() => undefined)
  }

  /** Binds ipc addresses anew whose file was deleted, as cleaners of /tmp do: no app could connect any more. */
  async checkIpcFiles(): Promise<void> {
    for (const [address, bound] of this.#ipcFiles) {
      if (identifyIpcFile(address) === bound) continue
      const isTaken = (await findIpcConflict(address)) !== undefined
      if (!isTaken) {
        await this.#socket.unbind(address)
        await this.#bind(address)
      }
      this.#listener?.onIpcFileLost(address, !isTaken)
    }
  }

  /** Closes the socket. Resolves when no more messages will be delivered. */
  async close(): Promise<void> {
    clearInterval(this.#checkTimer)
    this.#socket.close()
    await this.#receiving
  }

  async #start({ bind, connect, topic }: SubscriberOptions): Promise<void> {
    for (const prefix of [...topic.map(text => Buffer.from(text)), markerTopic]) {
      await this.#socket.send(encodeSubscription(prefix))
    }
    for (const address of bind) await this.#attach(address, () => this.#bind(address))
    for (const address of connect)
      await this.#attach(address, () => connectEndpoint(this.#socket, address))
    this.#addresses.length = bind.length
  }

  async #bind(address: string): Promise<void> {
    await bindEndpoint(this.#socket, address)
    const file = identifyIpcFile(address)
    if (file !== undefined) this.#ipcFiles.set(address, file)
  }

  #startChecks(): NodeJS.Timeout {
    // What fails now, such as a folder that is gone, is tried again with the next check.
    return setInterval(() => void this.checkIpcFiles().catch(() => undefined), checkMs).unref()
  }

  async #attach(address: string, attach: () => void | Promise<void>): Promise<void> {
    try {
      await attach()
    } catch (error) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_ADDRESS',
        `cannot use ${address}: ${explainEndpointError(address, error)}`,
        { cause: error }
      )
    }
    this.#addresses.push(this.#socket.lastEndpoint ?? address)
  }

  /** A socket polls only while a receive() is pending: this loop must never wait for long. */
  async #receive(listener: SubscriberListener): Promise<void> {
    try {
      for (;;) {
        const endsAt = performance.now() + turnMs
        for (let bytes = 0; bytes < turnBytes && performance.now() < endsAt;) {
          const frames = await this.#socket.receive()
          for (const { length } of frames) bytes += length
          listener.onMessage(frames, 'plain')
        }
        await nextTurn()
      }
    } catch (error) {
      // close() ends a pending receive() with EAGAIN; anything else is a bug and must not be hidden
      if (!this.#socket.closed) throw error
    }
  }
}
