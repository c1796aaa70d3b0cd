import { test } from 'tap'
import { waitFor } from '../../helpers/wait.ts'
import type { Histogram } from '../../../lib/viewer/page/model/histogram.ts'
import { HistoryList, type ListChange } from '../../../lib/viewer/page/model/history-list.ts'
import { parseLine } from '../../../lib/viewer/page/model/line.ts'
import {
  maxPageRows,
  pageRows,
  type FoundLines
} from '../../../lib/viewer/page/model/time-pages.ts'
import type { Interval } from '../../../lib/viewer/page/model/time-range.ts'

/** A log with one line for each time given. */
class FakeLog {
  readonly #times: readonly number[]
  readonly asked: (Interval & { limit: number })[] = []
  readonly changes: ListChange[] = []
  aborted = 0
  /** lines that fit into an answer */
  most = Infinity
  trouble: string | undefined

  constructor(times: readonly number[]) {
    this.#times = times
  }

  list(untilMs: number, bucketMs: number): HistoryList {
    const histogram = this.#count({ sinceMs: 0, untilMs }, bucketMs)
    return new HistoryList(histogram, untilMs, this, change => this.changes.push(change))
  }

  async loadLines(interval: Interval, limit: number, signal: AbortSignal): Promise<FoundLines> {
    this.asked.push({ ...interval, limit })
    signal.addEventListener('abort', () => this.aborted++)
    if (this.trouble !== undefined) throw new Error(this.trouble)
    const lines = this.#find(interval)
      .slice(0, Math.min(limit, this.most))
      .map(time => parseLine(`{"time":${time},"msg":"${time}"}`))
      .toReversed()
    return { lines, isComplete: lines.length < this.most }
  }

  async loadHistogram(interval: Interval, buckets: number): Promise<Histogram> {
    return this.#count(interval, Math.ceil((interval.untilMs - interval.sinceMs) / buckets))
  }

  #find({ sinceMs, untilMs }: Interval): number[] {
    return this.#times.filter(time => time >= sinceMs && time < untilMs)
  }

  #count(interval: Interval, bucketMs: number): Histogram {
    const { sinceMs, untilMs } = interval
    const counts = Array.from({ length: Math.ceil((untilMs - sinceMs) / bucketMs) }, () => 0)
    for (const time of this.#find(interval)) {
      const bucket = Math.floor((time - sinceMs) / bucketMs)
      counts[bucket] = (counts[bucket] ?? 0) + 1
    }
    return { sinceMs, bucketMs, levels: { 30: counts }, total: 0, withoutTime: 0, troubles: [] }
  }
}

/** Shows rows until all of them are loaded. */
async function load(
  list: HistoryList,
  first: number,
  last: number
): Promise<(string | undefined)[]> {
  const read = () =>
    Array.from({ length: Math.min(last, list.count) - first }, (_, i) => list.rowAt(first + i))
  const isLoaded = (): boolean => {
    list.show(first, last)
    return read().every(line => line !== undefined)
  }
  await waitFor(isLoaded, `rows ${first} to ${last}`)
  return read().map(line => line?.message)
}

const range = (count: number, step = 1) => Array.from({ length: count }, (_, index) => index * step)

test('rows are in the order of their times, and small neighbouring buckets are loaded at once', async t => {
  const log = new FakeLog(range(1000, 10))
  const list = log.list(10_000, 50)
  t.equal(list.count, 1000)
  t.equal(list.rowAt(0), undefined)
  t.strictSame(await load(list, 500, 503), ['5000', '5010', '5020'])
  t.equal(log.asked.length, 1)
})

test('only what is near the view is loaded', async t => {
  const log = new FakeLog(range(100_000))
  const list = log.list(100_000, 500)
  t.strictSame(await load(list, 50_000, 50_002), ['50000', '50001'])
  t.ok(log.asked.every(({ sinceMs }) => Math.abs(sinceMs - 50_000) <= 2 * pageRows))
})

test('a bucket with too many rows is divided before it is loaded', async t => {
  const log = new FakeLog(range(50_000))
  const list = log.list(50_000, 50_000)
  t.equal(list.count, 50_000)
  t.strictSame(await load(list, 49_998, 50_000), ['49998', '49999'])
  t.equal(list.count, 50_000)
  t.ok(log.asked.every(({ sinceMs, untilMs }) => untilMs - sinceMs <= pageRows))
})

test('of too many lines in one millisecond the first are shown, and how many there are', async t => {
  const log = new FakeLog(Array.from({ length: maxPageRows + 500 }, () => 7))
  const list = log.list(10, 10)
  await load(list, 0, 10)
  t.equal(list.count, maxPageRows + 1)
  t.match(list.rowAt(maxPageRows)?.message, /^500 more lines of this millisecond/)
})

test('of lines that are too long together the first are shown, and how many there are', async t => {
  const log = new FakeLog(range(1000))
  log.most = 7
  const list = log.list(1000, 1000)
  await load(list, 0, 8)
  t.equal(list.count, 8)
  t.match(list.rowAt(7)?.message, /^993 more lines of this time are too long/)
})

test('lines that came after they were counted are shown, and the view is told', async t => {
  const times = range(100)
  const log = new FakeLog(times)
  const list = log.list(1000, 1000)
  times.push(200, 201)
  t.strictSame((await load(list, 0, 102)).slice(-2), ['200', '201'])
  t.equal(list.count, 102)
  t.strictSame(log.changes, [{ row: 100, added: 2 }])
})

test('a jump cancels what is not in view any more', async t => {
  const log = new FakeLog(range(100_000))
  const list = log.list(100_000, 500)
  list.show(0, 10)
  list.show(90_000, 90_010)
  t.equal(log.aborted, 2)
  t.strictSame(await load(list, 90_000, 90_001), ['90000'])
  t.equal(list.rowAt(0), undefined)
})

test('a failed request is tried again only when it is asked for', async t => {
  const log = new FakeLog(range(10))
  const list = log.list(10, 10)
  log.trouble = 'disk gone'
  list.show(0, 10)
  await waitFor(() => list.trouble === 'disk gone', 'the trouble')
  list.show(0, 10)
  t.equal(log.asked.length, 1)
  log.trouble = undefined
  list.retry()
  t.equal((await load(list, 0, 10)).length, 10)
  t.equal(list.trouble, undefined)
})

test('a long list is scrolled through in bounded memory', async t => {
  const log = new FakeLog(range(200_000))
  const list = log.list(200_000, 1000)
  for (let row = 0; row < 200_000; row += 8000) await load(list, row, row + 40)
  let loaded = 0
  for (let row = 0; row < list.count; row++) if (list.rowAt(row)) loaded++
  t.ok(loaded <= 30_000, `${loaded} rows are kept`)
})
