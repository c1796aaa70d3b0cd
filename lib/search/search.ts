/** Searches the files of a log. */
import { availableParallelism } from 'node:os'
import { toMessage } from '../errors.ts'
import { addCount, type Counts } from './counter.ts'
import { closeFile, openFile, type OpenFile, type SearchFile } from './files.ts'
import type { Job, Part, RangeSummary } from './jobs.ts'
import { planFile } from './plan.ts'
import type { ScanSettings } from './query.ts'
import type { FileRanges, RangeCache } from './range-cache.ts'
import { runJobs, type QueuedJob } from './search-threads.ts'
import { TimeTotals } from './time-totals.ts'
import { untilAborted } from '../util/abort.ts'

/** How far a search is. Sizes are those of the files, compressed or not. */
export interface Progress {
  doneBytes: number
  totalBytes: number
  /** number of entries that were found */
  hits: number
}

/** What a search tells. */
export interface SearchListener {
  /** Takes output, and resolves when more may come; false = no more is wanted. */
  write(bytes: Uint8Array): Promise<boolean>
  onProgress(progress: Progress): void
  /** called for a file of which something could not be searched */
  onTrouble(message: string): void
  /** called for a file that was deleted meanwhile */
  onGone(path: string): void
}

/** How a search runs. */
export interface SearchMode {
  /** 0 = this thread searches; default: as many threads as `maxThreads` says, where there is much to search */
  threads?: number
  /** default: the number of cores */
  maxThreads?: number
  /** files that are open before threads start; default: 64 */
  maxOpenFiles?: number
  /** ends the search at once; then this thread is not blocked for long, either */
  signal?: AbortSignal
  /** what earlier searches have learned of files without an index, and later ones are to know */
  cache?: RangeCache
}

/** What a search has found. */
export interface SearchResult {
  hits: number
  /** by value, where entries are counted */
  counts: Counts
  /** undefined where entries are not counted by time */
  times: TimeTotals | undefined
}

/** Less is searched sooner by one thread than others start. Unit: bytes, uncompressed */
const minThreadBytes = 8 * 1024 * 1024
/** As many jobs are looked at before threads are started: each may be of another file, which is open then. */
const maxFirstJobs = 64
/** Compressed files have about this many times as many bytes. */
const usualRatio = 10

/**
 * Searches files.
 * @param files in the order of the output
 * @throws the signal's reason when it is aborted
 */
export async function search(
  files: readonly SearchFile[],
  settings: ScanSettings,
  listener: SearchListener,
  mode: SearchMode = {}
): Promise<SearchResult> {
  const run = new SearchRun(files, settings, listener, mode)
  try {
    await run.run()
  } finally {
    run.close()
  }
  return { hits: run.hits, counts: run.counts, times: run.times }
}

/** One search. */
class SearchRun {
  hits = 0
  readonly counts: Counts = new Map()
  readonly times: TimeTotals | undefined
  readonly #files: readonly SearchFile[]
  readonly #settings: ScanSettings
  readonly #listener: SearchListener
  readonly #mode: SearchMode
  readonly #open = new Set<OpenFile>()
  readonly #totalBytes: number
  #doneBytes = 0

  constructor(
    files: readonly SearchFile[],
    settings: ScanSettings,
    listener: SearchListener,
    mode: SearchMode
  ) {
    const { form } = settings.output
    if (typeof form === 'object' && 'buckets' in form) this.times = new TimeTotals(form.buckets)
    this.#mode = mode
    this.#files = settings.output.isReversed ? files.toReversed() : files
    this.#settings = settings
    this.#listener = listener
    this.#totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  async run(): Promise<void> {
    const { threads, signal, maxOpenFiles = maxFirstJobs } = this.#mode
    const { maxThreads = availableParallelism() } = this.#mode
    signal?.throwIfAborted()
    const jobs = this.#planJobs()
    const first: QueuedJob[] = []
    let bytes = 0
    for (let isMore = threads === undefined; isMore;) {
      const { value, done } = await jobs.next()
      if (done) break
      first.push(value)
      bytes += toWork(value.job)
      isMore = bytes < minThreadBytes && first.length < maxOpenFiles
    }
    const isMuch = bytes >= minThreadBytes || first.length === maxOpenFiles
    await runJobs(
      concat(first, jobs),
      this.#settings,
      threads ?? (isMuch && availableParallelism() > 1 ? maxThreads : 0),
      (part, job) => this.#take(part, job),
      signal
    )
  }

  close(): void {
    for (const file of this.#open) closeFile(file)
    this.#open.clear()
  }

  /** Opens one file after the other, as its jobs are needed. */
  async *#planJobs(): AsyncGenerator<QueuedJob, undefined> {
    for (const file of this.#files) {
      const jobs = this.#openFile(file)
      yield* jobs
    }
    return undefined
  }

  #openFile(file: SearchFile): QueuedJob[] {
    const [path = ''] = file.paths
    let opened: OpenFile | undefined
    try {
      opened = openFile(file)
      if (!opened) {
        this.#listener.onGone(path)
        return []
      }
      return this.#planFile(opened, file)
    } catch (error) {
      this.#listener.onTrouble(`${opened?.path ?? path} was not searched: ${toMessage(error)}`)
      if (opened) closeFile(opened)
      return []
    }
  }

  #planFile(opened: OpenFile, file: SearchFile): QueuedJob[] {
    const { cache } = this.#mode
    const { fd, stats } = opened
    let ranges: FileRanges | undefined
    const { jobs, skippedBytes } = planFile(
      opened,
      file.values,
      this.#settings,
      cache && (() => (ranges = cache.open(fd, stats, this.#settings.lines)))
    )
    this.#doneBytes += skippedBytes
    this.#open.add(opened)
    let left = jobs.length
    let isReported = false
    const onDamage = (error: Error): void => {
      if (!isReported) this.#report(opened.path, error)
      isReported = true
    }
    const onDone = (error: Error | undefined): void => {
      if (error) onDamage(error)
      if (--left > 0) return
      this.#open.delete(opened)
      closeFile(opened)
    }
    if (left === 0) onDone(undefined)
    const onSummary = (summary: RangeSummary): void => ranges?.add(summary)
    return jobs.map(job => ({ job, onSummary, onDamage, onDone }))
  }

  #report(path: string, error: Error): void {
    this.#listener.onTrouble(
      `${path} is incomplete, damaged or not readable (${toMessage(error)}); only a part of it was searched`
    )
  }

  async #take(
    { hits, bytes, ends, counts, timeCounts, summary, damage, doneBytes }: Part,
    { onSummary, onDamage }: QueuedJob
  ): Promise<boolean> {
    if (summary) onSummary(summary)
    if (damage) onDamage(damage)
    if (timeCounts) this.times?.add(timeCounts)
    const { limit } = this.#settings.output
    const wanted = limit > 0 ? Math.min(hits, limit - this.hits) : hits
    this.hits += wanted
    this.#doneBytes += doneBytes
    for (const [value, number] of counts) addCount(this.counts, value, number)
    const output = wanted < hits ? bytes.subarray(0, ends[wanted - 1] ?? 0) : bytes
    const isWanted = output.length === 0 || (await this.#write(output))
    this.#listener.onProgress({
      doneBytes: this.#doneBytes,
      totalBytes: this.#totalBytes,
      hits: this.hits
    })
    return isWanted && (limit === 0 || this.hits < limit)
  }

  /** Doesn't wait for a reader that is gone. */
  async #write(output: Uint8Array): Promise<boolean> {
    const writing = this.#listener.write(output)
    const { signal } = this.#mode
    return signal ? untilAborted(writing, signal) : writing
  }
}

async function* concat(
  first: readonly QueuedJob[],
  rest: AsyncIterable<QueuedJob>
): AsyncGenerator<QueuedJob> {
  yield* first
  yield* rest
}

/** About how many bytes a job has to search. */
function toWork(job: Job): number {
  switch (job.kind) {
    case 'ranges':
      return job.ranges.reduce((sum, { length }) => sum + length, 0)
    case 'blocks':
      return job.blocks.reduce((sum, { bytes }) => sum + bytes, 0)
    case 'file':
      return job.size * usualRatio
  }
}
