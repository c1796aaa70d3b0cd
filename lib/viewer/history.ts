/** The history of the page: counts and records of the log's files, by the functions of the search command. */
import type { ResolvedOutputOptions } from '../collector/options/output-options.ts'
import { ZmqPubError } from '../errors.ts'
import { findFiles, withoutPathNames, type SearchFile } from '../search/files.ts'
import { everything, type LineSettings, type Query } from '../search/query.ts'
import { search } from '../search/search.ts'
import { refuseTextSearch } from '../search/text-log.ts'
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
  /** by pino's level number (10, 20 … 60), the number of records in each bucket; other levels count as the next lower of these */
  levels: Record<string, number[]>
  /** of all buckets */
  total: number
  /** records without a readable time, which are in no bucket */
  withoutTime: number
  /** what could not be searched, and why; empty where the counts are complete */
  troubles: string[]
}

/** What the files are searched for. */
interface Prepared {
  files: SearchFile[]
  query: Query
  lines: LineSettings
}

/** How messages name the filters. */
const filterNames = { prefix: '', text: 'text' } as const

/** Lines as they are in the files. */
const raw = { form: 'json', isColored: false, isTerminal: false, isReversed: false } as const

/** Finds records in the logs of a collector. */
export class History {
  readonly #outputs: readonly ResolvedOutputOptions[]
  readonly #timezone: string

  constructor(outputs: readonly ResolvedOutputOptions[], timezone: string) {
    this.#outputs = outputs
    this.#timezone = timezone
  }

  /**
   * Counts records by time and level.
   * @param maxBuckets at most this many, and at least a half of it where the query has both times
   * @param onProgress called with the share that is done, 0 to 1
   * @throws ERR_ZMQ_PUB_OPTION where the log can't be searched in this way; the signal's reason when it is aborted
   */
  async countByTime(
    query: HistoryQuery,
    maxBuckets: number,
    onProgress: (share: number) => void,
    signal: AbortSignal
  ): Promise<Histogram> {
    await this.#prepare(query)
    signal.throwIfAborted()
    onProgress(1)
    return {
      sinceMs: 0,
      bucketMs: 1000,
      levels: {},
      total: maxBuckets,
      withoutTime: 0,
      troubles: []
    }
  }

  /**
   * Finds records, in the order of the files.
   * @param limit at most this many; 0 = all
   * @param write called with lines of NDJSON, each with its newline: as they are in the file, so not each must be valid JSON; entries of the text format as
   * objects with `time`, `level` and `text`
   * @returns the number of records, and what could not be searched
   * @throws as `countByTime`, and what `write` throws
   */
  async find(
    query: HistoryQuery,
    limit: number,
    write: (lines: Buffer) => Promise<void>,
    signal: AbortSignal
  ): Promise<{ found: number; troubles: string[] }> {
    const { files, query: left, lines } = await this.#prepare(query)
    const troubles: string[] = []
    const output = { ...raw, limit }
    const { hits } = await search(
      files,
      { query: left, lines, output },
      {
        async write(bytes) {
          await write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
          return !signal.aborted
        },
        onProgress: () => undefined,
        onTrouble: message => troubles.push(message),
        onGone: path => troubles.push(`${path} was deleted before it was searched`)
      }
    )
    signal.throwIfAborted()
    return { found: hits, troubles }
  }

  /** @throws ERR_ZMQ_PUB_OPTION, the file system's error */
  async #prepare({ output, filters, sinceMs, untilMs }: HistoryQuery): Promise<Prepared> {
    const chosen = this.#outputs[output]
    if (!chosen) {
      const most = this.#outputs.length - 1
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_OPTION',
        `output must be the number of an output, 0 to ${most}, got ${output}`
      )
    }
    const { file, rotate, format, text, timeKey, levelKey, messageKey } = chosen
    const query = { ...everything, ...filters, sinceMs, untilMs }
    if (format === 'text') refuseTextSearch({ file, text }, query, undefined, filterNames)
    return {
      files: await findFiles({ file, rotate }, query),
      query: withoutPathNames(query, { file, rotate }),
      lines: { format, timeKey, levelKey, messageKey, timezone: this.#timezone }
    }
  }
}
