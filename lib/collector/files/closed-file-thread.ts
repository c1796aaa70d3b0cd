import { Worker } from 'node:worker_threads'
import type { FactSettings } from '../blocks/line-facts.ts'
import type { Compression } from '../naming/log-path.ts'

/** What can be done to a closed file. */
export interface ClosedFileJob {
  path: string
  /** how it is compressed; '' = it only gets an index */
  format: Compression | ''
}

/** What the thread gets. */
export interface ClosedFileRequest extends ClosedFileJob {
  settings: FactSettings
}

/** What it gives back. Files that are gone are no errors. */
export interface ClosedFileReply {
  isReply: true
  errors: { action: 'compress' | 'index'; error: Error }[]
}

/** A worker thread, and shared memory by which it is stopped. */
interface Thread {
  worker: Worker
  stop: Int32Array
}

/**
 * Compresses and indexes closed files, one at a time, in a thread of low priority, which exists only while there is
 * something to do: neither delays what is being written.
 */
export class ClosedFileThread {
  readonly #settings: FactSettings
  readonly #onTrouble: (action: 'compress' | 'index', path: string, error: Error) => void
  #waiting: ClosedFileJob[] = []
  #current: ClosedFileJob | undefined
  readonly #sealed = new Set<string>()
  #thread: Thread | undefined
  #isClosed = false
  #onIdle: () => void = () => undefined

  /** @param onTrouble called for each file that could not be compressed or indexed */
  constructor(
    settings: FactSettings,
    onTrouble: (action: 'compress' | 'index', path: string, error: Error) => void
  ) {
    const { timeKey, levelKey, timezone } = settings
    this.#settings = { timeKey, levelKey, timezone }
    this.#onTrouble = onTrouble
  }

  /** Does these jobs next, in their order, in place of those that wait. */
  plan(jobs: readonly ClosedFileJob[]): void {
    if (this.#isClosed) return
    this.#waiting = jobs.filter(({ path }) => path !== this.#current?.path).toReversed()
    this.#seal()
    if (!this.#current) this.#startNext()
  }

  /** Whether a file is being compressed, or is about to be: it may not be written then. */
  isSealed(path: string): boolean {
    return this.#sealed.has(path)
  }

  /** Whether something is being done to a file. */
  isAt(path: string): boolean {
    return this.#current?.path === path
  }

  /** Stops, and resolves when no file is half done. Jobs that wait are left to the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#waiting = []
    if (!this.#current || !this.#thread) return
    const { stop } = this.#thread
    Atomics.store(stop, 0, 1)
    Atomics.notify(stop, 0)
    await new Promise<void>(resolve => (this.#onIdle = resolve))
  }

  #seal(): void {
    this.#sealed.clear()
    for (const job of [this.#current, ...this.#waiting])
      if (job && job.format !== '') this.#sealed.add(job.path)
  }

  #startNext(): void {
    this.#current = this.#waiting.pop()
    this.#seal()
    if (this.#current) {
      this.#thread ??= this.#startThread()
      const request: ClosedFileRequest = { ...this.#current, settings: this.#settings }
      this.#thread.worker.postMessage(request)
      return
    }
    void this.#thread?.worker.terminate()
    this.#thread = undefined
    this.#onIdle()
  }

  #startThread(): Thread {
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(new URL('closed-file-worker.js', import.meta.url), {
      workerData: { stop }
    })
    const thread = { worker, stop }
    let reason = new Error('the thread that looks after closed files has ended')
    worker.on('message', (reply: Partial<ClosedFileReply>) => {
      // What is preloaded into each thread, as by a test runner, may send messages of its own.
      if (reply.isReply && thread === this.#thread) this.#finish(reply.errors ?? [])
    })
    worker.on('error', error => (reason = error))
    worker.on('exit', () => {
      if (thread !== this.#thread) return
      this.#thread = undefined
      this.#waiting = [] // a bug, or a lack of memory: the next sweep tries again
      this.#finish([{ action: this.#current?.format === '' ? 'index' : 'compress', error: reason }])
    })
    return thread
  }

  #finish(errors: ClosedFileReply['errors']): void {
    const path = this.#current?.path ?? ''
    for (const { action, error } of errors) this.#onTrouble(action, path, error)
    this.#startNext()
  }
}
