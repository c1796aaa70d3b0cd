import { Subscriber } from 'zeromq'
import { probeAll, type Finding, type Probe } from '../transport/connection/probe.ts'
import type { ResolvedTransportOptions } from '../transport/options.ts'
import { connectEndpoint } from '../util/endpoint.ts'
import { maxFrameBytes } from '../wire/limits.ts'
import { setOptionQuietly } from '../util/socket-option.ts'

/** Messages that wait until they are read. */
const receiveHighWaterMark = 10_000
/** A publisher answers by then; where none does, a probe finds out what is there instead. Unit: ms */
const probeAfterMs = 500
/** Pause before the next attempt after one that has failed. libzmq makes none after a refused key. Unit: ms */
const retryMs = 5000
/** Most time between two attempts of libzmq. Unit: ms */
const reconnectMaxMs = 2000

/** What happens to a connection. */
export interface TailListener {
  onMessage(topic: Buffer, text: Buffer): void
  onConnected(): void
  onLost(): void
  /** Called at each attempt that has failed. */
  onAbsent(finding: Finding): void
}

/** A subscription to one publisher, which is made again whenever it is lost. */
export class TailConnection {
  readonly #options: ResolvedTransportOptions
  readonly #address: string
  readonly #listener: TailListener
  readonly #socket = new Subscriber()
  #isConnected = false
  #timer: NodeJS.Timeout | undefined
  #probe: Pick<Probe, 'stop'> | undefined

  /**
   * Begins to connect.
   * @param options with one address, and keys
   * @param topics to subscribe to
   * @throws libzmq's error where the address can't be used
   */
  constructor(
    options: ResolvedTransportOptions,
    topics: readonly (string | Buffer)[],
    listener: TailListener
  ) {
    this.#options = options
    this.#address = options.address[0] ?? ''
    this.#listener = listener
    const socket = this.#socket
    socket.receiveHighWaterMark = receiveHighWaterMark
    socket.maxMessageSize = maxFrameBytes
    socket.reconnectInterval = 100
    socket.reconnectMaxInterval = reconnectMaxMs
    socket.heartbeatInterval = 5000
    socket.heartbeatTimeout = 30_000
    socket.linger = 0
    if (options.curve) {
      const { publicKey, secretKey } = options.curve.keyPair
      socket.curvePublicKey = publicKey
      socket.curveSecretKey = secretKey.reveal()
    }
    socket.subscribe(...topics)
    void this.#observe()
    this.#connect()
    void this.#receive()
    this.#timer = setTimeout(() => void this.#findOut(), probeAfterMs)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#probe?.stop()
    this.#socket.close()
  }

  #connect(): void {
    const [serverKey] = this.#options.curve?.serverKeys ?? []
    connectEndpoint(this.#socket, this.#address, () => {
      if (serverKey !== undefined) {
        setOptionQuietly(() => (this.#socket.curveServerKey = serverKey))
      }
    })
  }

  async #observe(): Promise<void> {
    for await (const { type } of this.#socket.events) {
      if (type === 'handshake') this.#onConnected()
      else if (type === 'disconnect' && this.#isConnected) this.#onLost()
    }
  }

  #onConnected(): void {
    this.#isConnected = true
    clearTimeout(this.#timer)
    this.#probe?.stop()
    this.#listener.onConnected()
  }

  #onLost(): void {
    this.#isConnected = false
    this.#listener.onLost()
    this.#timer = setTimeout(() => void this.#findOut(), probeAfterMs)
  }

  /** Says what is there in place of a publisher, and tries again. */
  async #findOut(): Promise<void> {
    const probe = probeAll(this.#options)
    this.#probe = probe
    const [finding] = await probe.found
    if (this.#isConnected || this.#socket.closed) return
    if (finding) this.#listener.onAbsent(finding)
    this.#timer = setTimeout(() => this.#tryAgain(), retryMs)
  }

  /** Needed where libzmq has given up, as after a refused key; otherwise it does no harm. */
  #tryAgain(): void {
    this.#socket.disconnect(this.#address)
    this.#connect()
    this.#timer = setTimeout(() => void this.#findOut(), probeAfterMs)
  }

  async #receive(): Promise<void> {
    try {
      for await (const [topic, text] of this.#socket) {
        if (topic && text) this.#listener.onMessage(topic, text)
      }
    } catch (error) {
      if (!this.#socket.closed) throw error
    }
  }
}
