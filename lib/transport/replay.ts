import type { Carrier } from './connection/carrier.ts'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions, SpoolOptions } from './options.ts'
import { toProof } from './proof.ts'
import type { RecordRange } from './sender/batch.ts'
import { maxInFlightBatches, maxInFlightBytes, SendQueue } from './sender/send-queue.ts'
import { Sender, toCollectorOptions } from './sender/sender.ts'
import { findOrphans, type Orphan } from './spool/orphans.ts'
import { writeIdentity, type SpoolIdentity } from './spool/identity.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'
import type { LockSightings } from '../util/lock-holder.ts'
import { TroubleReporter } from './trouble-reporter.ts'

/** How often the spool's folder is searched for spools of dead processes. Unit: ms */
const searchMs = 15_000

/** Adopts the spools of dead processes, and sends their records under the original sender ids. */
export class Replay {
  readonly #options: ResolvedTransportOptions
  readonly #connection: Carrier
  readonly #live: SpoolIdentity
  readonly #emit: EmitEvent
  readonly #spools = new Map<Sender, Spool>()
  readonly #sightings: LockSightings = new Map()
  /** spool ids of senders that this process has, or had: what can't be deleted of them isn't sent again */
  readonly #ownIds = new Set<string>()
  /** the folder is searched again and again: each text is reported once */
  readonly #trouble: TroubleReporter
  readonly #timer: NodeJS.Timeout

  /**
   * Searches the folder at once. Emits 'adopted' for each spool, 'spoolTrouble' where the folder or one of them can't be read.
   * @param live the sender of this process
   */
  constructor(
    options: ResolvedTransportOptions,
    connection: Carrier,
    live: SpoolIdentity,
    emit: EmitEvent
  ) {
    this.#options = options
    this.#connection = connection
    this.#live = live
    this.#ownIds.add(live.spoolId)
    this.#emit = emit
    this.#trouble = new TroubleReporter(emit, Number.POSITIVE_INFINITY)
    this.#timer = setInterval(() => this.#search(), searchMs).unref()
    this.#search()
  }

  /** Removes a sender whose records are all delivered, or known to be lost, and deletes its spool. */
  #onProgress(sender: Sender): void {
    if (!sender.isDelivered) return
    this.#connection.remove(sender, sender.toBye(sender.queue.end))
    this.#spools.get(sender)?.discard()
    this.#spools.delete(sender)
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
        isOwn: spoolId => this.#ownIds.has(spoolId),
        key: this.#live.key,
        sightings: this.#sightings,
        onTrouble: error => this.#trouble.report(error)
      })
      for (const orphan of orphans) this.#adopt(orphan, spool)
    } catch (error) {
      this.#trouble.report(error as Error)
    }
  }

  #adopt({ identity: left, hello: found, isFormer, lock }: Orphan, options: SpoolOptions): void {
    // Once collectors know the id by this key they refuse it with another, or with none: so the files must say it first.
    const isUnowned = left.key === undefined && this.#live.key !== undefined
    const identity = isUnowned ? { ...left, key: this.#live.key } : left
    const hello = { ...found, ...toProof(identity.senderId, this.#options.curve) }
    const owner: SpoolOwner = {
      hello,
      onDamage: range => sender.announceDrop(range, 'spool damaged'),
      onTrouble: error => this.#trouble.report(error)
    }
    const spool = new Spool(options, identity, owner)
    const sender: Sender = new Sender({
      id: identity.senderId,
      queue: new SendQueue(maxInFlightBytes, maxInFlightBatches, spool),
      hello,
      stallMs: this.#options.stallMs,
      ...toCollectorOptions(this.#options),
      onProgress: () => this.#onProgress(sender)
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
    try {
      if (isFormer || isUnowned) writeIdentity(options.dir, identity, found)
    } catch (error) {
      spool.close()
      return this.#trouble.report(error as Error)
    }
    sender.queue.continueAt(spool.end)
    sender.awaitedSeq = spool.end - 1 // the ack of the last record deletes the files
    this.#spools.set(sender, spool)
    this.#ownIds.add(identity.spoolId)
    this.#emit('adopted', { app: hello.app, pid: hello.pid, records: spool.records })
    this.#connection.add(sender)
  }
}

function toLossError({ first, count }: RecordRange): Error {
  return new Error(
    `somebody has deleted files of the spool, and they can't be written again: ${count} records from number ${first} on of another process are lost`
  )
}
