/**
 * The history as a list of any length: a histogram tells how many rows each time has, and only what is in view is
 * loaded. What is far from the view is forgotten.
 */
import type { Histogram } from './histogram.ts'
import type { Line } from './line.ts'
import type { RowSource } from './row-source.ts'
import {
  chooseDivision,
  isTooLarge,
  maxPageRows,
  pageRows,
  toPages,
  toRows,
  type FoundLines,
  type TimePage
} from './time-pages.ts'
import type { Interval } from './time-range.ts'

/** How the rows are asked for. */
export interface HistorySource {
  loadLines(interval: Interval, limit: number, signal: AbortSignal): Promise<FoundLines>
  loadHistogram(interval: Interval, buckets: number, signal: AbortSignal): Promise<Histogram>
}

/** What has changed. */
export interface ListChange {
  /** the row from which rows were added or removed, and how many; a negative number were removed */
  row: number
  added: number
}

/** Requests at a time: the collector lets only a few searches run. */
const maxRequests = 2
/** Rows that are kept. */
const maxKeptRows = 20_000

export class HistoryList implements RowSource {
  readonly #source: HistorySource
  readonly #onChange: (change: ListChange) => void
  #pages: TimePage[]
  /** number of the first row of each page, and of all rows */
  #starts: number[] = [0]
  readonly #requests = new Map<TimePage, AbortController>()
  #looks = 0
  #trouble: string | undefined

  constructor(
    histogram: Histogram,
    untilMs: number,
    source: HistorySource,
    onChange: (change: ListChange) => void
  ) {
    this.#source = source
    this.#onChange = onChange
    this.#pages = toPages(histogram, untilMs)
    this.#countStarts()
  }

  get count(): number {
    return this.#starts.at(-1) ?? 0
  }

  /** Why some rows could not be loaded; undefined where there is no trouble. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  rowAt(index: number): Line | undefined {
    const page = this.#findPage(index)
    return this.#pages[page]?.rows?.[index - (this.#starts[page] ?? 0)]
  }

  /** Loads what is in view, and then what is next to it. @param last the row after the last one */
  show(first: number, last: number): void {
    this.#looks++
    const [from, to] = [this.#findPage(first), this.#findPage(Math.max(first, last - 1))]
    const inView = this.#pages.slice(from, to + 1)
    for (const page of inView) page.seenAt = this.#looks
    const near = [this.#pages[to + 1], this.#pages[from - 1]].filter(page => page !== undefined)
    const wanted = new Set([...inView, ...near])
    for (const [page, request] of this.#requests) {
      if (wanted.has(page)) continue
      request.abort()
      this.#requests.delete(page)
    }
    for (const page of wanted) {
      if (this.#requests.size >= maxRequests) break
      if (page.rows === undefined && !page.hasFailed && !this.#requests.has(page)) {
        void this.#load(page)
      }
    }
    this.#forgetFar(wanted)
  }

  /** Asks again for what could not be loaded. */
  retry(): void {
    this.#trouble = undefined
    for (const page of this.#pages) page.hasFailed = false
  }

  close(): void {
    for (const request of this.#requests.values()) request.abort()
  }

  async #load(page: TimePage): Promise<void> {
    const request = new AbortController()
    this.#requests.set(page, request)
    try {
      const pages = isTooLarge(page)
        ? await this.#divide(page, request.signal)
        : [await this.#fill(page, request.signal)]
      if (request.signal.aborted) return
      this.#requests.delete(page)
      this.#replace(page, pages)
    } catch (error) {
      if (request.signal.aborted) return
      this.#requests.delete(page)
      page.hasFailed = true
      this.#trouble = (error as Error).message
      this.#onChange({ row: this.count, added: 0 })
    }
  }

  async #divide(page: TimePage, signal: AbortSignal): Promise<TimePage[]> {
    const histogram = await this.#source.loadHistogram(page, chooseDivision(page), signal)
    return toPages(histogram, page.untilMs)
  }

  async #fill(page: TimePage, signal: AbortSignal): Promise<TimePage> {
    // Some lines may have arrived since they were counted.
    const limit = Math.min(maxPageRows, Math.max(2 * page.count, pageRows))
    const rows = toRows(await this.#source.loadLines(page, limit, signal), page.count)
    return { ...page, rows, count: rows.length }
  }

  #replace(page: TimePage, pages: readonly TimePage[]): void {
    const index = this.#pages.indexOf(page)
    if (index === -1) return
    const row = this.#starts[index] ?? 0
    this.#pages.splice(index, 1, ...pages.filter(({ count }) => count > 0))
    this.#countStarts()
    const count = pages.reduce((sum, each) => sum + each.count, 0)
    this.#onChange({ row: row + Math.min(page.count, count), added: count - page.count })
  }

  #forgetFar(wanted: ReadonlySet<TimePage>): void {
    const loaded = this.#pages.filter(page => page.rows !== undefined)
    let kept = loaded.reduce((sum, { count }) => sum + count, 0)
    if (kept <= maxKeptRows) return
    for (const page of loaded.toSorted((a, b) => a.seenAt - b.seenAt)) {
      if (kept <= maxKeptRows) return
      if (wanted.has(page)) continue
      page.rows = undefined
      kept -= page.count
    }
  }

  #countStarts(): void {
    let row = 0
    this.#starts = [0, ...this.#pages.map(({ count }) => (row += count))]
  }

  /** The page that has a row, by bisection; the last one where it is beyond the end. */
  #findPage(row: number): number {
    let [low, high] = [0, Math.max(0, this.#pages.length - 1)]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#starts[middle] ?? 0) <= row) low = middle
      else high = middle - 1
    }
    return low
  }
}
