import { isUtf8 } from 'node:buffer'
import type { XPublisher } from 'zeromq'
import { ZmqPubError } from '../../errors.ts'
import { bindEndpoint, connectEndpoint, explainEndpointError } from '../../util/endpoint.ts'
import { hideKeys } from '../../util/hide-keys.ts'
import { setOptionQuietly } from '../../util/socket-option.ts'
import { maxUpstreamFrameBytes } from '../../wire/limits.ts'
import { decodeMarker } from '../../wire/marker.ts'
import { decodeSubscription } from '../../wire/subscription.ts'
import { loadZeromq } from '../../zeromq.ts'
import type { ResolvedTransportOptions } from '../options.ts'

/** What a publisher tells its owner; all are called from the event loop, one at a time. */
export interface PublisherListener {
  onSubscription(topic: Buffer): void
  /** @param left how many subscribers the topic still has */
  onUnsubscription(topic: Buffer, left: number): void
  /** An upstream message other than a subscription: acks. */
  onUpstream(frame: Buffer): void
}

/**
 * The high-water mark: messages that libzmq may hold for one connection; a connection that holds them is full, and records
 * wait in the send queue. It is set before the socket connects, and never again: libzmq 4.3.5 tells the other end of each
 * connection about a change, also of one that is just being ended, whose memory may be freed (SIGSEGV in `process_command`).
 */
const sendHighWaterMark = 512

/**
 * glibc gives freed memory back to the kernel as soon as there is 128 KiB of it, and the messages that
 * follow would have to wait for new pages. Once a piece of this size has been freed, it keeps twice as
 * much (mallopt(3), M_TRIM_THRESHOLD). No effect on other systems. Unit: bytes
 */
const keptBytes = 4 * 1024 * 1024

/** The subscribers of more topics aren't counted: such a topic counts as gone with the first of them. */
const maxCountedTopics = 100_000

/** ZMQ_EVENTS, and the bit that says that a message is there */
const zmqEvents = 15
const zmqPollIn = 1

/** Upstream frames that are read in one turn of the event loop. */
const framesPerTurn = 256

/** A method of zeromq's sockets that its types show only to subclasses. */
interface ReadableOptions {
  getInt32Option(option: number): number
}

/**
 * Whether a socket can be read, without a pending receive().
 *
 * A worker that is terminated (by thread-stream when a stream is collected, by a test runner, by
 * `process.exit()`) while a receive() or an event observer of zeromq 6.8.0 is pending takes the whole
 * process down with SIGABRT. So nothing is ever pending here: the socket is polled, at 0.6 µs a poll.
 * @throws the socket's error where it is closed
 */
function isReadable(socket: XPublisher): boolean {
  try {
    const options = socket as unknown as ReadableOptions
    return (options.getInt32Option(zmqEvents) & zmqPollIn) !== 0
  } catch (error) {
    // Interrupted by a signal, as a profiler sends them: the next look will tell.
    if ((error as NodeJS.ErrnoException).code === 'EINTR') return false
    throw error
  }
}

/** The XPUB socket of a transport: sends messages, and reads subscriptions and acks when it is told to look for them. */
export class Publisher {
  readonly #socket: XPublisher
  readonly #listener: PublisherListener
  /** as the socket's `closed`, which is a native call: see architecture.md */
  #isClosed = false
  #isReading = false
  readonly #isBinding: boolean
  readonly #addresses: readonly string[]
  /** one an address; none without encryption */
  readonly #serverKeys: readonly string[]
  /** how many subscribers each topic has, where the socket binds; topics as latin1 */
  readonly #subscribers = new Map<string, number>()
  /** the sum of them, without the marker */
  #subscriptions = 0

  /** Starts to connect, or binds. @throws ERR_ZMQ_PUB_ADDRESS where libzmq refuses an address, ERR_ZMQ_PUB_ZEROMQ */
  static async open(
    options: ResolvedTransportOptions,
    listener: PublisherListener
  ): Promise<Publisher> {
    const zeromq = await loadZeromq()
    // A zeromq constructor that throws on an option ends the process with SIGSEGV: properties are set instead.
    const publisher = new Publisher(new zeromq.XPublisher(), options, listener)
    try {
      for (const [index, address] of options.address.entries()) {
        await publisher.#attach(address, index)
      }
    } catch (error) {
      publisher.close(0)
      throw error
    }
    return publisher
  }

  private constructor(
    socket: XPublisher,
    options: ResolvedTransportOptions,
    listener: PublisherListener
  ) {
    this.#socket = socket
    this.#listener = listener
    this.#isBinding = options.bind
    this.#addresses = options.address
    this.#serverKeys = options.curve?.serverKeys ?? []
    Buffer.allocUnsafeSlow(keptBytes) // freed, untouched, by the next garbage collection
    // A restarted collector's subscription must be reported, too; and each end, to know how many there are.
    this.#socket.verbosity = 'allSubsUnsubs'
    this.#socket.maxMessageSize = maxUpstreamFrameBytes
    this.#socket.noDrop = true // EAGAIN at the high-water mark, never a silent drop
    this.#socket.sendTimeout = 0
    this.#socket.receiveTimeout = 0
    this.#socket.sendHighWaterMark = sendHighWaterMark
    this.#socket.linger = 0
    this.#socket.reconnectInterval = options.reconnectIntervalMs
    this.#socket.reconnectMaxInterval = options.reconnectMaxIntervalMs
    this.#socket.heartbeatInterval = options.heartbeatIntervalMs
    this.#socket.heartbeatTimeout = options.heartbeatTimeoutMs
    if (options.curve) {
      const { publicKey, secretKey } = options.curve.keyPair
      this.#socket.curvePublicKey = publicKey
      this.#socket.curveSecretKey = secretKey.reveal()
    }
  }

  /** Whether there may be more than one subscriber; one that takes several topics counts as several. */
  get hasSeveral(): boolean {
    return this.#isBinding ? this.#subscriptions > 1 : this.#addresses.length > 1
  }

  /**
   * Hands a message to libzmq.
   * @returns false where a subscriber's connection is full: no subscriber got it, try again later
   */
  async send(frames: (Buffer | string)[]): Promise<boolean> {
    try {
      await this.#socket.send(frames.map(toOwnedFrame))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false
      throw error
    }
  }

  /**
   * As `send`, but subscribers whose connections are full don't get it. libzmq passes them over from then
   * on, also in `send`, until they have read half of what waits for them.
   */
  async sendPastFull(frames: (Buffer | string)[]): Promise<void> {
    this.#setNoDrop(false)
    const sent = this.send(frames)
    this.#setNoDrop(true)
    await sent
  }

  /**
   * Connects anew. libzmq does it by itself where a connection is lost, but never after a breach of its
   * protocol: another program at the address, or one that sends too large a frame, would be the last.
   */
  reconnect(): void {
    if (this.#isBinding || this.#isClosed) return
    // All are disconnected first: libzmq keeps the address in memory of a connection that has ended by itself, and
    // takes a new one that got the same memory for it: it ends that one, or the process crashes.
    for (const address of this.#addresses) this.#socket.disconnect(address)
    for (const [index, address] of this.#addresses.entries()) this.#connect(address, index)
  }

  /** @param lingerMs how long libzmq may take to send what it holds */
  close(lingerMs: number): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.linger = lingerMs
    this.#socket.close()
  }

  async #attach(address: string, index: number): Promise<void> {
    try {
      if (this.#isBinding) await bindEndpoint(this.#socket, address)
      else this.#connect(address, index)
    } catch (error) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_ADDRESS',
        `cannot ${this.#isBinding ? 'bind' : 'connect to'} ${hideKeys(address)}: ${explainEndpointError(address, error)}`,
        { cause: error }
      )
    }
  }

  #connect(address: string, index: number): void {
    const serverKey = this.#serverKeys[index]
    connectEndpoint(this.#socket, address, () => {
      // libzmq takes it for the connections that are begun after this.
      if (serverKey !== undefined) {
        setOptionQuietly(() => (this.#socket.curveServerKey = serverKey))
      }
    })
  }

  #setNoDrop(noDrop: boolean): void {
    setOptionQuietly(() => (this.#socket.noDrop = noDrop))
  }

  /** Whether what subscribers have sent is being read. */
  get isReading(): boolean {
    return this.#isReading
  }

  /**
   * Reads what subscribers have sent, and gives it to the listener.
   * @returns undefined where there is nothing, or it is being read
   */
  look(): Promise<void> | undefined {
    return this.#isReading || !this.#canRead ? undefined : this.#read()
  }

  get #canRead(): boolean {
    return !this.#isClosed && isReadable(this.#socket)
  }

  async #read(): Promise<void> {
    this.#isReading = true
    for (let count = 1; ; count++) {
      // A peer that sends without end must not keep the worker from everything else.
      if (count % framesPerTurn === 0) await new Promise(resolve => setImmediate(resolve))
      const frame = await this.#receive()
      if (!frame) break
      this.#onFrame(frame)
      if (!this.#canRead) break
    }
    this.#isReading = false
  }

  /** @returns undefined where there was nothing to read after all: a rejection would end the worker */
  async #receive(): Promise<Buffer | undefined> {
    if (this.#isClosed) return undefined
    try {
      return (await this.#socket.receive())[0]
    } catch (error) {
      if (this.#isClosed || (error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
      throw error
    }
  }

  #onFrame(frame: Buffer): void {
    const subscription = decodeSubscription(frame)
    if (!subscription) return this.#listener.onUpstream(frame)
    const { isSubscribed, topic } = subscription
    const left = this.#countSubscriber(topic, isSubscribed ? 1 : -1)
    if (isSubscribed) this.#listener.onSubscription(topic)
    else this.#listener.onUnsubscription(topic, left)
  }

  /** @returns how many subscribers the topic has; a connecting socket isn't told when one is gone, and doesn't count */
  #countSubscriber(topic: Buffer, more: number): number {
    if (!this.#isBinding) return Math.max(0, more)
    const key = topic.toString('latin1')
    const before = this.#subscribers.get(key) ?? 0
    const count = Math.max(0, before + more)
    if (!decodeMarker(topic)) this.#subscriptions += count - before
    if (count === 0) this.#subscribers.delete(key)
    else if (before > 0 || this.#subscribers.size < maxCountedTopics)
      this.#subscribers.set(key, count)
    return count
  }
}

/**
 * zeromq lends a Buffer's memory to libzmq and takes it back on another thread, which crashes the
 * process where the worker has ended meanwhile; a string is copied, in the same time. Only bytes that
 * aren't UTF-8 are passed as they are.
 */
function toOwnedFrame(frame: Buffer | string): Buffer | string {
  const isShort = typeof frame === 'string' || frame.length <= copiedBytes
  return isShort || !isUtf8(frame) ? frame : frame.toString()
}

/** zeromq copies Buffers up to this size. Unit: bytes */
const copiedBytes = 128
