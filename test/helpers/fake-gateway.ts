/** Gateways of a stream, as a transport sees them: sockets in the place of collectors, and an array in that of the engine. */
import type { Test } from 'tap'
import { XSubscriber } from 'zeromq'
import type { KeyPair } from '../../lib/curve/keys.ts'
import { encodeAcks } from '../../lib/wire/acks.ts'
import { decodeHello, type DroppedRange } from '../../lib/wire/hello.ts'
import { createId, toPublicId } from '../../lib/wire/id.ts'
import { encodeMarkers } from '../../lib/wire/marker.ts'
import { decodeMessage, type Message } from '../../lib/wire/message.ts'
import { encodeSubscription } from '../../lib/wire/subscription.ts'
import { findFreeAddress } from './free-address.ts'
import { waitFor } from './wait.ts'

/** The stream of an engine: what its gateways have published. */
export class FakeStream {
  readonly id = createId()
  /** lines by sender and number: a number that is published again must have the same line */
  readonly #lines = new Map<string, Map<number, string>>()
  /** what senders said that they have dropped */
  readonly dropped: DroppedRange[] = []
  readonly conflicts: string[] = []
  /** records, those that came again included */
  published = 0
  /** while a leader is elected nothing is published: it waits in the gateways */
  isElecting = false

  publish({ header: { senderId, first }, payload }: Message): void {
    const lines = this.#lines.get(senderId) ?? new Map<number, string>()
    this.#lines.set(senderId, lines)
    for (const [index, line] of payload.toString().split('\n').slice(0, -1).entries()) {
      this.published++
      const known = lines.get(first + index)
      if (known !== undefined && known !== line) this.conflicts.push(`${known} and ${line}`)
      lines.set(first + index, line)
    }
  }

  /** Whether a sender has said that it dropped these records. */
  isDropped(from: number, to: number): boolean {
    return this.dropped.some(range => range.from <= from && range.to >= to)
  }

  /** How many records the stream has, each once. */
  get count(): number {
    let count = 0
    for (const lines of this.#lines.values()) count += lines.size
    return count
  }

  /** What a writer makes of it: the lines of each sender in the order of their numbers. */
  readLines(): string[] {
    return [...this.#lines.values()].flatMap(lines =>
      [...lines].toSorted(([one], [other]) => one - other).map(([, line]) => line)
    )
  }
}

/** How a gateway differs from one that works. */
export interface GatewayOptions {
  address?: string
  maxMessageBytes?: number
  /** what it subscribes to, in the place of everything */
  topic?: string
  /** makes its address a secure one, to which any client may connect that knows the key */
  keys?: KeyPair
}

/** A gateway that takes what comes, and acknowledges it when it is published. */
export class FakeGateway {
  readonly address: string
  readonly stream: FakeStream
  readonly messages: Message[] = []
  /** takes what comes, and answers nothing */
  isSilent = false
  /** answers hellos, but publishes nothing */
  isStalled = false
  readonly #socket = new XSubscriber()
  /** by sender, up to where everything is published that came since its first hello */
  readonly #positions = new Map<string, number>()
  #waiting: Message[] = []
  readonly #timer: NodeJS.Timeout

  /** Opens it at a free address, or at the one of a gateway that was closed. */
  static async open(
    t: Test,
    stream: FakeStream,
    options: GatewayOptions = {}
  ): Promise<FakeGateway> {
    const gateway = new FakeGateway(stream, options.address ?? (await findFreeAddress()))
    t.teardown(() => gateway.close())
    await gateway.#bind(options)
    return gateway
  }

  private constructor(stream: FakeStream, address: string) {
    this.stream = stream
    this.address = address
    this.#timer = setInterval(() => this.#publish(), 20)
  }

  /** As if its process were killed. */
  close(): void {
    clearInterval(this.#timer)
    this.#socket.close()
  }

  /** Batches that it got. */
  get batches(): Message[] {
    return this.messages.filter(({ header }) => header.kind === 'batch')
  }

  /** Acknowledges a sender with any collector id. */
  ack(collectorId: string, senderId: string, seq: number): void {
    if (this.#socket.closed) return
    const acks = [{ senderId: toPublicId(senderId), seq }]
    this.#socket.send(encodeAcks(collectorId, acks)).catch(() => undefined)
  }

  async #bind({ maxMessageBytes, topic = '', keys }: GatewayOptions): Promise<void> {
    if (keys) {
      this.#socket.curveServer = true
      this.#socket.curveSecretKey = keys.secretKey.reveal()
    }
    this.#socket.linger = 0
    this.#socket.sendTimeout = 0
    const topics = [Buffer.from(topic), ...encodeMarkers(maxMessageBytes, this.stream.id)]
    for (const each of topics) await this.#socket.send(encodeSubscription(each))
    // A socket that was closed gives its port back a moment later.
    const bind = (): Promise<boolean> =>
      this.#socket.bind(this.address).then(
        () => true,
        () => false
      )
    await waitFor(bind, 'the port')
    void this.#receive()
  }

  async #receive(): Promise<void> {
    for await (const frames of this.#socket) {
      const message = decodeMessage(frames)
      if (!message) continue
      this.messages.push(message)
      if (!this.isSilent) this.#handle(message)
    }
  }

  #handle(message: Message): void {
    const { kind, senderId, first } = message.header
    if (kind === 'hello') {
      this.stream.dropped.push(...(decodeHello(message.payload)?.dropped ?? []))
      const position = this.#positions.get(senderId) ?? 0
      this.#positions.set(senderId, Math.max(position, first - 1))
      // What went through others it doesn't know: the sender must not take that for a loss.
      this.ack(this.stream.id, senderId, position)
    } else if (kind === 'batch' && this.#positions.has(senderId)) {
      this.#waiting.push(message)
      if (this.#waiting.length === 1) this.#publish()
    }
  }

  #publish(): void {
    if (this.stream.isElecting || this.isStalled) return
    const senders = new Set<string>()
    for (const message of this.#waiting) {
      const { senderId, first, count } = message.header
      const position = this.#positions.get(senderId) ?? 0
      if (first > position + 1 && !this.stream.isDropped(position + 1, first - 1)) continue // it comes again
      this.stream.publish(message)
      this.#positions.set(senderId, Math.max(position, first + count - 1))
      senders.add(senderId)
    }
    this.#waiting = []
    for (const senderId of senders) {
      this.ack(this.stream.id, senderId, this.#positions.get(senderId) ?? 0)
    }
  }
}
