import type { ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { findUsualOutput } from '../collector/options/output-options.ts'
import { filterNames, parseFilters, parseTimes } from './filters.ts'
import { History, type HistoryQuery } from './history.ts'
import type { LogSettings } from './messages.ts'
import { NdjsonAnswer } from './ndjson-answer.ts'
import { readNumber, refuseOtherParameters } from './parameters.ts'
import { Slots } from './slots.ts'

/** Searches for a page that run at a time, and that wait. */
export const maxSearches = 2
export const maxWaitingSearches = 16
/** The same of downloads, which take as long as a client likes. */
export const maxDownloads = 2
export const maxWaitingDownloads = 2
/** Records in one answer that isn't a download. */
export const maxRecords = 10_000
const usualRecords = 1000
/** Buckets of a histogram. */
export const maxBuckets = 2000
const usualBuckets = 200

/** As many files are named that could not be searched. */
const maxTroubles = 10

const queryNames = [...filterNames, 'since', 'until', 'output'] as const

/** The routes that search the files. */
export class HistoryRoutes {
  #logs: LogSettings
  #history: History
  readonly #searches = new Slots(maxSearches, maxWaitingSearches)
  readonly #downloads = new Slots(maxDownloads, maxWaitingDownloads)

  constructor(logs: LogSettings) {
    this.#logs = logs
    this.#history = new History(logs.outputs, logs.timezone)
  }

  /** Shows other logs. */
  follow(logs: LogSettings): void {
    this.#logs = logs
    this.#history = new History(logs.outputs, logs.timezone)
  }

  /** The logs that one can choose by their number, as JSON. */
  listOutputs(): string {
    const { outputs } = this.#logs
    const usual = findUsualOutput(outputs)
    const logs = outputs.map(({ file, format, timeKey, levelKey, messageKey }, output) => {
      const isDefault = output === usual
      return { output, file, format, isDefault, timeKey, levelKey, messageKey }
    })
    return JSON.stringify(logs)
  }

  /** Answers with lines about the progress, and a histogram. */
  async count(parameters: URLSearchParams, response: ServerResponse): Promise<void> {
    refuseOtherParameters(parameters, [...queryNames, 'buckets'])
    const query = this.#toQuery(parameters)
    const most = readNumber(parameters, 'buckets', { usual: usualBuckets, most: maxBuckets })
    const answer = new NdjsonAnswer(response)
    await run(this.#searches, answer, async () => {
      const onProgress = (progress: number): void => answer.tell(JSON.stringify({ progress }))
      const found = await this.#history.countByTime(query, most, onProgress, answer.signal)
      return JSON.stringify(found)
    })
  }

  /** Answers with records, one a line, and a last line that isn't one. */
  async find(parameters: URLSearchParams, response: ServerResponse): Promise<void> {
    refuseOtherParameters(parameters, [...queryNames, 'limit'])
    const query = this.#toQuery(parameters)
    const limit = readNumber(parameters, 'limit', { usual: usualRecords, most: maxRecords })
    const answer = new NdjsonAnswer(response)
    await run(this.#searches, answer, async () => {
      const write = (bytes: Buffer): Promise<void> => answer.write(bytes)
      const end = await this.#history.find(query, limit, write, answer.signal)
      return JSON.stringify({ end })
    })
  }

  /** Answers with all records, as a file. */
  async download(parameters: URLSearchParams, response: ServerResponse): Promise<void> {
    refuseOtherParameters(parameters, queryNames)
    const query = this.#toQuery(parameters)
    const answer = new NdjsonAnswer(response, 'records.ndjson')
    await run(this.#downloads, answer, async () => {
      const write = (bytes: Buffer): Promise<void> => answer.write(bytes)
      const { troubles } = await this.#history.find(query, 0, write, answer.signal)
      return troubles.length > 0 ? toIncompleteRecord(troubles) : ''
    })
  }

  #toQuery(parameters: URLSearchParams): HistoryQuery {
    const { outputs, timezone } = this.#logs
    const bounds = { usual: findUsualOutput(outputs), least: 0, most: outputs.length - 1 }
    return {
      ...parseTimes(parameters, timezone, Date.now()),
      filters: parseFilters(parameters),
      output: readNumber(parameters, 'output', bounds)
    }
  }
}

/** A record of the collector itself, at the end of a file that lacks something. */
function toIncompleteRecord(troubles: readonly string[]): string {
  const msg = `this download is incomplete: ${troubles.slice(0, maxTroubles).join('; ')}`
  const origin = { time: Date.now(), pid: process.pid, hostname: hostname() }
  return JSON.stringify({ level: 50, ...origin, name: 'zmq-pub-collector', msg })
}

/** Waits for a place, and works. @param work returns the last line, '' for none */
async function run(slots: Slots, answer: NdjsonAnswer, work: () => Promise<string>): Promise<void> {
  try {
    const release = await slots.enter(answer.signal)
    try {
      answer.end(await work())
    } finally {
      release()
    }
  } catch (error) {
    answer.fail(error)
  }
}
