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
/** What was taken is posted this much later, all at once: more often than browsers get events, which would else lack a post now and then. Unit: ms */
const gatherMs = 75
/** Unit: bytes */
export const maxPostBytes = 768 * 1024
/** More is posted only when the thread has acknowledged something. Unit: bytes */
export const maxUnacknowledgedBytes = 1024 * 1024
/** Records that wait until the thread takes more; of more some are skipped. Unit: bytes */
export const maxWaitingBytes = 2 * 1024 * 1024
/** What a slice costs beside its bytes. Unit: bytes */
const sliceBytes = 512
/** A sample has no more records when it has this size. Unit: bytes */
const maxSampleBytes = 64 * 1024

const newline = 0x0a

/** Records of one sender. */
export interface Slice {
  /** the same object for all slices of a sender in one post */
  hello: LiveHello
  /** size of some of its records, which are shown to those without a filter. Unit: bytes */
  sampleBytes: number
  /** size of all its records, from which those with a filter choose; 0 where none of them may match. Unit: bytes */
  wholeBytes: number
  /** number of all its records */
  records: number
  /** whether it is the collector's own record about the app */
  isNotice: boolean
}

/** Live records for the thread of the page. */
export interface LivePost {
  slices: Slice[]
  /** of each slice the sample, and all records */
  bytes: ArrayBuffer
  /** number of all records since the last post; 0 where all who watch have a filter */
  total: number
  /** records that were left out because the thread had too much to do; those with a filter may lack some of them */
  skipped: number
}

interface WaitingSlice {
  slice: Slice
  sample: Buffer
  whole: Buffer
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
    const known = this.#recallHello(hello)
    const isAll = sampled === count && records.length <= maxSampleBytes
    const sample = isAll ? Buffer.from(records) : pickLines(records, sampled)
    const facts = { hello: known, records: count, isNotice }
    this.#push(senderId, facts, sample, isWhole ? records : nothing)
  }

  /** Takes a plain message that is being written. */
  takePlain(message: PlainMessage): void {
    const { app, level, subtopic } = message.parts
    const source = { root: app, app, host: '' }
    const interest = this.#options.watchers.interestIn(source, message.mayBeRecord)
    const isWhole = interest?.(level, subtopic, '') ?? false
    const key = `plain ${app}`
    const isSampled = this.#sample(key, 1) > 0
    if (!isWhole && !isSampled) return
    const record = Buffer.from(message.toRecord())
    const facts = { hello: { app, host: '', pid: 0, levels: {} }, records: 1, isNotice: false }
    this.#push(key, facts, isSampled ? record : nothing, isWhole ? record : nothing)
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

  /** No browser watches any more: the thread has ended. */
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

  #push(
    key: string,
    facts: Omit<Slice, 'sampleBytes' | 'wholeBytes'>,
    sample: Buffer,
    whole: Buffer
  ): void {
    const slice = { ...facts, sampleBytes: sample.length, wholeBytes: whole.length }
    const bytes = sample.length + whole.length + sliceBytes
    const lost = this.#waiting.push(key, { slice, sample, whole, bytes })
    for (const { slice: each } of lost) if (each.wholeBytes > 0) this.#skipped += each.records
  }

  #post(): void {
    this.#timer = undefined
    if (!this.isWatched) this.#waiting.clear()
    if (this.#waiting.isEmpty || this.#unacknowledgedBytes >= maxUnacknowledgedBytes) return
    const taken: WaitingSlice[] = []
    let bytes = 0
    for (let { first } = this.#waiting; first && bytes < maxPostBytes; { first } = this.#waiting) {
      taken.push(first)
      bytes += first.sample.length + first.whole.length
      this.#waiting.endTurn(true)
    }
    const memory = new Uint8Array(bytes)
    let offset = 0
    for (const part of taken.flatMap(({ sample, whole }) => [sample, whole])) {
      memory.set(part, offset)
      offset += part.length
    }
    this.#unacknowledgedBytes += bytes
    this.#options.post({
      slices: taken.map(({ slice }) => slice),
      bytes: memory.buffer,
      total: this.#total,
      skipped: this.#skipped
    })
    this.#total = 0
    this.#skipped = 0
    this.flush()
  }
}

const nothing = Buffer.alloc(0)

/** Some of the lines, at even distances in bytes: short ones may be missed. They are a copy: a part of a message would keep all of it in memory. */
function pickLines(records: Buffer, count: number): Buffer {
  const picked: Buffer[] = []
  let [end, bytes] = [0, 0]
  for (let index = 0; index < count && bytes < maxSampleBytes; index++) {
    const position = Math.floor((index * records.length) / count)
    const start = position === 0 ? 0 : records.indexOf(newline, Math.max(end, position) - 1) + 1
    if (index > 0 && start === 0) break
    end = records.indexOf(newline, start) + 1
    if (end === 0) break
    picked.push(records.subarray(start, end))
    bytes += end - start
  }
  return Buffer.concat(picked)
}
