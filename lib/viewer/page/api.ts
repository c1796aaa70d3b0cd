/** Requests to the collector. The browser adds the session's cookie. */
import type { Snapshot } from '../../collector/control/snapshot.ts'
import { isObject, parseObject } from '../../util/object.ts'
import { addFilters, type Filters } from './model/filters.ts'
import { parseHistogramLine, type Histogram } from './model/histogram.ts'
import { readRecords } from './model/last-line.ts'
import { parseLine, type Line } from './model/line.ts'
import { LineSplitter } from './model/ndjson.ts'
import type { Interval } from './model/time-range.ts'

/** One of the logs that the history can show. */
export interface LogOutput {
  /** number of the output, as the search command has it */
  output: number
  /** template of its paths */
  file: string
}

/** Which records of the files. */
export interface HistoryQuery {
  readonly filters: Filters
  readonly output: number | undefined
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
  for await (const text of readRecords(readLines(`/api/histogram?${params}`, signal))) {
    const message = parseHistogramLine(text)
    if ('histogram' in message) return message.histogram
    onProgress(message.progress)
  }
  throw new Error('the collector ended the search before it was complete: try again')
}

export async function loadLines(
  query: HistoryQuery,
  interval: Interval,
  limit: number,
  signal: AbortSignal
): Promise<Line[]> {
  const params = toParams(query, interval)
  params.append('limit', String(limit))
  const lines: Line[] = []
  const answer = readLines(`/api/records?${params}`, signal)
  for await (const text of readRecords(answer)) lines.push(parseLine(text))
  return lines
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

/** The lines of an answer, as they arrive. */
async function* readLines(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const { body } = await request(path, { signal })
  if (!body) return
  const splitter = new LineSplitter()
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    yield* splitter.add(value)
  }
  yield* splitter.end()
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
