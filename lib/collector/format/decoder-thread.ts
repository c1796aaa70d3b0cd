import { Worker } from 'node:worker_threads'
import { Queue } from '../../util/queue.ts'
import type { TimeZone } from '../time/time-zone.ts'
import { SpareMemory } from './spare-memory.ts'
import type { TextSettings } from './text-format.ts'

/** Records to make text of. */
export interface DecodeRequest {
  /** whole NDJSON records of one sender */
  records: Buffer
  settings: TextSettings
  zone: TimeZone
  /** time of arrival, for records without a time. Unit: ms since the epoch */
  now: number
}

/** The same, for a thread. */
export interface DecodeJob extends DecodeRequest {
  /**
   * Called once.
   * @param text undefined where there is none: the caller has to make it
   * @param release to be called when the text isn't used any more: its memory is then used again
   */
  onText: (text?: Buffer, release?: () => void) => void
}

/** What the thread gets. */
export interface DecodeMessage {
  /** begins with the records; behind them is room for the text */
  memory: SharedArrayBuffer
  /** size of the records. Unit: bytes */
  length: number
  settings: TextSettings
  zoneName: string
  now: number
}

/** What it gives back: the text is between `start` and `end`, nothing where it could make none. */
export interface DecodeReply {
  memory: SharedArrayBuffer
  start: number
  end: number
}

/** The thread has at least this much to do while the main thread does something else. Unit: bytes */
const aheadBytes = 1024 * 1024

/** A thread that has died this often isn't started again: it would die again. */
const maxDeaths = 3

/** A worker thread that makes text of records, in the order in which they are added. Started when there is something to do. */
export class DecoderThread {
  readonly #onDeath: (error: Error) => void
  readonly #waiting = new Queue<DecodeJob>()
  /** jobs that the worker has */
  readonly #posted = new Queue<DecodeJob>()
  #postedBytes = 0
  #pendingBytes = 0
  readonly #spares = new SpareMemory()
  #worker: Worker | undefined
  #deaths = 0

  /** @param onDeath called when the thread has ended by itself: a bug, or a lack of memory. Its jobs are given back */
  constructor(onDeath: (error: Error) => void) {
    this.#onDeath = onDeath
  }

  /** Size of the records that it has not given back. Unit: bytes */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Whether it takes jobs. */
  get isUsable(): boolean {
    return this.#deaths < maxDeaths
  }

  /** Adds a job, the records of which must stay as they are until it is done. */
  add(job: DecodeJob): void {
    this.#worker ??= this.#start()
    if (this.#pendingBytes === 0) this.#worker.ref()
    this.#waiting.push(job)
    this.#pendingBytes += job.records.length
    this.#post(this.#worker)
  }

  /** Gives back its jobs at once, without text, in their order. The thread ends; a new job starts another. */
  giveBack(): void {
    this.#end()
    for (let job = this.#next(); job; job = this.#next()) job.onText()
  }

  /** Discards its jobs, and ends the thread. */
  abandon(): void {
    this.#end()
    while (this.#next());
  }

  #end(): void {
    void this.#worker?.terminate()
    this.#worker = undefined
  }

  #start(): Worker {
    const worker = new Worker(new URL('decoder-worker.js', import.meta.url))
    let reason = new Error('a thread that makes text of records has ended')
    worker.on('message', (reply: Partial<DecodeReply>) => {
      // What is preloaded into each thread, as by a test runner, may send messages of its own.
      if (worker === this.#worker && reply.memory) this.#onReply(worker, reply as DecodeReply)
    })
    worker.on('messageerror', () => void worker.terminate())
    worker.on('error', error => (reason = error))
    worker.on('exit', () => {
      if (worker !== this.#worker) return
      this.#deaths++
      this.#onDeath(reason)
      this.giveBack()
    })
    return worker
  }

  /** Copies jobs to memory that the worker can read, too: that of a received message can't be shared. */
  #post(worker: Worker): void {
    while (this.#postedBytes < aheadBytes) {
      const job = this.#waiting.shift()
      if (!job) return
      const { records, settings, zone, now } = job
      const { length } = records
      const memory = this.#spares.take(length)
      new Uint8Array(memory).set(records)
      const message: DecodeMessage = { memory, length, settings, zoneName: zone.name, now }
      worker.postMessage(message)
      this.#posted.push(job)
      this.#postedBytes += length
    }
  }

  #onReply(worker: Worker, { memory, start, end }: DecodeReply): void {
    const job = this.#next()
    this.#post(worker)
    if (this.#pendingBytes === 0) worker.unref() // an idle thread keeps no process alive
    if (start === end) job?.onText()
    else job?.onText(...this.#spares.lend(memory, start, end))
  }

  /** Removes the job that is the next to be done. */
  #next(): DecodeJob | undefined {
    const posted = this.#posted.shift()
    if (posted) this.#postedBytes -= posted.records.length
    const job = posted ?? this.#waiting.shift()
    if (job) this.#pendingBytes -= job.records.length
    return job
  }
}
