/** The history of the page: counts and records of the log's files, by the functions of the search command. */
import type { ResolvedOutputOptions } from '../collector/options/output-options.ts'
import { ZmqPubError } from '../errors.ts'
import { findFiles, withoutPathNames, type SearchFile } from '../search/files.ts'
import { everything, type LineSettings, type OutputSettings, type Query } from '../search/query.ts'
import { RangeCache } from '../search/range-cache.ts'
import { search, type SearchListener, type SearchResult } from '../search/search.ts'
import { refuseTextSearch } from '../search/text-log.ts'
import { countedLevels } from '../search/time-counter.ts'
import { countFree, toLimits } from './search-limits.ts'
import { toBuckets, TimeTotals, type TimeTable } from '../search/time-totals.ts'
import type { Filters, TimeSpan } from './filters.ts'

/** What is asked for. */
export interface HistoryQuery extends TimeSpan {
  /** index of the output whose log is searched */
  output: number
  filters: Filters
}

/** Numbers of records by time and level. */
export interface Histogram {
  /** the beginning of the first bucket. Unit: ms since the epoch */
  sinceMs: number
  bucketMs: number
  /** by level (10, 20 … 60), the number of records in each bucket; other levels count as the next lower one of these, and a level without records is left out */
  levels: Record<string, number[]>
  /** of all buckets */
  total: number
  /** records without a readable time, which are in no bucket */
  withoutTime: number
  /** what could not be searched, and why; empty where the counts are complete */
  troubles: string[]
}

/** What a search for records has found. */
export interface Found {
  found: number
  /** what could not be searched, and why */
  troubles: string[]
}

/** What the files are searched for. */
interface Prepared {
  files: SearchFile[]
  query: Query
  lines: LineSettings
}

/** A longer record would make a page slow. Unit: bytes */
const maxEntryBytes = 1024 * 1024

/** How messages name the filters. */
const filterNames = { prefix: '', text: 'text' } as const

/** Lines as they are in the files. */
const raw = { isColored: false, isTerminal: false, isReversed: false } as const

/** Finds records in the logs of a collector. */
export class History {
  readonly #outputs: readonly ResolvedOutputOptions[]
  readonly #timezone: string
  readonly #ranges = new RangeCache()

  constructor(outputs: readonly ResolvedOutputOptions[], timezone: string) {
    this.#outputs = outputs
    this.#timezone = timezone
  }

  /**
   * Counts records by time and level. The buckets are equal parts of the query's times. Without a first or last time the
   * records say where the buckets begin and end.
   * @param maxBuckets at most this many
   * @param onProgress called with the share that is done, 0 to 1
   * @throws ERR_ZMQ_PUB_OPTION where the log can't be searched in this way; the signal's reason when it is aborted
   */
  async countByTime(
    query: HistoryQuery,
    maxBuckets: number,
    onProgress: (share: number) => void,
    signal: AbortSignal
  ): Promise<Histogram> {
    const prepared = await this.#prepare({ ...query, withUntimed: true })
    const buckets = toBuckets(query, maxBuckets)
    const { times, troubles } = await this.#search(
      prepared,
      { ...raw, form: { buckets }, limit: 0 },
      async () => true,
      onProgress,
      signal
    )
    const table = (times ?? new TimeTotals(buckets)).toTable(query, maxBuckets)
    return toHistogram(table, troubles)
  }

  /**
   * Finds records, in the order of the files.
   * @param limit at most this many, and of each that is longer than 1 MiB only the beginning; 0 = all
   * @param write called with lines, each with its newline: as they are in the file, so that a line need not be valid JSON;
   * entries of the text format as objects with `time`, `level` and `text`
   * @throws as `countByTime`, and what `write` throws
   */
  async find(
    query: HistoryQuery,
    limit: number,
    write: (lines: Buffer) => Promise<void>,
    signal: AbortSignal
  ): Promise<Found> {
    const prepared = await this.#prepare({ ...query, withUntimed: false })
    let failure: unknown
    const { hits, troubles } = await this.#search(
      prepared,
      { ...raw, form: 'json', limit, maxEntryBytes: limit > 0 ? maxEntryBytes : 0 },
      async ({ buffer, byteOffset, byteLength }) => {
        try {
          await write(Buffer.from(buffer, byteOffset, byteLength))
          return true
        } catch (error) {
          failure = error
          return false
        }
      },
      () => undefined,
      signal
    )
    if (failure !== undefined) throw failure
    return { found: hits, troubles }
  }

  async #search(
    { files, query, lines }: Prepared,
    output: OutputSettings,
    write: (bytes: Uint8Array) => Promise<boolean>,
    onProgress: (share: number) => void,
    signal: AbortSignal
  ): Promise<SearchResult & { troubles: string[] }> {
    const troubles: string[] = []
    const listener: SearchListener = {
      write,
      onProgress: ({ doneBytes, totalBytes }) =>
        onProgress(Math.min(1, doneBytes / Math.max(1, totalBytes))),
      onTrouble: message => troubles.push(message),
      onGone: path => troubles.push(`${path} was deleted before it was searched`)
    }
    const mode = { ...toLimits(countFree()), signal, cache: this.#ranges }
    const result = await search(files, { query, lines, output }, listener, mode)
    return { ...result, troubles }
  }

  /** @throws ERR_ZMQ_PUB_OPTION, the file system's error */
  async #prepare({
    output,
    filters,
    sinceMs,
    untilMs,
    withUntimed
  }: HistoryQuery & Pick<Query, 'withUntimed'>): Promise<Prepared> {
    const chosen = this.#outputs[output]
    if (!chosen) {
      const most = this.#outputs.length - 1
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_OPTION',
        `output must be the number of an output, 0 to ${most}, got ${output}`
      )
    }
    const { file, rotate, format, text, timeKey, levelKey, messageKey } = chosen
    const query = { ...everything, ...filters, sinceMs, untilMs, withUntimed }
    if (format === 'text') refuseTextSearch({ file, text }, query, undefined, filterNames)
    return {
      files: await findFiles({ file, rotate }, query),
      query: withoutPathNames(query, { file, rotate }),
      lines: { format, timeKey, levelKey, messageKey, timezone: this.#timezone }
    }
  }
}

function toHistogram(
  { sinceMs, bucketMs, levels, withoutTime }: TimeTable,
  troubles: string[]
): Histogram {
  const counted = levels.flat().reduce((sum, number) => sum + number, 0)
  const byLevel = countedLevels.map((level, index) => [level, levels[index] ?? []] as const)
  return {
    sinceMs,
    bucketMs,
    levels: Object.fromEntries(byLevel.filter(([, numbers]) => numbers.some(number => number > 0))),
    total: counted,
    withoutTime,
    troubles
  }
}
