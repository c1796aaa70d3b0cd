import type { LivePost, Slice } from '../collector/live/page-feed.ts'
import { toLiveBatch, type LiveSettings } from '../collector/live/live-batch.ts'
import { Watchers } from '../collector/live/watchers.ts'
import { encodeLiveFilter, type LiveFilter } from '../wire/live-filter.ts'
import { encodeSubscription } from '../wire/subscription.ts'
import type { Watch } from './watch.ts'
import { LiveWindow } from './live-window.ts'
import { RequestError } from './request-error.ts'

/** More browsers can't watch at a time. */
export const maxViewers = 20
/** How often a viewer gets an event. Unit: ms */
const eventMs = 100
/** The share of its time for which the thread looks at records; the rest is for others. */
const timeShare = 0.2
/** Longest pause after a piece of work. Unit: ms */
const maxPauseMs = 500

/** The connection of a browser. */
export interface LiveStream {
  /** whether the browser has not read what it was sent */
  readonly isBlocked: boolean
  send(event: string, id: number, data: string): void
  end(): void
}

/** What a desk tells the collector's thread. */
export interface DeskListener {
  /**
   * @param frames as a ZeroMQ watcher sends them @param unfiltered how many watch without a filter
   * @returns resolves when records are handed over accordingly
   */
  onWatch(frames: Uint8Array[], unfiltered: number): Promise<void>
  /** Called when it has time for more. */
  onDone(bytes: number): void
}

interface Viewer {
  stream: LiveStream
  watch: Watch
  isFiltered: boolean
  window: LiveWindow
  /** subscriptions of those with a filter */
  topics: Buffer[]
  /** whether it has been told that it sees each record from now on */
  isStarted: boolean
}

/** The browsers that watch records arrive. */
export class LiveDesk {
  readonly #settings: LiveSettings
  readonly #listener: DeskListener
  readonly #viewers = new Set<Viewer>()
  /** what those with a filter want */
  readonly #filtered = new Watchers()
  readonly #all = new Watchers()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(settings: LiveSettings, listener: DeskListener) {
    this.#settings = settings
    this.#listener = listener
    this.#all.take(encodeSubscription(Buffer.alloc(0)))
  }

  get size(): number {
    return this.#viewers.size
  }

  /** @throws RequestError where too many watch */
  refuseIfFull(): void {
    if (this.#viewers.size < maxViewers && !this.#isClosed) return
    throw new RequestError(
      429,
      'busy',
      `${maxViewers} browsers watch already; close one of them, or look at the history`
    )
  }

  /**
   * Adds a browser. The first event of its stream says from when on it sees records, and since when it has missed some.
   * @param open begins its stream; the given function must be called when it has gone
   * @param lastId of the last event that it has seen; NaN where it is new
   */
  add(watch: Watch, open: (onClose: () => void) => LiveStream, lastId: number): void {
    const isFiltered = watch.test !== undefined
    const topics = isFiltered ? toTopics(watch.filter) : []
    const window = new LiveWindow()
    let viewer: Viewer | undefined
    const stream = open(() => viewer && this.#remove(viewer))
    const added: Viewer = { stream, watch, isFiltered, window, topics, isStarted: false }
    viewer = added
    this.#viewers.add(added)
    this.#timer ??= setInterval(() => this.#sendAll(), eventMs)
    void this.#subscribe(topics, true).then(() => start(added, lastId))
  }

  /** Takes records, and says when it is done with them: so much later that others have their time, too. */
  take({ slices, bytes, total, skipped }: LivePost): void {
    const startedAt = performance.now()
    const memory = Buffer.from(bytes)
    const filtered = [...this.#viewers].filter(({ isFiltered }) => isFiltered)
    const unfiltered = [...this.#viewers].filter(({ isFiltered }) => !isFiltered)
    for (const { window } of unfiltered) window.count(total)
    let offset = 0
    let looked = 0
    const next = (length: number): Buffer => memory.subarray(offset, (offset += length))
    for (const slice of slices) {
      const sample = next(slice.sampleBytes)
      const whole = next(slice.wholeBytes)
      if (unfiltered.length > 0 && sample.length > 0) this.#show(slice, sample, unfiltered)
      if (filtered.length > 0 && whole.length > 0) {
        looked += slice.records
        this.#choose(slice, whole, filtered)
      }
    }
    for (const { window } of filtered) window.look(looked, skipped)
    const tookMs = performance.now() - startedAt
    const pauseMs = Math.min(maxPauseMs, tookMs * (1 / timeShare - 1))
    if (pauseMs < 1) this.#listener.onDone(bytes.byteLength)
    else setTimeout(() => this.#listener.onDone(bytes.byteLength), pauseMs)
  }

  /** Ends all streams. */
  close(): void {
    this.#isClosed = true
    for (const { stream } of this.#viewers) stream.end()
  }

  /** Shows the sample to those without a filter. */
  #show(slice: Slice, records: Buffer, viewers: readonly Viewer[]): void {
    this.#read(slice, records, this.#all, line => {
      for (const { window } of viewers) window.add(line)
    })
  }

  /** Shows what they want to those with a filter. */
  #choose(slice: Slice, records: Buffer, viewers: readonly Viewer[]): void {
    this.#read(slice, records, this.#filtered, line => {
      for (const { window, watch } of viewers)
        if (watch.test?.matches(line) !== false) window.add(line)
    })
  }

  #read(slice: Slice, records: Buffer, watchers: Watchers, onLine: (line: string) => void): void {
    const { hello, isNotice } = slice
    const batch = { hello, records, isNotice, first: 1, last: slice.records }
    const item = toLiveBatch(batch, watchers, this.#settings)
    if (!item) return
    const now = Date.now()
    while (!item.publishNext((_topic, line) => onLine(line), now));
  }

  #remove(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return
    void this.#subscribe(viewer.topics, false)
    if (this.#viewers.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #subscribe(topics: readonly Buffer[], isWanted: boolean): Promise<void> {
    const frames = topics.map(topic => encodeSubscription(topic))
    if (!isWanted) for (const frame of frames) frame[0] = 0
    for (const frame of frames) this.#filtered.take(frame)
    const unfiltered = [...this.#viewers].filter(({ isFiltered }) => !isFiltered).length
    return this.#listener.onWatch(frames, unfiltered)
  }

  #sendAll(): void {
    for (const { stream, window, isStarted } of this.#viewers) {
      if (!isStarted) continue
      if (stream.isBlocked) {
        window.drop()
        continue
      }
      const sample = window.take()
      if (sample) stream.send('records', Date.now(), JSON.stringify(sample))
    }
  }
}

function start(viewer: Viewer, lastId: number): void {
  const timeMs = Date.now()
  const isKnown = Number.isSafeInteger(lastId) && lastId > 0 && lastId <= timeMs
  const data = { timeMs, ...(isKnown && { missedSinceMs: lastId }) }
  viewer.stream.send('start', timeMs, JSON.stringify(data))
  viewer.isStarted = true
}

/** As ZeroMQ watchers subscribe: to everything, and to a filter of that. */
function toTopics(filter: LiveFilter): Buffer[] {
  return [Buffer.alloc(0), encodeLiveFilter(filter)]
}
