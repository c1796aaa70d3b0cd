import { setTimeout as delay } from 'node:timers/promises'
import type { Engine, ReadListener, ReadMessage } from '../../engine/engine.ts'
import { decodeEntry, encodeClaim, type Entry } from '../../engine/entry.ts'
import { ZmqPubError } from '../../errors.ts'
import { createSenderId, toHexId } from '../../wire/id.ts'
import type { Admission } from '../intake/admission.ts'
import { RecordIntake, type RecordIntakeOptions } from '../intake/record-intake.ts'
import type { Journal } from '../journal/journal.ts'
import { Attempts, type AttemptListener } from './attempts.ts'
import { EntryIntake } from './entry-intake.ts'
import { Progress } from './progress.ts'

/** More isn't read while this much is not written yet. Unit: bytes */
const maxPendingBytes = 64 * 1024 * 1024
/** How often it is looked whether more may be read. Unit: ms */
const pendingPollMs = 10
/** How often the position is noted, and entries that are held for long are looked for. Unit: ms */
const noteMs = 1000
/** Claims that could not be published are tried again after this. Unit: ms */
const claimMs = 1000
/** How often the stream gets room, if it needs any. Unit: ms */
const roomMs = 2000

/** What a stream source needs of its collector. */
export interface StreamSourceOptions extends Omit<RecordIntakeOptions, 'admission'> {
  engine: Engine
  /** that this writer reads; empty = all */
  partitions: readonly number[]
  journal: Journal
  isSynced: () => boolean
  /** called when what was read together is appended */
  onRoundEnd: () => void
  onRefused: (error: Error) => void
  /** recovery: all partitions can be read again */
  reading: AttemptListener
  /** of positions in the journal */
  noting: AttemptListener
  /** of the partitions, so that another writer of them stops */
  claiming: AttemptListener
  /** of what is written, where the stream needs room */
  deleting: AttemptListener
  /** another writer has taken over a partition: nothing more may be written */
  onTakenOver: (error: Error) => void
}

/** Bounds nothing by itself, as what was read can't be sent again: counts, so that reading pauses. */
class ReadAdmission implements Pick<Admission, 'admits' | 'add' | 'remove'> {
  bytes = 0

  admits(): boolean {
    return true
  }

  add(_senderId: string, bytes: number): void {
    this.bytes += bytes
  }

  remove(_senderId: string, bytes: number): void {
    this.bytes -= bytes
  }
}

/**
 * Reads the partitions of a stream, from where the journal says that everything is written. A position is noted after
 * the records before it, so a writer that is killed reads some messages again, and knows them by their numbers.
 */
export class StreamSource {
  readonly #options: StreamSourceOptions
  readonly #admission = new ReadAdmission()
  readonly #intake: EntryIntake
  readonly #ended = new AbortController()
  /** by partition */
  readonly #progress = new Map<number, Progress>()
  readonly #noted = new Map<number, number>()
  /** of this process */
  readonly #start = createSenderId()
  readonly #noting: Attempts
  readonly #claiming: Attempts
  readonly #deleting: Attempts
  /** partitions of which the claim of this process was read */
  readonly #owned = new Set<number>()
  #reading: Promise<unknown> = Promise.resolve()
  #timers: NodeJS.Timeout[] = []
  #isRoundOpen = false
  /** since when nothing can be read, as of performance.now(); undefined where the last attempt succeeded */
  #troubledSince: number | undefined
  /** by partition, why it can't be read */
  readonly #troubles = new Map<number, Error>()

  constructor(options: StreamSourceOptions) {
    this.#options = options
    const { engine, partitions, journal, sessions, totals, onRefused } = options
    this.#noting = new Attempts(options.noting)
    this.#claiming = new Attempts(options.claiming)
    this.#deleting = new Attempts(options.deleting)
    const records = new RecordIntake({ ...options, admission: this.#admission })
    this.#intake = new EntryIntake({ records, sessions, totals, onRefused })
    const all = Array.from({ length: engine.partitions }, (_, partition) => partition)
    for (const partition of partitions.length > 0 ? partitions : all) {
      const position = journal.readUpTo(this.#toKey(partition))
      this.#progress.set(partition, new Progress(position))
      this.#noted.set(partition, position)
    }
  }

  /** that it reads */
  get partitions(): number[] {
    return [...this.#progress.keys()]
  }

  /** Why a partition can't be read now; undefined where all can. */
  get trouble(): Error | undefined {
    const [trouble] = this.#troubles.values()
    return trouble
  }

  /** Starts to read. */
  start(): void {
    this.#reading = Promise.all([
      this.#claim(),
      ...this.partitions.map(partition => this.#read(partition))
    ])
    this.#timers = [
      setInterval(() => {
        this.#intake.expire()
        this.note()
      }, noteMs).unref(),
      setInterval(() => void this.#deleteFiled(), roomMs).unref()
    ]
  }

  /** Notes in the journal up to where everything is written. */
  note(): void {
    const { journal, isSynced } = this.#options
    try {
      for (const [partition, progress] of this.#progress) {
        const position = progress.advance()
        if (position === this.#noted.get(partition)) continue
        journal.markRead(this.#toKey(partition), position, isSynced())
        this.#noted.set(partition, position)
      }
      this.#noting.succeeded()
    } catch (error) {
      this.#noting.failed(error as Error)
    }
  }

  /** Ends reading. What was read is appended. */
  async stopReading(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#ended.abort()
    await this.#reading
  }

  /** Ends the connection. */
  close(): Promise<void> {
    return this.#options.engine.close()
  }

  async #read(partition: number): Promise<void> {
    const { engine } = this.#options
    const { signal } = this.#ended
    const listener: ReadListener = {
      onTrouble: error => this.#onTrouble(partition, error),
      onCaughtUp: () => this.#onRecovery(partition)
    }
    const progress = this.#progress.get(partition) as Progress
    const from = progress.advance() + 1
    for await (const message of engine.read(partition, from, signal, listener)) {
      if (signal.aborted) return
      this.#onRecovery(partition)
      this.#take(message, progress, partition)
      while (this.#pendingBytes > maxPendingBytes && !signal.aborted) await delay(pendingPollMs)
    }
  }

  #onTrouble(partition: number, error: Error): void {
    this.#troubledSince ??= performance.now()
    this.#troubles.set(partition, error)
    this.#options.reading.onTrouble(error)
  }

  #onRecovery(partition: number): void {
    if (this.#troubledSince === undefined) return
    this.#troubles.delete(partition)
    if (this.#troubles.size > 0) return
    this.#options.reading.onRecovery(performance.now() - this.#troubledSince)
    this.#troubledSince = undefined
  }

  get #pendingBytes(): number {
    return Math.max(this.#admission.bytes, this.#options.outputs.requiredBytes ?? 0)
  }

  async #claim(): Promise<void> {
    const { engine, journal } = this.#options
    const { signal } = this.#ended
    let unclaimed = this.partitions
    while (!signal.aborted) {
      const claims = unclaimed.map(async partition =>
        engine.publish(encodeClaim(journal.collectorId, this.#start, partition))
      )
      const results = await Promise.allSettled(claims)
      unclaimed = unclaimed.filter((_, index) => results[index]?.status === 'rejected')
      const failed = results.find(({ status }) => status === 'rejected')
      if (failed?.status !== 'rejected') return this.#claiming.succeeded()
      if (!signal.aborted) this.#claiming.failed(failed.reason as Error)
      await delay(claimMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Two writers of one partition would write each record twice: the one that was started last continues. */
  #onClaim({ senderId, why, hello }: Entry, partition: number): void {
    const { journal, onTakenOver } = this.#options
    if (why === this.#start) this.#owned.add(partition)
    if (!this.#owned.has(partition) || senderId === journal.collectorId) return
    this.#ended.abort()
    onTakenOver(
      new ZmqPubError(
        'ERR_ZMQ_PUB_ENGINE',
        `another writer has taken over partition ${partition} of the stream: process ${hello.pid} on host ${hello.host}. A partition must have one writer: change from.nats.partitions of one of them`
      )
    )
  }

  #take(message: ReadMessage, progress: Progress, partition: number): void {
    const item = progress.add(message.position)
    try {
      const entry = decodeEntry(message)
      if (entry.kind === 'writer') this.#onClaim(entry, partition)
      else this.#intake.take(entry, item)
    } catch (error) {
      this.#options.onRefused(error as Error)
    }
    if (this.#isRoundOpen) return
    this.#isRoundOpen = true
    setImmediate(() => {
      this.#isRoundOpen = false
      this.#options.onRoundEnd()
    })
  }

  async #deleteFiled(): Promise<void> {
    try {
      for (const [partition, position] of this.#noted)
        if (position > 0) await this.#options.engine.deleteBelow(partition, position + 1)
      this.#deleting.succeeded()
    } catch (error) {
      // Where nothing can be read this is told already.
      if (!this.#ended.signal.aborted && !this.trouble) this.#deleting.failed(error as Error)
    }
  }

  #toKey(partition: number): string {
    return `${toHexId(this.#options.engine.id)}.${partition}`
  }
}
