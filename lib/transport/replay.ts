import type { Connection } from './connection/connection.ts'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions, SpoolOptions } from './options.ts'
import type { RecordRange } from './sender/batch.ts'
import { maxInFlightBatches, maxInFlightBytes, SendQueue } from './sender/send-queue.ts'
import { countCollectors, Sender } from './sender/sender.ts'
import { findOrphans, type Orphan } from './spool/orphans.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'
import type { LockSightings } from '../util/lock-holder.ts'
import { TroubleReporter } from './trouble-reporter.ts'

/** How often the spool's folder is searched for spools of dead processes. Unit: ms */
const searchMs = 15_000

/** Adopts the spools of dead processes, and sends their records under the original sender ids. */
export class Replay {
  readonly #options: ResolvedTransportOptions
  readonly #connection: Connection
  readonly #liveId: string
  readonly #emit: EmitEvent
  readonly #spools = new Map<Sender, Spool>()
  readonly #sightings: LockSightings = new Map()
  /** ids of senders whose records are delivered: what can't be deleted of them isn't sent again */
  readonly #deliveredIds = new Set<string>()
  /** the folder is searched again and again: each text is reported once */
  readonly #trouble: TroubleReporter
  readonly #timer: NodeJS.Timeout

  /**
   * Searches the folder at once. Emits 'adopted' for each spool, 'spoolTrouble' where the folder or one of them can't be read.
   * @param liveId sender id of this process, 8 bytes as latin1
   */
  constructor(
    options: ResolvedTransportOptions,
    connection: Connection,
    liveId: string,
    emit: EmitEvent
  ) {
    this.#options = options
    this.#connection = connection
    this.#liveId = liveId
    this.#emit = emit
    this.#trouble = new TroubleReporter(emit, Number.POSITIVE_INFINITY)
    this.#timer = setInterval(() => this.#search(), searchMs).unref()
    this.#search()
  }

  /** Removes a sender whose records are all delivered, or known to be lost, and deletes its spool. */
  onRelease(sender: Sender): void {
    if (!sender.isDelivered) return
    this.#connection.remove(sender, sender.toBye(sender.queue.end))
    this.#spools.get(sender)?.discard()
    this.#spools.delete(sender)
    this.#deliveredIds.add(sender.id)
  }

  /** Releases the spools that aren't delivered yet, for a later process. */
  close(): void {
    clearInterval(this.#timer)
    for (const spool of this.#spools.values()) {
      for (const range of spool.secure()) this.#trouble.report(toLossError(range))
      spool.close()
    }
  }

  #search(): void {
    const { spool } = this.#options
    if (!spool) return
    try {
      const orphans = findOrphans(spool.dir, {
        isOwn: id => this.#isOwn(id),
        sightings: this.#sightings,
        onTrouble: error => this.#trouble.report(error)
      })
      for (const orphan of orphans) this.#adopt(orphan, spool)
    } catch (error) {
      this.#trouble.report(error as Error)
    }
  }

  #isOwn(id: string): boolean {
    if (id === this.#liveId || this.#deliveredIds.has(id)) return true
    return [...this.#spools.keys()].some(sender => sender.id === id)
  }

  #adopt({ id, hello, lock }: Orphan, options: SpoolOptions): void {
    const owner: SpoolOwner = {
      hello,
      onDamage: range => sender.announceDrop(range, 'spool damaged'),
      onTrouble: error => this.#trouble.report(error)
    }
    const spool = new Spool(options, id, owner)
    const sender = new Sender({
      id,
      queue: new SendQueue(maxInFlightBytes, maxInFlightBatches, spool),
      hello,
      stallMs: this.#options.stallMs,
      maxCollectors: countCollectors(this.#options)
    })
    try {
      spool.adopt(lock)
    } catch (error) {
      spool.close()
      return this.#trouble.report(error as Error)
    }
    // Collectors are told of damage even where nothing else is left to send.
    const isDamaged = sender.hello.dropped.length > hello.dropped.length
    if (spool.records === 0 && (spool.hasLeftovers || !isDamaged)) return spool.discard()
    sender.queue.continueAt(spool.end)
    this.#spools.set(sender, spool)
    this.#emit('adopted', { app: hello.app, pid: hello.pid, records: spool.records })
    this.#connection.add(sender)
  }
}

function toLossError({ first, count }: RecordRange): Error {
  return new Error(
    `somebody has deleted files of the spool, and they can't be written again: ${count} records from number ${first} on of another process are lost`
  )
}
