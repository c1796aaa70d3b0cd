import { setImmediate as nextTurn, setTimeout } from 'node:timers/promises'
import { context as globalContext, type Context, type XPublisher, type XSubscriber } from 'zeromq'
import { ZmqPubError } from '../../errors.ts'
import { openWhenPossible } from '../../util/descriptors.ts'
import { connectEndpoint, explainEndpointError } from '../../util/endpoint.ts'
import { noteReceived } from '../../util/heap-growth.ts'
import { maxFrameBytes } from '../../wire/limits.ts'
import { encodeMarkers } from '../../wire/marker.ts'
import { encodeSubscription, encodeUnsubscription } from '../../wire/subscription.ts'
import type { SecurityMode } from '../access/access.ts'
import { Bindings } from './bindings.ts'
import { isEmpty, openCopyingSubscriber } from './copying-subscriber.ts'

/**
 * A round ends after this much or this long, so that files, timers and the memory of messages that were
 * handled have their turn of the event loop whatever is sent. Unit: bytes
 */
const turnBytes = 8 * 1024 * 1024
/** Unit: ms */
const turnMs = 10

/** A round begins this long after the one before, so that small messages share a wake-up, a write and an ack. Unit: ms */
const roundMs = 10
/** The same after a round with more messages than `manyMessages`: of many apps, each of which gathers as long. Unit: ms */
const longRoundMs = 25
const manyMessages = 16
/** After a round with more than this the next one begins at once. Unit: bytes */
const busyBytes = 128 * 1024

/** Where a subscriber listens or connects, and what it subscribes to. */
export interface SubscriberOptions {
  /** addresses such as `tcp://127.0.0.1:5558`; port `*` for any free one */
  bind: readonly string[]
  connect: readonly string[]
  /** prefixes of the topics to receive */
  topic: readonly string[]
  /** what a gateway announces; undefined where the collector has a log of its own */
  gateway?: GatewayMarker | undefined
}

/** What the marker of a gateway says. */
export interface GatewayMarker {
  /** the id of its stream, 8 bytes as latin1, with which it acknowledges: see Marker */
  streamId: string
  /** The largest frame that it takes. A batch's payload has up to `maxHeadBytes` less. Unit: bytes */
  maxMessageBytes: number
}

/** Decides who may connect to a socket. */
export interface SocketGuard {
  /** to which the socket must belong */
  readonly context: Context
  /** Called before the socket is bound. */
  secure(socket: XSubscriber | XPublisher): void
}

/** Receives the messages of a subscriber. */
export interface SubscriberListener {
  /**
   * Called for each message, with how it came. Must not block and must not throw: that would end the receive
   * loop.
   */
  onMessage(frames: Buffer[], mode: SecurityMode): void
  /** Called when all messages that had come are handled: what they have left to be done together is done now. */
  onRoundEnd(): void
  /** Called when the file of an ipc address has gone. @param isRepaired false where another process listens there */
  onIpcFileLost(address: string, isRepaired: boolean): void
  /** Called while an address can't be bound again after all connections were cut; it is tried until it can. */
  onCannotListen(address: string, why: string): void
}

/**
 * How long a handshake may take. With libzmq's 30 s connections that say nothing would pile up, each with a file
 * descriptor. A thousand clients that connect at once are through in far less (test/long). Unit: ms
 */
export const handshakeMs = 10_000

/**
 * Connections that may wait to be accepted. With libzmq's 100 some of a thousand clients that connect at
 * once would try again only after seconds.
 */
const backlog = 4096

/** How often the files of ipc addresses are looked at. Unit: ms */
const checkMs = 5000

/** An XSUB socket of a collector: receives messages, and sends acks upstream on the same connections. */
export class Subscriber {
  /** how all of its messages come */
  readonly mode: SecurityMode
  readonly #guard: SocketGuard | undefined
  readonly #topics: readonly Buffer[]
  readonly #bindings = new Bindings()
  #socket: XSubscriber
  /** undefined until it receives */
  #listener: SubscriberListener | undefined
  #checkTimer: NodeJS.Timeout | undefined
  #receiving: Promise<void> | undefined
  #isClosed = false
  #mustCutOff = false
  #cutting: Promise<void> | undefined

  /**
   * Opens the socket and subscribes. Senders may connect; what they send waits in the socket until `receive` is
   * called.
   * @param guard makes it a secure one
   * @throws ERR_ZMQ_PUB_ADDRESS where an address can't be bound or connected to
   */
  static async open(options: SubscriberOptions, guard?: SocketGuard): Promise<Subscriber> {
    const subscriber = new Subscriber(options, guard)
    try {
      await subscriber.#start(options)
    } catch (error) {
      await subscriber.close()
      throw error
    }
    return subscriber
  }

  private constructor({ topic, gateway }: SubscriberOptions, guard: SocketGuard | undefined) {
    this.mode = guard ? 'secure' : 'plain'
    this.#guard = guard
    const markers = encodeMarkers(gateway?.maxMessageBytes, gateway?.streamId)
    this.#topics = [...topic.map(text => Buffer.from(text)), ...markers]
    this.#socket = this.#openSocket()
  }

  /** Bound addresses, with their actual ports. */
  get addresses(): readonly string[] {
    return this.#bindings.addresses
  }

  /** Starts to receive. */
  receive(listener: SubscriberListener): void {
    this.#listener = listener
    this.#receiving = this.#receive(this.#socket, listener)
    if (this.#bindings.hasIpcFiles) this.#checkTimer = this.#startChecks()
  }

  /** Sends one frame to every connected sender. It is dropped for a sender at its high-water mark. */
  sendUpstream(frame: Buffer): void {
    if (this.#socket.closed) return
    // With a send timeout of 0 it is queued or rejected when the call returns.
    this.#socket.send(frame).catch(() => undefined)
  }

  /** Tells all senders that nothing more is taken: those that know another gateway change to it at once. */
  unsubscribe(): void {
    for (const topic of this.#topics) this.sendUpstream(encodeUnsubscription(topic))
  }

  /** Binds ipc addresses anew whose file was deleted, as cleaners of /tmp do: no app could connect any more. */
  async checkIpcFiles(): Promise<void> {
    if (this.#cutting) return // which binds them anew, too
    for (const { address, isRepaired } of await this.#bindings.repairIpcFiles(this.#socket))
      this.#listener?.onIpcFileLost(address, isRepaired)
  }

  /**
   * Cuts all connections. libzmq asks the guard once a connection, so who may not connect any more stays
   * connected until then; the others connect again by themselves. What was received is delivered, what is
   * under way is lost: transports send it again. Resolves when the addresses are bound again.
   */
  cutOff(): Promise<void> {
    this.#mustCutOff = true
    this.#cutting ??= this.#replaceSocket().finally(() => (this.#cutting = undefined))
    return this.#cutting
  }

  /** Closes the socket. Resolves when no more messages will be delivered. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#checkTimer)
    this.#socket.close()
    await this.#cutting
    this.#socket.close() // by now it may be another one
    await this.#receiving
  }

  /**
   * With another socket. Not by `unbind()`: zeromq.js runs that on another thread, and while a `receive()` is pending
   * libzmq aborts the process, one in 60 times.
   */
  async #replaceSocket(): Promise<void> {
    while (this.#mustCutOff && !this.#isClosed) {
      this.#mustCutOff = false // a key that is revoked from now on may belong to a new connection
      this.#socket.close()
      await this.#receiving
      if (this.#isClosed) return
      // The descriptors of the former socket become free some ms after it was closed.
      this.#socket = await openWhenPossible(() => this.#openSocket())
      await this.#subscribe()
      if (this.#listener) this.#receiving = this.#receive(this.#socket, this.#listener)
      await this.#bindings.bindAgain(
        this.#socket,
        (address, why) => this.#listener?.onCannotListen(address, why),
        () => this.#isClosed
      )
    }
  }

  #openSocket(): XSubscriber {
    // A zeromq constructor that throws on an option ends the process with SIGSEGV: set properties instead.
    const socket = openCopyingSubscriber(this.#guard?.context ?? globalContext)
    socket.maxMessageSize = maxFrameBytes // libzmq closes the connection before it takes more
    socket.handshakeInterval = handshakeMs
    socket.backlog = backlog
    socket.sendTimeout = 0
    socket.linger = 500 // so that the last acks are still sent
    socket.heartbeatInterval = 5000
    socket.heartbeatTimeout = 30_000
    this.#guard?.secure(socket)
    return socket
  }

  async #start({ bind, connect }: SubscriberOptions): Promise<void> {
    await this.#subscribe()
    for (const address of bind)
      await attach(address, () => this.#bindings.bind(this.#socket, address))
    for (const address of connect)
      await attach(address, () => connectEndpoint(this.#socket, address))
  }

  async #subscribe(): Promise<void> {
    for (const prefix of this.#topics) await this.#socket.send(encodeSubscription(prefix))
  }

  #startChecks(): NodeJS.Timeout {
    // What fails now, such as a folder that is gone, is tried again with the next check.
    return setInterval(() => void this.checkIpcFiles().catch(() => undefined), checkMs).unref()
  }

  /**
   * Receives in rounds. The first message after a silence is waited for, and handled at once; what comes soon after
   * it is received together. During a pause the close of the socket is noticed when it is over.
   */
  async #receive(socket: XSubscriber, listener: SubscriberListener): Promise<void> {
    let startedAt = Number.NEGATIVE_INFINITY
    try {
      for (;;) {
        const first = await socket.receive()
        const formerAt = startedAt
        startedAt = performance.now()
        let round = await this.#receiveRound(socket, listener, first)
        // One message alone, as a single app sends one in 25 ms: a pause would only be one more wake-up.
        if (round.bytes <= busyBytes && startedAt - formerAt > roundMs) continue
        while (round.messages > 0) {
          const intervalMs = round.messages > manyMessages ? longRoundMs : roundMs
          if (round.bytes > busyBytes) await nextTurn()
          else await setTimeout(intervalMs - (performance.now() - startedAt))
          startedAt = performance.now()
          round = await this.#receiveRound(socket, listener)
        }
      }
    } catch (error) {
      // close() ends a pending receive() with EAGAIN; anything else is a bug and must not be hidden
      if (!socket.closed) throw error
    } finally {
      listener.onRoundEnd()
    }
  }

  /** Handles what has come. @returns how much it was */
  async #receiveRound(
    socket: XSubscriber,
    listener: SubscriberListener,
    first?: Buffer[]
  ): Promise<{ messages: number; bytes: number }> {
    const startedAt = performance.now()
    const endsAt = startedAt + turnMs
    let bytes = first ? this.#handle(first, listener) : 0
    let messages = first ? 1 : 0
    // With a timeout zeromq.js asks libzmq before each receive() whether it can be read, by two system calls.
    socket.receiveTimeout = 0
    try {
      while (bytes < turnBytes && performance.now() < endsAt) {
        bytes += this.#handle(await socket.receive(), listener)
        messages++
      }
    } catch (error) {
      if (!isEmpty(socket, error)) throw error
    }
    if (!socket.closed) socket.receiveTimeout = -1
    if (messages > 0) listener.onRoundEnd()
    noteReceived(bytes, messages, startedAt)
    return { messages, bytes }
  }

  /** @returns the size of the message */
  #handle(frames: Buffer[], listener: SubscriberListener): number {
    let bytes = 0
    for (const { length } of frames) bytes += length
    listener.onMessage(frames, this.mode)
    return bytes
  }
}

async function attach(address: string, act: () => void | Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_ADDRESS',
      `cannot use ${address}: ${explainEndpointError(address, error)}`,
      { cause: error }
    )
  }
}
