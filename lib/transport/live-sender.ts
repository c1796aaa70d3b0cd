import { accessSync, constants } from 'node:fs'
import { toMessage } from '../errors.ts'
import { createHello, type Hello } from '../wire/hello.ts'
import { maxRecordBytes } from '../wire/limits.ts'
import { DropCounter } from './drop-counter.ts'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { LoggerNameReader } from './pino-config.ts'
import { toProof } from './proof.ts'
import type { Payload, RecordRange } from './sender/batch.ts'
import { maxInFlightBatches, maxInFlightBytes, SendQueue } from './sender/send-queue.ts'
import { Sender, toCollectorOptions } from './sender/sender.ts'
import { makeSpoolFolder } from './spool/file-names.ts'
import { createIdentity, type SpoolIdentity } from './spool/identity.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'
import { TroubleReporter } from './trouble-reporter.ts'

/** The same trouble of the spool is reported again after this time. Unit: ms */
const troubleIntervalMs = 60_000

/** What becomes of records without the folder, and what to do. */
const spoolAdvice =
  'records that memory cannot hold, or that are undelivered at the end, are lost without the folder: ' +
  'let this user create it and write to it, or set another folder (option spool, or ZMQ_PUB_SPOOL)'

/** At full speed several batches leave together, as they then wake each thread on their way once. Unit: bytes */
const maxGatherBytes = 1024 * 1024
const maxGatheredBatches = 4

/** What became of the records that were held at the end. */
export interface Remains {
  /** neither delivered nor in the spool */
  lostRecords: number
  spooledRecords: number
  /** sequence number from which on this process will send nothing */
  end: number
}

/** The sender of this process's records, with its queue, its spool, and what it says about the app. */
export class LiveSender {
  readonly identity: SpoolIdentity
  readonly sender: Sender
  readonly queue: SendQueue
  readonly drops: DropCounter
  readonly #options: ResolvedTransportOptions
  readonly #spool: Spool | undefined
  readonly #trouble: TroubleReporter
  #nameReader: LoggerNameReader | undefined = new LoggerNameReader()

  /** @param onProgress called when records were acknowledged */
  constructor(options: ResolvedTransportOptions, emit: EmitEvent, onProgress: () => void) {
    this.#options = options
    this.drops = new DropCounter(emit)
    this.#trouble = new TroubleReporter(emit, troubleIntervalMs)
    this.identity = createIdentity(options.curve?.keyPair.publicKey)
    this.#spool = options.spool && new Spool(options.spool, this.identity, this.#toSpoolOwner())
    const { batchMs, maxBufferBytes } = options
    // A buffer that is smaller than a few batches would hold more than it may before one is full.
    const batchBytes = Math.max(1, Math.min(options.batchBytes, Math.floor(maxBufferBytes / 4)))
    this.queue = new SendQueue(
      Math.min(maxInFlightBytes, maxBufferBytes / 2),
      maxInFlightBatches,
      this.#spool,
      {
        batchBytes,
        batchMs,
        gatherBytes: toGatherBytes(batchBytes, maxBufferBytes),
        onTooLong: range => this.#drop(range, `record longer than ${maxRecordBytes} bytes`)
      }
    )
    const { senderId } = this.identity
    this.sender = new Sender({
      id: senderId,
      queue: this.queue,
      hello: {
        ...createHello(),
        topic: options.topic,
        ...pickKeys(options),
        ...toProof(senderId, options.curve)
      },
      stallMs: options.stallMs,
      ...toCollectorOptions(options),
      onTooLong: (range, why) => this.#drop(range, why),
      onProgress
    })
  }

  #toSpoolOwner(): SpoolOwner {
    const hello = (): Hello => this.sender.hello
    return {
      get hello() {
        return hello()
      },
      onDamage: range => this.#drop(range, 'spool damaged'),
      onTrouble: error => this.#trouble.report(error)
    }
  }

  /** Whether records were ever in the spool: see Spool. */
  get wasSpoolUsed(): boolean {
    return this.#spool?.wasUsed === true
  }

  /** @returns whether there is a spool that can be written, as far as that can be known */
  checkSpool(): boolean {
    const { spool } = this.#options
    if (!spool || this.#spool?.isBroken) return false
    try {
      makeSpoolFolder(spool.dir)
      accessSync(spool.dir, constants.W_OK)
      return true
    } catch (error) {
      this.#trouble.report(new Error(`${toMessage(error)}; ${spoolAdvice}`))
      return false
    }
  }

  #whyFull(): string {
    if (!this.#spool) return 'buffer full'
    return this.#spool.isBroken ? 'buffer full, spool cannot be written' : 'buffer and spool full'
  }

  /** Changes what collectors are told about this app. */
  updateHello(known: Partial<Hello>): void {
    this.sender.updateHello({ ...known, ...pickKeys(this.#options) })
  }

  /** Takes what pino wrote: see Batcher. */
  add(chunk: Payload, now: number, isLast?: boolean): boolean {
    if (this.#nameReader) this.#readName(this.#nameReader, chunk)
    return this.queue.add(chunk, now, isLast)
  }

  #readName(reader: LoggerNameReader, chunk: Payload): void {
    const app = reader.read(chunk)
    if (reader.isDone) this.#nameReader = undefined
    if (app !== undefined && app !== '') this.updateHello({ app })
  }

  /** Brings memory below a size: unsent batches move to the spool, or the oldest records are dropped. */
  enforceLimit(maxBytes: number): void {
    while (this.queue.bytes > maxBytes && this.queue.hasUnsent) {
      if (this.queue.spill()) continue
      const dropped = this.queue.dropOldest()
      if (!dropped) return
      this.#drop(dropped, this.#whyFull())
    }
  }

  /** Moves what isn't delivered to the spool, and announces what is lost. */
  spillAll(): Remains {
    this.queue.close()
    const { start, end, records } = this.queue
    const lost = this.queue.spillAll()
    for (const range of lost) this.sender.announceDrop(range, 'undelivered when the app ended')
    const lostRecords = lost.reduce((sum, { count }) => sum + count, 0)
    const spooledRecords = records - lostRecords
    return { lostRecords, spooledRecords, end: spooledRecords > 0 ? start : end }
  }

  /** Releases the spool: a later process may adopt it. */
  close(): void {
    this.#spool?.close()
  }

  #drop(range: RecordRange, why: string): void {
    this.sender.announceDrop(range, why)
    this.drops.add(range.count, why)
  }
}

/** The members that options name; they win over what pino tells of the logger. */
function pickKeys(options: ResolvedTransportOptions): Partial<Hello> {
  const names = ['levelKey', 'timeKey', 'messageKey'] as const
  const given = names.filter(name => options[name] !== undefined)
  return Object.fromEntries(given.map(name => [name, options[name]]))
}

/** How much is gathered before it leaves, where it isn't due: little where the buffer is small. Unit: bytes */
function toGatherBytes(batchBytes: number, maxBufferBytes: number): number {
  const most = Math.min(maxGatherBytes, maxBufferBytes / 16)
  return Math.max(batchBytes, Math.min(maxGatheredBatches * batchBytes, most))
}
