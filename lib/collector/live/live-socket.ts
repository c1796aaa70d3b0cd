import { setImmediate as nextTurn } from 'node:timers/promises'
import { context as globalContext, XPublisher } from 'zeromq'
import { ZmqPubError } from '../../errors.ts'
import { openWhenPossible } from '../../util/descriptors.ts'
import { explainEndpointError } from '../../util/endpoint.ts'
import type { SecurityMode } from '../access/access.ts'
import { Bindings } from '../intake/bindings.ts'
import { handshakeMs, type SocketGuard } from '../intake/subscriber.ts'
import type { Watchers } from './watchers.ts'

/**
 * Messages that wait for one watcher that doesn't read, such as a stopped one; it misses further ones. With those of the greatest
 * length they take 40 MiB.
 */
export const sendHighWaterMark = 2048

/**
 * A frame from a watcher: a subscription, which libzmq keeps in memory, one node a byte. The longest filter fits, with
 * what ZMTP (10 bytes) and CURVE (33 bytes) add to it. Unit: bytes
 */
export const maxSubscriptionBytes = 4096

/** Frames that are read in one turn of the event loop. */
const framesPerTurn = 256
/** How often the files of ipc addresses are looked at. Unit: ms */
const checkMs = 5000

/** What a live socket tells its owner. */
export interface LiveSocketListener {
  /** Called when the file of an ipc address has gone. @param isRepaired false where another process listens there */
  onIpcFileLost(address: string, isRepaired: boolean): void
  /** Called while an address can't be bound again after all watchers were disconnected. */
  onCannotListen(address: string, why: string): void
  /** Called when all watchers were disconnected, as they had subscribed to too much. */
  onTooManySubscriptions(): void
}

/**
 * The XPUB socket of a collector's live records. What is sent never waits: a watcher whose connection is full misses it.
 */
export class LiveSocket {
  readonly mode: SecurityMode
  readonly #guard: SocketGuard | undefined
  readonly #watchers: Watchers
  readonly #listener: LiveSocketListener
  readonly #bindings = new Bindings()
  #socket: XPublisher
  #receiving: Promise<void> | undefined
  #cutting: Promise<void> | undefined
  #mustCutOff = false
  #checkTimer: NodeJS.Timeout | undefined
  #isClosed = false

  /**
   * Opens the socket at these addresses.
   * @param guard makes it a secure one
   * @throws ERR_ZMQ_PUB_ADDRESS where an address can't be bound
   */
  static async open(
    addresses: readonly string[],
    guard: SocketGuard | undefined,
    watchers: Watchers,
    listener: LiveSocketListener
  ): Promise<LiveSocket> {
    const socket = new LiveSocket(guard, watchers, listener)
    try {
      for (const address of addresses) await socket.#bind(address)
    } catch (error) {
      await socket.close()
      throw error
    }
    socket.#start()
    return socket
  }

  private constructor(
    guard: SocketGuard | undefined,
    watchers: Watchers,
    listener: LiveSocketListener
  ) {
    this.mode = guard ? 'secure' : 'plain'
    this.#guard = guard
    this.#watchers = watchers
    this.#listener = listener
    this.#socket = this.#openSocket()
  }

  /** Bound addresses, with their actual ports. */
  get addresses(): readonly string[] {
    return this.#bindings.addresses
  }

  /** Sends a message to those who have subscribed to it and have room for it. */
  publish(topic: string, text: string): void {
    if (this.#isClosed || this.#cutting) return
    // With a send timeout of 0 it is queued or dropped when the call returns.
    this.#socket.send([topic, text]).catch(() => undefined)
  }

  /** Disconnects all watchers, so that each is asked for its key again. Resolves when the addresses are bound again. */
  cutOff(): Promise<void> {
    this.#mustCutOff = true
    this.#cutting ??= this.#replaceSocket().finally(() => (this.#cutting = undefined))
    return this.#cutting
  }

  /** Binds ipc addresses anew whose file was deleted. */
  async checkIpcFiles(): Promise<void> {
    if (this.#cutting) return // which binds them anew, too
    for (const { address, isRepaired } of await this.#bindings.repairIpcFiles(this.#socket))
      this.#listener.onIpcFileLost(address, isRepaired)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#checkTimer)
    this.#socket.close()
    await this.#cutting
    this.#socket.close() // by now it may be another one
    await this.#receiving
  }

  #start(): void {
    this.#receiving = this.#receive(this.#socket)
    if (!this.#bindings.hasIpcFiles) return
    // What fails now, such as a folder that is gone, is tried again with the next check.
    const check = (): void => void this.checkIpcFiles().catch(() => undefined)
    this.#checkTimer = setInterval(check, checkMs).unref()
  }

  async #bind(address: string): Promise<void> {
    try {
      await this.#bindings.bind(this.#socket, address)
    } catch (error) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_ADDRESS',
        `cannot use ${address}: ${explainEndpointError(address, error)}`,
        { cause: error }
      )
    }
  }

  #openSocket(): XPublisher {
    // A zeromq constructor that throws on an option ends the process with SIGSEGV: set properties instead.
    const socket = new XPublisher({ context: this.#guard?.context ?? globalContext })
    socket.verbosity = 'allSubsUnsubs' // each, to know how many there are
    socket.maxMessageSize = maxSubscriptionBytes
    socket.sendHighWaterMark = sendHighWaterMark
    socket.sendTimeout = 0
    socket.linger = 0
    socket.handshakeInterval = handshakeMs
    socket.heartbeatInterval = 5000
    socket.heartbeatTimeout = 30_000
    this.#guard?.secure(socket)
    return socket
  }

  /** Reads subscriptions. */
  async #receive(socket: XPublisher): Promise<void> {
    try {
      for (let count = 1; ; count++) {
        const [frame] = await socket.receive()
        if (frame) this.#watchers.take(frame)
        if (this.#watchers.areTooMany) return this.#refuseAll()
        if (count % framesPerTurn === 0) await nextTurn()
      }
    } catch (error) {
      // close() ends a pending receive() with EAGAIN; anything else is a bug and must not be hidden
      if (!socket.closed) throw error
    }
  }

  #refuseAll(): void {
    this.#listener.onTooManySubscriptions()
    void this.cutOff()
  }

  /** As Subscriber does it: not by `unbind()`, by which libzmq may abort the process. */
  async #replaceSocket(): Promise<void> {
    while (this.#mustCutOff && !this.#isClosed) {
      this.#mustCutOff = false
      this.#socket.close()
      await this.#receiving
      this.#watchers.clear()
      if (this.#isClosed) return
      // The descriptors of the former socket become free some ms after it was closed.
      this.#socket = await openWhenPossible(() => this.#openSocket())
      this.#receiving = this.#receive(this.#socket)
      await this.#bindings.bindAgain(
        this.#socket,
        (address, why) => this.#listener.onCannotListen(address, why),
        () => this.#isClosed
      )
    }
  }
}
