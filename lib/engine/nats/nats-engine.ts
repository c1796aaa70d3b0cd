import type { JetStreamClient, JetStreamManager, JsMsg, StreamInfo } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { toMessage, ZmqPubError } from '../../errors.ts'
import { idBytes } from '../../wire/id.ts'
import { maxEntryHeaderBytes } from '../entry.ts'
import type { Engine, EngineMessage, ReadListener, ReadMessage } from '../engine.ts'
import { connectNats, loadNats, type NatsModules } from './nats-connection.ts'
import type { NatsConnectOptions, NatsStreamOptions } from './nats-options.ts'
import { makeStream, streamNotFound, untilLeader } from './nats-setup.ts'
import { checkStream, toStreamConfig, toSubject } from './nats-stream.ts'

/** The connection's largest message must have room for a hello as a payload. Unit: bytes */
const leastPayloadBytes = 128 * 1024
/** A publish without an answer is tried again after this. Unit: ms */
const publishTimeoutMs = 5000
const retryMs = 500
/**
 * What one request for messages asks for at most: this much is in memory. A limit of bytes would be one of 100 messages, too, and the
 * client doesn't notice when these have come: it waits for seconds.
 */
const readMessages = 64
/** The same, where the largest messages are large. Unit: bytes */
const readBytes = 64 * 1024 * 1024
/** A request for messages ends after this, and the next one follows. Unit: ms */
const readExpiresMs = 5000
/** The engine forgets a reader that asks for nothing for this long. Unit: ns */
const readerIdleNs = 300_000_000_000

/** A stream of NATS JetStream as an engine. */
export class NatsEngine implements Engine {
  readonly id: string
  readonly partitions: number
  readonly maxPayloadBytes: number
  readonly #modules: NatsModules
  readonly #connection: NatsConnection
  readonly #js: JetStreamClient
  readonly #manager: JetStreamManager
  readonly #stream: string
  readonly #subject: string
  readonly #maxBytes: number
  /** grows with each connection that was lost: what was under way then is lost */
  #losses = 0
  /** of all who read: told of each connection that was lost, as the client says nothing until it has another one */
  readonly #onLoss = new Set<(error: Error) => void>()

  /** Connects a gateway, and makes the stream if there is none. @throws ERR_ZMQ_PUB_ENGINE */
  static openForGateway(options: NatsStreamOptions): Promise<NatsEngine> {
    return NatsEngine.#open(options, 'zmq-pub gateway', async manager => {
      const config = toStreamConfig(options)
      const info = await makeStream(manager, config)
      checkStream(info.config, options.replicas)
      const { subject, partitions } = options
      const { subjects } = info.config
      if (toSubject(subjects) === subject && subjects.length === partitions) return info
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_ENGINE',
        `the stream ${options.stream} exists with ${subjects.length} partitions of '${toSubject(subjects)}', and the options say ${partitions} of '${subject}': gateways of one stream must agree. Change partitions and subject, or choose another stream`
      )
    })
  }

  /** Connects a writer to a stream that a gateway has made. @throws ERR_ZMQ_PUB_ENGINE */
  static openForWriter(options: NatsConnectOptions): Promise<NatsEngine> {
    return NatsEngine.#open(options, 'zmq-pub writer', async manager => {
      const info = await manager.streams.info(options.stream)
      checkStream(info.config, 1)
      return info
    })
  }

  static async #open(
    options: NatsConnectOptions,
    name: string,
    findStream: (manager: JetStreamManager) => Promise<StreamInfo>
  ): Promise<NatsEngine> {
    const modules = await loadNats()
    const connection = await connectNats(modules, options, name)
    try {
      const manager = await modules.jetstream.jetstreamManager(connection, { checkAPI: false })
      const info = await untilLeader(() => findStream(manager))
      return new NatsEngine(modules, connection, manager, info)
    } catch (error) {
      await connection.close()
      if (error instanceof ZmqPubError) throw error
      const advice =
        (error as { code?: number }).code === streamNotFound
          ? 'start a gateway first: it makes the stream'
          : 'look into the log of nats-server, and at replicas and maxBytes'
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_ENGINE',
        `cannot use the stream ${options.stream}: ${toMessage(error)}; ${advice}`,
        { cause: error }
      )
    }
  }

  private constructor(
    modules: NatsModules,
    connection: NatsConnection,
    manager: JetStreamManager,
    { config, created }: Pick<StreamInfo, 'config' | 'created'>
  ) {
    this.#modules = modules
    this.#connection = connection
    this.#manager = manager
    this.#js = modules.jetstream.jetstream(connection, { timeout: publishTimeoutMs })
    this.#stream = config.name
    this.#subject = toSubject(config.subjects) ?? ''
    this.#maxBytes = config.max_bytes
    this.partitions = config.subjects.length
    this.id = toStreamId(config.name, created)
    this.maxPayloadBytes = toMaxPayload(connection.info?.max_payload ?? 0, config.max_msg_size)
    void this.#watch()
  }

  async publish({ partition, id, headers, payload }: EngineMessage): Promise<void> {
    const all = this.#modules.transport.headers()
    for (const [name, value] of Object.entries(headers)) all.set(name, value)
    await this.#js.publish(this.#toSubject(partition), payload, {
      msgID: id,
      headers: all,
      timeout: publishTimeoutMs
    })
  }

  async *read(
    partition: number,
    from: number,
    signal: AbortSignal,
    { onTrouble, onCaughtUp }: ReadListener
  ): AsyncGenerator<ReadMessage> {
    let next = from
    const onLoss = (error: Error): void => {
      if (!signal.aborted) onTrouble(error)
    }
    this.#onLoss.add(onLoss)
    try {
      while (!signal.aborted && !this.#connection.isClosed()) {
        try {
          for await (const message of this.#readOnce(partition, next, signal, onCaughtUp)) {
            next = message.seq + 1
            yield toReadMessage(message)
          }
        } catch (error) {
          if (signal.aborted) return
          onTrouble(error as Error)
          await delay(retryMs, undefined, { signal }).catch(() => undefined)
        }
      }
    } finally {
      this.#onLoss.delete(onLoss)
    }
  }

  async deleteBelow(partition: number, below: number): Promise<void> {
    if (this.#maxBytes <= 0) return
    const { state, created } = await this.#manager.streams.info(this.#stream)
    if (!this.#isOwn(created)) return
    const freeBytes = this.#maxBytes - state.bytes
    if (freeBytes > state.bytes && freeBytes > 2 * this.maxPayloadBytes) return
    await this.#manager.streams.purge(this.#stream, {
      filter: this.#toSubject(partition),
      seq: below
    })
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }

  /**
   * Reads until something was lost on the way, which shows in the numbers of the deliveries; ends then, or throws. The
   * engine sends each message once and expects no answer: the position is what says how far a reader is.
   */
  async *#readOnce(
    partition: number,
    from: number,
    signal: AbortSignal,
    onCaughtUp: () => void
  ): AsyncGenerator<JsMsg> {
    const losses = this.#losses
    await this.#refuseOther()
    const { name } = await this.#manager.consumers.add(this.#stream, {
      filter_subject: this.#toSubject(partition),
      deliver_policy: 'by_start_sequence',
      opt_start_seq: from,
      ack_policy: 'none',
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: readerIdleNs
    })
    try {
      const consumer = await this.#js.consumers.get(this.#stream, name)
      let delivered = 0
      while (!signal.aborted && losses === this.#losses) {
        const messages = await consumer.fetch({
          max_messages: this.#readMessages,
          expires: readExpiresMs
        })
        const before = delivered
        const stop = (): void => messages.stop()
        signal.addEventListener('abort', stop)
        try {
          for await (const message of messages) {
            if (message.info.deliverySequence !== delivered + 1) return
            delivered++
            yield message
          }
        } finally {
          signal.removeEventListener('abort', stop)
          messages.stop()
        }
        // What is lost as the last message shows in no later one.
        if (delivered !== before || signal.aborted) continue
        if ((await consumer.info()).delivered.consumer_seq !== delivered) return
        onCaughtUp()
      }
    } finally {
      this.#manager.consumers.delete(this.#stream, name).catch(() => undefined)
    }
  }

  /** In a stream that was made again, positions are those of other messages. */
  async #refuseOther(): Promise<void> {
    const { created } = await this.#manager.streams.info(this.#stream)
    if (this.#isOwn(created)) return
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_ENGINE',
      `the stream ${this.#stream} was deleted and made again; restart the writer to read it from its beginning`
    )
  }

  /** Whether a stream of this name that was made at this time is the one that was opened. */
  #isOwn(created: string): boolean {
    return toStreamId(this.#stream, created) === this.id
  }

  get #readMessages(): number {
    return Math.max(1, Math.min(readMessages, Math.floor(readBytes / this.maxPayloadBytes)))
  }

  #toSubject(partition: number): string {
    return `${this.#subject}.${partition}`
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type !== 'disconnect') continue
      this.#losses++
      const error = new Error('the connection to NATS is lost')
      for (const onLoss of this.#onLoss) onLoss(error)
    }
  }
}

/** The same for all who use a stream, and another one where a stream was deleted and made again: 8 bytes as latin1. */
function toStreamId(name: string, created: string): string {
  const hash = createHash('sha256').update(`zmq-pub stream ${name} ${created}`)
  return hash.digest().toString('latin1', 0, idBytes)
}

/** @throws ERR_ZMQ_PUB_ENGINE where a hello would not fit */
function toMaxPayload(ofServer: number, ofStream: number): number {
  const maxBytes = ofStream > 0 ? Math.min(ofServer, ofStream) : ofServer
  const payloadBytes = maxBytes - maxEntryHeaderBytes
  if (payloadBytes >= leastPayloadBytes) return payloadBytes
  const leastBytes = leastPayloadBytes + maxEntryHeaderBytes
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_ENGINE',
    `max_payload of nats-server and max_msg_size of the stream must be at least ${leastBytes} bytes, got ${maxBytes}; the default of nats-server, 1 MiB, is enough`
  )
}

function toReadMessage(message: JsMsg): ReadMessage {
  const { seq, data } = message
  const headers = readHeaders(message)
  return {
    position: seq,
    header: name => headers?.get(name) || undefined,
    payload: Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  }
}

/** @returns undefined where they can't be read: whoever may publish to the stream may have written them */
function readHeaders(message: JsMsg): JsMsg['headers'] {
  try {
    return message.headers
  } catch {
    return undefined
  }
}
