import { Worker } from 'node:worker_threads'
import type { Job, Part } from './jobs.ts'
import type { ScanSettings } from './query.ts'

/** Parts that a thread may be ahead of the main thread, which bounds the memory. */
export const maxUntaken = 4

/** What a thread is told. */
export type ThreadMessage = { kind: 'job'; id: number; job: Job } | { kind: 'taken' }

/** What a thread answers; `ready` once, when it has started. */
export type ThreadReply =
  | { kind: 'ready' }
  | { kind: 'part'; id: number; part: Part }
  | { kind: 'done'; id: number; error: Error | undefined }

/** What happens to a job. */
export interface JobListener {
  onPart(part: Part): void
  /** @param error where the job ended early */
  onDone(error: Error | undefined): void
}

/** A worker thread that searches parts of files. */
export class SearchThread {
  readonly #worker: Worker
  readonly #listeners = new Map<number, JobListener>()
  #lastId = 0
  #isReady = false
  /** why it does nothing any more */
  #failure: Error | undefined

  constructor(settings: ScanSettings) {
    this.#worker = new Worker(new URL('worker.js', import.meta.url), { workerData: settings })
    this.#worker.on('message', (reply: ThreadReply) => this.#take(reply))
    this.#worker.on('error', (error: Error) => this.#fail(error))
    this.#worker.on('exit', code =>
      this.#fail(new Error(`a search thread ended with exit code ${code}`))
    )
  }

  /** Number of jobs that it has not done yet. */
  get jobs(): number {
    return this.#listeners.size
  }

  /** whether it has started, and not ended */
  get isReady(): boolean {
    return this.#isReady && this.#failure === undefined
  }

  add(job: Job, listener: JobListener): void {
    if (this.#failure) return listener.onDone(this.#failure)
    const id = ++this.#lastId
    this.#listeners.set(id, listener)
    this.#tell({ kind: 'job', id, job })
  }

  /** Says that a part was taken: the thread may go on. */
  noteTaken(): void {
    this.#tell({ kind: 'taken' })
  }

  /** Ends all its jobs with an error; `close` ends the thread. */
  abort(reason: Error): void {
    this.#fail(reason)
  }

  /** Ends the thread at once, whatever it does. */
  async close(): Promise<void> {
    this.#listeners.clear()
    await this.#worker.terminate()
  }

  #tell(message: ThreadMessage): void {
    this.#worker.postMessage(message)
  }

  #take(reply: ThreadReply): void {
    if (reply.kind === 'ready') {
      this.#isReady = true
      return
    }
    const listener = this.#listeners.get(reply.id)
    if (reply.kind === 'part') return listener?.onPart(reply.part)
    this.#listeners.delete(reply.id)
    listener?.onDone(reply.error)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    const listeners = [...this.#listeners.values()]
    this.#listeners.clear()
    for (const listener of listeners) listener.onDone(error)
  }
}
