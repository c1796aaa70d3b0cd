import { hideKeys } from '../util/hide-keys.ts'
import type { Hello } from '../wire/hello.ts'
import type { Carrier } from './connection/carrier.ts'
import { Connection } from './connection/connection.ts'
import { FailoverConnection } from './connection/failover-connection.ts'
import { CounterEvents } from './counter-events.ts'
import type { EmitEvent, TransportEvents } from './events.ts'
import { LiveSender } from './live-sender.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { Replay } from './replay.ts'
import { AckWaiters } from './sender/ack-waiters.ts'
import type { Payload } from './sender/batch.ts'
import type { Sender } from './sender/sender.ts'

/** A collector that is running subscribes within this time. Unit: ms */
const connectMs = 1000
/** How long libzmq may go on sending after `close`, with a collector connected. Unit: ms */
const lingerMs = 500

/**
 * Delivers the records of one transport, and those in spools that earlier processes left, over one connection; knows
 * who waits for what, and how to end.
 */
export class Delivery {
  readonly emit: EmitEvent
  /** Called when records were delivered: there may be room. */
  onSpace: () => void = () => undefined
  readonly #options: ResolvedTransportOptions
  readonly #live: LiveSender
  readonly #connection: Carrier
  readonly #replay: Replay | undefined
  readonly #waiters: AckWaiters
  readonly #counterEvents: CounterEvents
  readonly #startedAt = performance.now()

  /** Opens the connection and the spool. @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(options: ResolvedTransportOptions, emit: EmitEvent): Promise<Delivery> {
    const waiters = new AckWaiters()
    let delivery: Delivery | undefined
    const live = new LiveSender(options, emit, () => {
      delivery?.onSpace()
      waiters.release(live.queue.start)
    })
    const connection = await openConnection(options, live.sender, emit)
    delivery = new Delivery(options, emit, live, connection, waiters)
    return delivery
  }

  private constructor(
    options: ResolvedTransportOptions,
    emit: EmitEvent,
    live: LiveSender,
    connection: Carrier,
    waiters: AckWaiters
  ) {
    this.#options = options
    this.emit = emit
    this.#live = live
    this.#connection = connection
    this.#waiters = waiters
    this.#counterEvents = new CounterEvents(options.countersMs, emit, () => this.#count())
    if (!options.spool) return
    live.checkSpool()
    this.#replay = new Replay(options, connection, live.identity, emit)
  }

  /** The name of the logger, else the root topic; '' as long as neither is known. */
  get app(): string {
    const { app, topic = '' } = this.#live.sender.hello
    return app || topic
  }

  /** Counts the records that are not delivered, in memory or in the spool of this process. */
  countRecords(): number {
    return this.#live.queue.countRecords()
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#live.queue.bytes
  }

  /** As Carrier's. */
  get isConnected(): boolean {
    return this.#connection.isConnected
  }

  /** For how long nothing was acknowledged. Unit: ms */
  get idleMs(): number {
    return performance.now() - Math.max(this.#startedAt, this.#live.sender.progressAt)
  }

  /** Changes what collectors are told about this app. */
  updateHello(known: Partial<Hello>): void {
    this.#live.updateHello(known)
  }

  /**
   * Takes what pino wrote, which leaves when it is due.
   * @param isLast as Batcher's
   * @returns whether there is enough for a batch: `sendFull` makes it
   */
  add(chunk: Payload, now: number, isLast?: boolean): boolean {
    const { queue } = this.#live
    if (this.#live.add(chunk, now, isLast)) this.#connection.pumpAt(queue.dueAt)
    return queue.isFull
  }

  /** Makes batches of what was added, as far as they are full, and starts to send what waits. */
  sendFull(): void {
    this.#live.queue.cut()
    this.#connection.pump()
  }

  /** Starts to send all whole records that were added. */
  sendOpen(): void {
    this.#live.queue.close()
    this.#connection.pump()
  }

  /** Starts to send all that was added: nothing follows. */
  sendLast(): void {
    this.#live.queue.closeLast()
    this.#connection.pump()
  }

  /** Sends what may be in flight, without waiting for anything: for a process that ends now. */
  sendNow(): void {
    this.#live.queue.closeLast()
    this.#connection.sendNow()
  }

  /** As LiveSender's. */
  enforceLimit(maxBytes: number): void {
    this.#live.enforceLimit(maxBytes)
  }

  /** Calls back when every record in a batch is delivered, at the latest after `timeoutMs`. */
  whenDelivered(callback: () => void, timeoutMs = this.#options.closeTimeoutMs): void {
    const { queue, sender } = this.#live
    if (queue.records === 0 || this.#connection.isRefused) return callback()
    const finish = (): void => {
      sender.awaitedSeq = this.#waiters.seq
      callback()
    }
    this.#waiters.add(queue.end - 1, finish, Math.min(timeoutMs, this.#options.closeTimeoutMs))
    sender.awaitedSeq = this.#waiters.seq
    this.#connection.pump() // to ask for the ack, and look for it
  }

  /**
   * As `whenDelivered`, but with a spool it doesn't wait for a collector that doesn't answer. A
   * collector gets `connectMs` to subscribe.
   */
  whenSafe(callback: () => void): void {
    const isSpoolEnough = !this.#connection.isConnected && this.#live.checkSpool()
    if (!isSpoolEnough) this.whenDelivered(callback)
    else if (this.#connection.isUnreachable) callback()
    else {
      this.whenDelivered(() => {
        if (this.#live.queue.records > 0 && this.#connection.isConnected)
          this.whenDelivered(callback)
        else callback()
      }, connectMs)
    }
  }

  /** Moves undelivered records to the spool; emits 'undelivered' with what is lost or spooled. */
  close(): void {
    const { drops, sender } = this.#live
    drops.close()
    this.#counterEvents.close()
    const why = this.#explainUndelivered()
    const { lostRecords: records, spooledRecords, end } = this.#live.spillAll()
    if (records + spooledRecords > 0) {
      this.emit('undelivered', { records, spooledRecords, totalDropped: drops.records, why })
    }
    this.#connection.sendFinal([
      sender.hello.dropped.length > 0 ? sender.toHello() : undefined,
      sender.toBye(end, !this.#live.wasSpoolUsed)
    ])
    this.#connection.close(this.#connection.isConnected ? lingerMs : 0)
    this.#replay?.close()
    this.#live.close()
  }

  #count(): TransportEvents['counters'] {
    const { queue, sender, drops } = this.#live
    return {
      queuedRecords: queue.countQueued(),
      sentRecords: queue.sentRecords,
      ackedRecords: sender.ackedRecords,
      droppedRecords: drops.records,
      heldRecords: queue.countRecords(),
      spooledRecords: queue.storedRecords,
      reconnects: this.#connection.reconnects
    }
  }

  #explainUndelivered(): string {
    if (this.#connection.isConnected) return 'not acknowledged in time'
    if (this.#connection.isRefused) return 'the collector receives only other topics'
    const { address: addresses, addressFrom } = this.#options
    const where = addresses.map(hideKeys).join(', ')
    const isDefault = addressFrom === 'default'
    return (
      this.#connection.refusal ??
      `no collector at ${where}${isDefault ? ', the default as no address is set' : ''}`
    )
  }
}

/** @throws ERR_ZMQ_PUB_ADDRESS */
function openConnection(
  options: ResolvedTransportOptions,
  live: Sender,
  emit: EmitEvent
): Promise<Carrier> {
  const Kind = options.mode === 'failover' ? FailoverConnection : Connection
  return Kind.open(options, [live], emit)
}
