import { availableParallelism } from 'node:os'
import { DecoderThread, type DecodeJob } from './decoder-thread.ts'

/** Smaller batches aren't worth the way to another thread, which takes as long as 50 lines. Unit: bytes */
const minBatchBytes = 16 * 1024
/** Threads are used where an interval brings more than this: as text 5 % of the main thread's time. Unit: bytes */
const busyBytes = 1024 * 1024
/** Unit: ms */
const intervalMs = 100

/** What a pool is used with. */
export interface DecoderPoolOptions {
  /** called when a thread has ended by itself: a bug, or a lack of memory. Its batches are given back */
  onDeath: (error: Error) => void
  /** number of threads; as many as there are cores besides that of the main thread */
  threads?: number
}

/** A sender of which batches are in a thread. */
interface Sender {
  thread: DecoderThread
  batches: number
}

/**
 * Makes text of records on other threads, where there is so much of it that the main thread couldn't take everything.
 * All batches of a sender that are in the pool at a time are in one thread, so they come back in their order.
 */
export class DecoderPool {
  readonly #threads: DecoderThread[]
  readonly #senders = new Map<string, Sender>()
  #intervalStart = Number.NEGATIVE_INFINITY
  #bytes = 0
  #bytesBefore = 0

  constructor({ onDeath, threads = availableParallelism() - 1 }: DecoderPoolOptions) {
    this.#threads = Array.from({ length: threads }, () => new DecoderThread(onDeath))
  }

  /**
   * Takes a batch, unless the caller may better make its text at once: a small one, on an ordinary day, on a single core.
   * A batch of a sender that has one in the pool is always taken, as it must not overtake that one.
   * @returns whether it was taken
   */
  take(senderId: string, job: DecodeJob): boolean {
    if (this.#threads.length === 0) return false
    this.#count(job.records.length)
    const sender = this.#senders.get(senderId) ?? this.#admit(job)
    if (!sender) return false
    this.#senders.set(senderId, sender)
    sender.batches++
    sender.thread.add({
      ...job,
      onText: (...result) => {
        sender.batches--
        if (sender.batches === 0) this.#senders.delete(senderId)
        job.onText(...result)
      }
    })
    return true
  }

  /** Gives back all batches at once, without text, in the order of each sender. The threads end; new batches start them again. */
  giveBack(): void {
    for (const thread of this.#threads) thread.giveBack()
  }

  /** Discards all batches, and ends the threads. */
  abandon(): void {
    this.#senders.clear()
    for (const thread of this.#threads) thread.abandon()
  }

  /** @returns undefined where the batch isn't taken */
  #admit({ records }: DecodeJob): Sender | undefined {
    const isBusy = Math.max(this.#bytes, this.#bytesBefore) > busyBytes
    if (!isBusy || records.length < minBatchBytes) return undefined
    let best: DecoderThread | undefined
    for (const thread of this.#threads) {
      if (!thread.isUsable) continue
      if (!best || thread.pendingBytes < best.pendingBytes) best = thread
    }
    return best && { thread: best, batches: 0 }
  }

  #count(bytes: number): void {
    const now = performance.now()
    if (now - this.#intervalStart > intervalMs) {
      this.#bytesBefore = now - this.#intervalStart > 2 * intervalMs ? 0 : this.#bytes
      this.#bytes = 0
      this.#intervalStart = now
    }
    this.#bytes += bytes
  }
}
