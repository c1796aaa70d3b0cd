import type { Connection } from './connection/connection.ts'
import type { EmitEvent } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { maxInFlightBatches, maxInFlightBytes, SendQueue } from './sender/send-queue.ts'
import { countCollectors, Sender } from './sender/sender.ts'
import { findOrphans, type Orphan } from './spool/orphans.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'

/** How often the spool's folder is searched for spools of dead processes. Unit: ms */
const searchMs = 15_000

/** Adopts the spools of dead processes, and sends their records under the original sender ids. */
export class Replay {
  readonly #options: ResolvedTransportOptions
  readonly #connection: Connection
  readonly #emit: EmitEvent
  readonly #spools = new Map<Sender, Spool>()
  readonly #timer: NodeJS.Timeout

  /** Searches the folder at once. Emits 'adopted' for each spool, 'spoolTrouble' where the folder can't be read. */
  constructor(options: ResolvedTransportOptions, connection: Connection, emit: EmitEvent) {
    this.#options = options
    this.#connection = connection
    this.#emit = emit
    this.#timer = setInterval(() => this.#search(), searchMs)
    this.#search()
  }

  /** Removes a sender whose records are all delivered, and deletes its spool. */
  onRelease(sender: Sender): void {
    if (sender.queue.records > 0) return
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
      for (const orphan of findOrphans(spool.dir)) this.#adopt(orphan)
    } catch (error) {
      this.#emit('spoolTrouble', { message: (error as Error).message })
    }
  }

  #adopt({ id, hello, lock }: Orphan): void {
    const { spool: options, stallMs } = this.#options
    if (!options) return
    const owner: SpoolOwner = {
      hello,
      onDamage: range => sender.announceDrop(range, 'spool damaged'),
      onTrouble: error => this.#emit('spoolTrouble', { message: error.message })
    }
    const spool = new Spool(options, id, owner)
    const queue = new SendQueue(maxInFlightBytes, maxInFlightBatches, spool)
    const sender = new Sender({
      id,
      queue,
      hello,
      stallMs,
      maxCollectors: countCollectors(this.#options)
    })
    spool.adopt(lock)
    queue.continueAt(spool.end)
    this.#spools.set(sender, spool)
    this.#emit('adopted', { app: hello.app, pid: hello.pid, records: spool.records })
    if (spool.records > 0) this.#connection.add(sender)
    else this.onRelease(sender)
  }
}
