import type { Connection } from './connection/connection.ts'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions, SpoolOptions } from './options.ts'
import { maxInFlightBatches, maxInFlightBytes, SendQueue } from './sender/send-queue.ts'
import { countCollectors, Sender } from './sender/sender.ts'
import { findOrphans, type Orphan } from './spool/orphans.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'

/** How often the spool's folder is searched for spools of dead processes. Unit: ms */
const searchMs = 15_000
/** This many troubles of a folder are reported. */
const maxReported = 50

/** Adopts the spools of dead processes, and sends their records under the original sender ids. */
export class Replay {
  readonly #options: ResolvedTransportOptions
  readonly #connection: Connection
  readonly #liveId: string
  readonly #emit: EmitEvent
  readonly #spools = new Map<Sender, Spool>()
  readonly #reported = new Set<string>()
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
    this.#timer = setInterval(() => this.#search(), searchMs)
    this.#search()
  }

  /** Removes a sender whose records are all delivered, or known to be lost, and deletes its spool. */
  onRelease(sender: Sender): void {
    if (!sender.isDelivered) return
    this.#connection.remove(sender, sender.toBye(sender.queue.end))
    this.#spools.get(sender)?.discard()
    this.#spools.delete(sender)
  }

  /** Releases the spools that aren't delivered yet, for a later process. */
  close(): void {
    clearInterval(this.#timer)
    for (const spool of this.#spools.values()) spool.close()
  }

  #search(): void {
    const { spool } = this.#options
    if (!spool) return
    try {
      const orphans = findOrphans(spool.dir, {
        isOwn: id => this.#isOwn(id),
        onTrouble: error => this.#report(error)
      })
      for (const orphan of orphans) this.#adopt(orphan, spool)
    } catch (error) {
      this.#report(error as Error)
    }
  }

  #isOwn(id: string): boolean {
    return id === this.#liveId || [...this.#spools.keys()].some(sender => sender.id === id)
  }

  #adopt({ id, hello, lock }: Orphan, options: SpoolOptions): void {
    const owner: SpoolOwner = {
      hello,
      onDamage: range => sender.announceDrop(range, 'spool damaged'),
      onTrouble: error => this.#report(error)
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
      return this.#report(error as Error)
    }
    // Collectors are told of damage even where nothing else is left to send.
    const isDamaged = sender.hello.dropped.length > hello.dropped.length
    if (spool.records === 0 && (spool.hasLeftovers || !isDamaged)) return spool.discard()
    sender.queue.continueAt(spool.end)
    this.#spools.set(sender, spool)
    this.#emit('adopted', { app: hello.app, pid: hello.pid, records: spool.records })
    this.#connection.add(sender)
  }

  /** Emits trouble, each text once: the folder is searched again and again. */
  #report({ message }: Error): void {
    if (this.#reported.has(message) || this.#reported.size > maxReported) return
    this.#reported.add(message)
    const isLast = this.#reported.size > maxReported
    this.#emit('spoolTrouble', { message: isLast ? `${message}; more is not reported` : message })
  }
}
