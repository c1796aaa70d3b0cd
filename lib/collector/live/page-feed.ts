import type { PlainMessage } from '../format/plain-message.ts'
import type { RecordBatch } from '../routing/record-batch.ts'
import { EvenShare } from './even-share.ts'
import { FairQueue } from './fair-queue.ts'
import type { LiveHello } from './live-batch.ts'
import type { Watchers } from './watchers.ts'

/** Records a second that are shown to who watches without a filter. */
export const shownPerSecond = 1000
/** Over this time they are spread. Unit: ms */
const windowMs = 100
/** What was taken is posted this much later, all at once. Unit: ms */
const gatherMs = 25
/** Unit: bytes */
export const maxPostBytes = 512 * 1024
/** More is posted only when the thread has acknowledged something. Unit: bytes */
export const maxUnacknowledgedBytes = 1024 * 1024
/** Records that wait until the thread takes more; of more some are skipped. Unit: bytes */
export const maxWaitingBytes = 2 * 1024 * 1024
/** What a slice costs beside its bytes. Unit: bytes */
const sliceBytes = 512
/** Records for those who watch without a filter end here, except for one that is longer. Unit: bytes */
const maxSampleBytes = 64 * 1024

const newline = 0x0a

/** Records of one sender. */
export interface Slice {
  /** the same object for all slices of a sender in one post */
  hello: LiveHello
  /** size of the records. Unit: bytes */
  length: number
  /** these first bytes are shown to those without a filter. Unit: bytes */
  sampleBytes: number
  /** whether these are all records of a batch: those with a filter choose from them */
  isWhole: boolean
  records: number
  /** whether it is the collector's own record about the app */
  isNotice: boolean
}

/** Live records for the thread of the page. */
export interface LivePost {
  slices: Slice[]
  /** the records of the slices, one after the other */
  bytes: ArrayBuffer
  /** number of all records since the last post; 0 where all who watch have a filter */
  total: number
  /** records that were left out because the thread had too much to do; those with a filter may lack some of them */
  skipped: number
}

interface WaitingSlice extends Slice {
  payload: Buffer
  readonly bytes: number
}

/** What a feed needs of its collector. */
export interface PageFeedOptions {
  /** what those with a filter want */
  watchers: Watchers
  /** Hands records over; `acknowledge` is called when the thread is done with them. */
  post: (post: LivePost) => void
  /** whether the name of a key decides what an app is called */
  isAppPinned: boolean
}

/**
 * Hands records over to the thread of the page, while somebody looks at it. It neither reads nor changes them: the collector's
 * thread only copies bytes, and of records that are shown to those without a filter just as many as they can see.
 */
export class PageFeed {
  #unfiltered = 0
  readonly #options: PageFeedOptions
  readonly #waiting = new FairQueue<WaitingSlice>(maxWaitingBytes)
  readonly #shares = new EvenShare((shownPerSecond * windowMs) / 1000, windowMs)
  readonly #hellos = new WeakMap<RecordBatch['hello'], LiveHello>()
  #unacknowledgedBytes = 0
  #total = 0
  #skipped = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: PageFeedOptions) {
    this.#options = options
  }

  /** Whether there is any use in `take` and `takePlain`. */
  get isWatched(): boolean {
    return this.#unfiltered > 0 || this.#options.watchers.isWatched
  }

  /** How many watch without a filter. */
  set unfiltered(viewers: number) {
    this.#unfiltered = viewers
    if (viewers === 0) this.#total = 0
  }

  /** Takes a batch that is being written. */
  take({ senderId, hello, records, first, last, isNotice }: RecordBatch): void {
    const count = isNotice ? 1 : last - first + 1
    const { app, host, topic } = hello
    const root = this.#options.isAppPinned ? app : (topic ?? app)
    const isWhole = this.#options.watchers.interestIn({ root, app, host }) !== undefined
    const sampled = this.#sample(senderId, count)
    if (!isWhole && sampled === 0) return
    const sampleBytes = findEnd(records, sampled)
    // A part is copied: held as it is, it would keep the whole message in memory.
    const payload = isWhole ? records : Buffer.from(records.subarray(0, sampleBytes))
    const slice = { hello: this.#recallHello(hello), sampleBytes, isWhole, isNotice }
    this.#push(senderId, { ...slice, records: count }, payload)
  }

  /** Takes a plain message that is being written. */
  takePlain(message: PlainMessage): void {
    const { app, level, subtopic } = message.parts
    const interest = this.#options.watchers.interestIn({ root: app, app, host: '' })
    const isWhole = interest?.(level, subtopic, '') ?? false
    const key = `plain ${app}`
    const isSampled = this.#sample(key, 1) > 0
    if (!isWhole && !isSampled) return
    const payload = Buffer.from(message.toRecord())
    const sampleBytes = isSampled ? payload.length : 0
    const hello = { app, host: '', pid: 0, levels: {} }
    this.#push(key, { hello, sampleBytes, isWhole, records: 1, isNotice: false }, payload)
  }

  /** Called after each round of messages. */
  flush(): void {
    if (this.#timer || this.#waiting.isEmpty) return
    this.#timer = setTimeout(() => this.#post(), gatherMs).unref()
  }

  /** The thread is done with this many bytes. */
  acknowledge(bytes: number): void {
    this.#unacknowledgedBytes = Math.max(0, this.#unacknowledgedBytes - bytes)
    this.flush()
  }

  /** Nobody watches any more: the thread has ended. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.unfiltered = 0
    this.#options.watchers.clear()
    this.#waiting.clear()
    this.#unacknowledgedBytes = 0
    this.#total = 0
    this.#skipped = 0
  }

  /** @returns how many of these records those without a filter see */
  #sample(key: string, records: number): number {
    if (this.#unfiltered === 0) return 0
    this.#total += records
    return this.#shares.take(key, records, performance.now())
  }

  #recallHello(hello: RecordBatch['hello']): LiveHello {
    let known = this.#hellos.get(hello)
    if (!known) {
      const { app, host, pid, topic, levels, levelKey, timeKey, messageKey, errorKey } = hello
      known = { app, host, pid, topic, levels, levelKey, timeKey, messageKey, errorKey }
      this.#hellos.set(hello, known)
    }
    return known
  }

  #push(key: string, slice: Omit<Slice, 'length'>, payload: Buffer): void {
    const { length } = payload
    const lost = this.#waiting.push(key, { ...slice, payload, length, bytes: length + sliceBytes })
    for (const { isWhole, records } of lost) if (isWhole) this.#skipped += records
  }

  #post(): void {
    this.#timer = undefined
    if (!this.isWatched) this.#waiting.clear()
    if (this.#waiting.isEmpty || this.#unacknowledgedBytes >= maxUnacknowledgedBytes) return
    const slices: WaitingSlice[] = []
    let bytes = 0
    for (let { first } = this.#waiting; first && bytes < maxPostBytes; { first } = this.#waiting) {
      slices.push(first)
      bytes += first.length
      this.#waiting.endTurn(true)
    }
    const memory = new Uint8Array(bytes)
    let offset = 0
    for (const { payload, length } of slices) {
      memory.set(payload, offset)
      offset += length
    }
    this.#unacknowledgedBytes += bytes
    this.#options.post({
      slices: slices.map(toSlice),
      bytes: memory.buffer,
      total: this.#total,
      skipped: this.#skipped
    })
    this.#total = 0
    this.#skipped = 0
    this.flush()
  }
}

function toSlice({ hello, length, sampleBytes, isWhole, records, isNotice }: WaitingSlice): Slice {
  return { hello, length, sampleBytes, isWhole, records, isNotice }
}

/** Where the first `count` lines end, or as many as there are. Unit: bytes */
function findEnd(records: Buffer, count: number): number {
  let end = 0
  for (let line = 0; line < count && end < maxSampleBytes; line++) {
    const next = records.indexOf(newline, end) + 1
    if (next === 0) break
    end = next
  }
  return end
}
