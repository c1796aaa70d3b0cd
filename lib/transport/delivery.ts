import { accessSync, constants, mkdirSync } from 'node:fs'
import { createHello, type Hello } from '../wire/hello.ts'
import { hideKeys } from '../util/hide-keys.ts'
import { maxRecordBytes } from '../wire/limits.ts'
import { Connection } from './connection/connection.ts'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { DropCounter } from './drop-counter.ts'
import { LoggerNameReader } from './pino-config.ts'
import { toProof } from './proof.ts'
import { Replay } from './replay.ts'
import { AckWaiters } from './sender/ack-waiters.ts'
import type { Payload, RecordRange } from './sender/batch.ts'
import { maxInFlightBatches, maxInFlightBytes, SendQueue } from './sender/send-queue.ts'
import { countCollectors, Sender } from './sender/sender.ts'
import { createIdentity, type SpoolIdentity } from './spool/identity.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'
import { TroubleReporter } from './trouble-reporter.ts'

/** A collector that is running subscribes within this time. Unit: ms */
const connectMs = 1000
/** How long libzmq may go on sending after `close`, with a collector connected. Unit: ms */
const lingerMs = 500
/** The same trouble of the spool is reported again after this time. Unit: ms */
const troubleIntervalMs = 60_000

/**
 * Delivers the records of one transport: the sender with its queue, the spool for what memory can't
 * hold, and the replay of spools that earlier processes left, over one connection.
 */
export class Delivery {
  readonly emit: EmitEvent
  /** Called when records were delivered: there may be room. */
  onSpace: () => void = () => undefined
  readonly #options: ResolvedTransportOptions
  readonly #identity: SpoolIdentity
  readonly #sender: Sender
  readonly #spool: Spool | undefined
  readonly #trouble: TroubleReporter
  readonly #drops: DropCounter
  readonly #waiters = new AckWaiters()
  readonly #nameReader = new LoggerNameReader()
  readonly #startedAt = performance.now()
  #connection!: Connection
  #replay: Replay | undefined

  /** Opens the connection and the spool. @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(options: ResolvedTransportOptions, emit: EmitEvent): Promise<Delivery> {
    const delivery = new Delivery(options, emit)
    delivery.#connection = await Connection.open(options, delivery.#sender, emit)
    if (options.spool) delivery.#openSpool()
    return delivery
  }

  private constructor(options: ResolvedTransportOptions, emit: EmitEvent) {
    this.#options = options
    this.emit = emit
    this.#drops = new DropCounter(emit)
    this.#trouble = new TroubleReporter(emit, troubleIntervalMs)
    this.#identity = createIdentity(options.curve?.keyPair.publicKey)
    const { senderId } = this.#identity
    this.#spool = options.spool && new Spool(options.spool, this.#identity, this.#toSpoolOwner())
    this.#sender = new Sender({
      id: senderId,
      queue: new SendQueue(
        Math.min(maxInFlightBytes, options.maxBufferBytes / 2),
        maxInFlightBatches,
        this.#spool,
        {
          batchBytes: options.batchBytes,
          batchMs: options.batchMs,
          onTooLong: range => this.#countDrop(range, `record longer than ${maxRecordBytes} bytes`)
        }
      ),
      hello: {
        ...createHello(),
        topic: options.topic,
        ...pickKeys(options),
        ...toProof(senderId, options.curve)
      },
      stallMs: options.stallMs,
      maxCollectors: countCollectors(options),
      onTooLong: (range, why) => this.#countDrop(range, why),
      onProgress: () => this.#onProgress()
    })
  }

  #toSpoolOwner(): SpoolOwner {
    const hello = (): Hello => this.#sender.hello
    return {
      get hello() {
        return hello()
      },
      onDamage: range => this.#countDrop(range, 'spool damaged'),
      onTrouble: error => this.#trouble.report(error)
    }
  }

  /** Checks that the folder can be written, and starts to deliver what it holds. */
  #openSpool(): void {
    this.#checkSpool()
    this.#replay = new Replay(this.#options, this.#connection, this.#identity, this.emit)
  }

  /** @returns whether there is a spool that can be written, as far as that can be known */
  #checkSpool(): boolean {
    const { spool } = this.#options
    if (!spool || this.#spool?.isBroken) return false
    try {
      mkdirSync(spool.dir, { recursive: true })
      accessSync(spool.dir, constants.W_OK)
      return true
    } catch (error) {
      this.#trouble.report(error as Error)
      return false
    }
  }

  /** Counts the records that are not delivered, in memory or in the spool of this process. */
  countRecords(): number {
    return this.#queue.countRecords()
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#queue.bytes
  }

  /** As Connection's. */
  get isConnected(): boolean {
    return this.#connection.isConnected
  }

  /** For how long nothing was acknowledged. Unit: ms */
  get idleMs(): number {
    return performance.now() - Math.max(this.#startedAt, this.#sender.progressAt)
  }

  /** Changes what collectors are told about this app. */
  updateHello(known: Partial<Hello>): void {
    this.#sender.updateHello({ ...known, ...pickKeys(this.#options) })
  }

  /**
   * Takes what pino wrote, which leaves when it is due.
   * @returns whether there is enough for a batch: `sendFull` makes it
   */
  add(chunk: Payload): boolean {
    if (!this.#nameReader.isDone) this.#readName(chunk)
    if (this.#queue.add(chunk, performance.now())) this.#connection.pumpAt(this.#queue.dueAt)
    return this.#queue.isFull
  }

  /** Makes batches of what was added, as far as they are full, and starts to send what waits. */
  sendFull(): void {
    this.#queue.cut()
    this.#connection.pump()
  }

  /** Starts to send all whole records that were added. */
  sendOpen(): void {
    this.#queue.close()
    this.#connection.pump()
  }

  /** Starts to send all that was added: nothing follows. */
  sendLast(): void {
    this.#queue.closeLast()
    this.#connection.pump()
  }

  /** Sends what may be in flight, without waiting for anything: for a process that ends now. */
  sendNow(): void {
    this.#queue.closeLast()
    this.#connection.sendNow()
  }

  /** Brings memory below a size: unsent batches move to the spool, or the oldest records are dropped. */
  makeRoom(maxBytes: number): void {
    while (this.#queue.bytes > maxBytes && this.#queue.hasUnsent) {
      if (this.#queue.spill()) continue
      const dropped = this.#queue.dropOldest()
      if (!dropped) return
      this.#countDrop(dropped, this.#spool ? 'buffer and spool full' : 'buffer full')
    }
  }

  /** Calls back when every record in a batch is delivered, at the latest after `timeoutMs`. */
  whenDelivered(callback: () => void, timeoutMs = this.#options.closeTimeoutMs): void {
    if (this.#queue.records === 0 || this.#connection.isRefused) return callback()
    const finish = (): void => {
      this.#sender.awaitedSeq = this.#waiters.seq
      callback()
    }
    this.#waiters.add(
      this.#queue.end - 1,
      finish,
      Math.min(timeoutMs, this.#options.closeTimeoutMs)
    )
    this.#sender.awaitedSeq = this.#waiters.seq
    this.#connection.pump() // to ask for the ack, and look for it
  }

  /**
   * As `whenDelivered`, but with a spool it doesn't wait for a collector that doesn't answer. A
   * collector gets `connectMs` to subscribe.
   */
  whenSafe(callback: () => void): void {
    const isSpoolEnough = !this.#connection.isConnected && this.#checkSpool()
    if (!isSpoolEnough) this.whenDelivered(callback)
    else if (this.#connection.isUnreachable) callback()
    else {
      this.whenDelivered(() => {
        if (this.#queue.records > 0 && this.#connection.isConnected) this.whenDelivered(callback)
        else callback()
      }, connectMs)
    }
  }

  /** Moves undelivered records to the spool; emits 'undelivered' with what is lost or spooled. */
  close(): void {
    this.#drops.close()
    const why = this.#explainUndelivered()
    this.#queue.close()
    const { start, end, records: heldRecords } = this.#queue
    const lost = this.#queue.spillAll()
    for (const range of lost) this.#sender.announceDrop(range, 'undelivered when the app ended')
    const records = lost.reduce((sum, { count }) => sum + count, 0)
    const spooledRecords = heldRecords - records
    if (heldRecords > 0) {
      this.emit('undelivered', {
        records,
        spooledRecords,
        totalDropped: this.#drops.records,
        why
      })
    }
    const first = spooledRecords > 0 ? start : end
    this.#connection.sendFinal([
      this.#sender.hello.dropped.length > 0 ? this.#sender.toHello() : undefined,
      this.#sender.toBye(first, !this.#spool?.wasUsed)
    ])
    this.#connection.close(this.#connection.isConnected ? lingerMs : 0)
    this.#replay?.close()
    this.#spool?.close()
  }

  #onProgress(): void {
    this.onSpace()
    this.#waiters.release(this.#queue.start)
  }

  #readName(chunk: Payload): void {
    const app = this.#nameReader.read(chunk)
    if (app !== undefined && app !== '') this.updateHello({ app })
  }

  get #queue(): SendQueue {
    return this.#sender.queue
  }

  #countDrop(range: RecordRange, why: string): void {
    this.#sender.announceDrop(range, why)
    this.#drops.add(range.count, why)
  }

  #explainUndelivered(): string {
    if (this.#connection.isConnected) return 'not acknowledged in time'
    if (this.#connection.isRefused) return 'the collector takes other topics only'
    return (
      this.#connection.keyRefusal ??
      `no collector at ${this.#options.address.map(hideKeys).join(', ')}`
    )
  }
}

/** The members that options name; they win over what pino tells of the logger. */
function pickKeys(options: ResolvedTransportOptions): Partial<Hello> {
  const names = ['levelKey', 'timeKey', 'messageKey'] as const
  const given = names.filter(name => options[name] !== undefined)
  return Object.fromEntries(given.map(name => [name, options[name]]))
}
