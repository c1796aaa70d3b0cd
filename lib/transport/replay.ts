import type { Link } from './connection/connection.ts'
import type { Report } from './events.ts'
import type { ResolvedTransportOptions } from './options.ts'
import { maxInFlightBatches, maxInFlightBytes, Window } from './sender/send-queue.ts'
import { countCollectors, Stream } from './sender/sender.ts'
import { findOrphans, type Orphan } from './spool/orphans.ts'
import { Spool, type SpoolOwner } from './spool/spool.ts'

/** How often the spool's folder is searched for what processes that have died since left. Unit: ms */
const searchMs = 15_000

/** Sends what dead processes left in the spool's folder, as the senders that those were. */
export class Replay {
  readonly #options: ResolvedTransportOptions
  readonly #link: Link
  readonly #report: Report
  readonly #spools = new Map<Stream, Spool>()
  readonly #timer: NodeJS.Timeout

  constructor(options: ResolvedTransportOptions, link: Link, report: Report) {
    this.#options = options
    this.#link = link
    this.#report = report
    this.#timer = setInterval(() => this.#search(), searchMs)
    this.#search()
  }

  onRelease(stream: Stream): void {
    if (stream.window.records > 0) return
    this.#link.remove(stream, stream.toBye(stream.window.end))
    this.#spools.get(stream)?.discard()
    this.#spools.delete(stream)
  }

  /** Lets go of what isn't delivered yet, for the next process. */
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
      this.#report('spoolTrouble', { message: (error as Error).message })
    }
  }

  #adopt({ id, hello, lock }: Orphan): void {
    const { spool: options, stallMs } = this.#options
    if (!options) return
    const owner: SpoolOwner = {
      hello,
      onDamage: range => stream.announceDrop(range, 'spool damaged'),
      onTrouble: error => this.#report('spoolTrouble', { message: error.message })
    }
    const spool = new Spool(options, id, owner)
    const window = new Window(maxInFlightBytes, maxInFlightBatches, spool)
    const stream = new Stream({
      id,
      window,
      hello,
      stallMs,
      maxCollectors: countCollectors(this.#options)
    })
    spool.adopt(lock)
    window.continueAt(spool.end)
    this.#spools.set(stream, spool)
    this.#report('adopted', { app: hello.app, pid: hello.pid, records: spool.records })
    if (spool.records > 0) this.#link.add(stream)
    else this.onRelease(stream)
  }
}
