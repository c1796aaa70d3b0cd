import { hostname } from 'node:os'
import { encodeNotice, noticeTopic } from '../../wire/live-notice.ts'
import type { PlainMessage } from '../format/plain-message.ts'
import type { RecordBatch } from '../routing/record-batch.ts'
import { FairQueue } from './fair-queue.ts'
import {
  toLiveBatch,
  toLiveMessage,
  type LiveItem,
  type LiveSettings,
  type Publish
} from './live-batch.ts'
import { TimeBudget } from './time-budget.ts'
import type { Watchers } from './watchers.ts'

/** The share of the collector's time that publishing may take. */
export const timeShare = 0.1
/** What is saved of it while there is little to publish. Unit: ms */
const savedMs = 100
/** How long it may take at once. Unit: ms */
const turnMs = 5
/** Pause between two turns, where the collector has nothing else to do. Unit: ms */
const pauseMs = 10
/** Records that wait for their turn; of more some are skipped. Unit: bytes */
export const maxWaitingBytes = 2 * 1024 * 1024
/** How often watchers are told how many records were skipped. Unit: ms */
const noticeMs = 1000

/** What a feed needs of its collector. */
export interface LiveFeedOptions extends LiveSettings {
  watchers: Watchers
  publish: Publish
  /** ms since the epoch */
  now: () => number
}

/**
 * Publishes records while somebody watches. The collector's own work comes first: what was taken waits until the files
 * have it, and publishing takes a share of the time at most. What exceeds it is skipped, counted, and told.
 */
export class LiveFeed {
  readonly #options: LiveFeedOptions
  readonly #watchers: Watchers
  readonly #waiting = new FairQueue<LiveItem>(maxWaitingBytes)
  readonly #budget = new TimeBudget(timeShare, savedMs, performance.now())
  #timer: NodeJS.Timeout | undefined
  #skipped = 0
  #noticedAt = Number.NEGATIVE_INFINITY

  constructor(options: LiveFeedOptions) {
    this.#options = options
    this.#watchers = options.watchers
  }

  /** Whether there is any use in `take` and `takePlain`. */
  get isWatched(): boolean {
    return this.#watchers.isWatched
  }

  /** Takes a batch that is being written; `flush` begins to publish it. */
  take(batch: RecordBatch): void {
    this.#push(batch.senderId, toLiveBatch(batch, this.#watchers, this.#options))
  }

  /** Takes a plain message that is being written. */
  takePlain(message: PlainMessage): void {
    const item = toLiveMessage(message, this.#watchers, this.#options.now())
    this.#push(`plain ${message.parts.app}`, item)
  }

  /** Publishes what was taken, or as much as there is time for now. */
  flush(): void {
    if (this.#waiting.isEmpty || this.#timer) return
    this.#publish()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  #push(key: string, item: LiveItem | undefined): void {
    if (!item) return
    for (const { records } of this.#waiting.push(key, item)) this.#skipped += records
  }

  #publish(): void {
    this.#timer = undefined
    if (!this.#watchers.isWatched) this.#waiting.clear()
    const startedAt = performance.now()
    const endsAt = startedAt + Math.min(turnMs, this.#budget.fill(startedAt))
    let now = startedAt
    while (now < endsAt && !this.#waiting.isEmpty) {
      this.#publishNext()
      now = performance.now()
    }
    if (this.#skipped > 0 && now - this.#noticedAt >= noticeMs) this.#tellSkipped(now)
    this.#budget.spend(performance.now() - startedAt)
    const isMore = !this.#waiting.isEmpty || this.#skipped > 0
    if (isMore) this.#timer = setTimeout(() => this.#publish(), pauseMs).unref()
  }

  #publishNext(): void {
    const { publish, now } = this.#options
    const item = this.#waiting.first
    this.#waiting.endTurn(item?.publishNext(publish, now()) === true)
  }

  #tellSkipped(now: number): void {
    const skipped = this.#skipped
    this.#skipped = 0
    this.#noticedAt = now
    const origin = { time: this.#options.now(), pid: process.pid, hostname: hostname() }
    this.#options.publish(noticeTopic, encodeNotice(skipped, origin))
  }
}
