/** Requests to the collector. The browser adds the session's cookie. */
import type { Snapshot } from '../../collector/control/snapshot.ts'
import { isObject, parseObject } from '../../util/object.ts'
import { addFilters, type Filters } from './model/filters.ts'
import { parseHistogram, parseProgress, type Histogram } from './model/histogram.ts'
import { checkEnd } from './model/last-line.ts'
import { parseLine, type Line, type LineKeys } from './model/line.ts'
import { LineSplitter } from './model/ndjson.ts'
import type { FoundLines } from './model/time-pages.ts'
import type { Interval } from './model/time-range.ts'

/** One of the logs that the history can show. */
export interface LogOutput extends LineKeys {
  /** number of the output, as the search command has it */
  output: number
  /** template of its paths */
  file: string
  /** whether it is shown where none is chosen */
  isDefault: boolean
}

/** More of the records of a page isn't loaded: a line may have many megabytes. */
const maxCharacters = 64 * 1024 * 1024

/** Which records of the files. */
export interface HistoryQuery {
  readonly filters: Filters
  readonly output: number | undefined
  /** of the output's records; undefined = the usual ones */
  readonly keys: LineKeys | undefined
}

/** The collector has refused a request. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Exchanges the token of the address for a session. */
export async function openSession(token: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await request('/api/session', { method: 'POST', headers, body: JSON.stringify({ token }) })
}

export async function loadOutputs(): Promise<LogOutput[]> {
  const answer: unknown = await (await request('/api/outputs')).json()
  const list: unknown = isObject(answer) ? answer['outputs'] : answer
  return Array.isArray(list) ? (list as LogOutput[]) : []
}

/** Why the collector refuses a stream of live records: an EventSource doesn't tell. @returns '' where it doesn't refuse it */
export async function findRefusal(path: string): Promise<string> {
  const ended = new AbortController()
  try {
    await request(path, { signal: ended.signal })
    return ''
  } catch (error) {
    return error instanceof ApiError ? error.message : ''
  } finally {
    ended.abort()
  }
}

export async function loadSnapshot(signal: AbortSignal): Promise<Snapshot> {
  return (await (await request('/api/senders', { signal })).json()) as Snapshot
}

export async function loadHistogram(
  query: HistoryQuery,
  interval: Interval,
  buckets: number,
  signal: AbortSignal,
  onProgress: (share: number) => void = () => {}
): Promise<Histogram> {
  const params = toParams(query, interval)
  params.append('buckets', String(buckets))
  const last = await readLines(`/api/histogram?${params}`, signal, line => {
    onProgress(parseProgress(line))
  })
  return parseHistogram(last)
}

export async function loadLines(
  query: HistoryQuery,
  interval: Interval,
  limit: number,
  signal: AbortSignal
): Promise<FoundLines> {
  const params = toParams(query, interval)
  params.append('limit', String(limit))
  const lines: Line[] = []
  let characters = 0
  const enough = new AbortController()
  try {
    const ended = AbortSignal.any([signal, enough.signal])
    const last = await readLines(`/api/records?${params}`, ended, line => {
      lines.push(parseLine(line, query.keys))
      characters += line.length
      if (characters > maxCharacters) enough.abort()
    })
    checkEnd(last)
  } catch (error) {
    if (signal.aborted || !enough.signal.aborted) throw error
  }
  return { lines, isComplete: !enough.signal.aborted }
}

/** Address of a download of the history. */
export function toDownload(query: HistoryQuery, interval: Interval): string {
  return `/api/download?${toParams(query, interval)}`
}

function toParams({ filters, output }: HistoryQuery, interval: Interval): URLSearchParams {
  const params = new URLSearchParams()
  params.append('since', String(interval.sinceMs))
  params.append('until', String(interval.untilMs))
  if (output !== undefined) params.append('output', String(output))
  addFilters(params, filters)
  return params
}

/**
 * Reads an answer line by line, as it arrives.
 * @param onLine called with each line but the last one
 * @returns the last line, which says how the search has ended; '' where there is none
 */
async function readLines(
  path: string,
  signal: AbortSignal,
  onLine: (line: string) => void
): Promise<string> {
  const { body } = await request(path, { signal })
  const splitter = new LineSplitter()
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  let last = ''
  const take = (lines: readonly string[]): void => {
    for (const line of lines) {
      if (last !== '') onLine(last)
      last = line
    }
  }
  for (;;) {
    const { done = true, value = '' } = (await reader?.read()) ?? {}
    if (done) break
    take(splitter.add(value))
  }
  take(splitter.end())
  return last
}

/** @throws ApiError where the collector refuses, Error where it can't be reached */
async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, init)
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new Error('the collector cannot be reached', { cause: error })
  }
  if (response.ok) return response
  if (response.status === 401) window.dispatchEvent(new Event('session-ended'))
  throw new ApiError(response.status, await readReason(response))
}

async function readReason(response: Response): Promise<string> {
  const message = parseObject(await response.text())?.['message']
  return typeof message === 'string' ? message : `the collector answered ${response.status}`
}
