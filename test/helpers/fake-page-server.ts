/**
 * What the page in the browser asks, answered from lists: tests decide what it gets, and when. The files and the
 * headers are those of the collector.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readAssets } from '../../lib/viewer/assets.ts'
import { ViewerServer } from '../../lib/viewer/server.ts'
import { assetsFolder, buildPage } from '../../contrib/build-page.ts'

/** One that answers `/api/…` may answer nothing for a while, or for ever. */
type Answer = (response: ServerResponse, parameters: URLSearchParams) => void

export class FakePageServer {
  #server: ViewerServer | undefined
  #port = 0
  readonly #assets: ReturnType<typeof readAssets>
  readonly #streams = new Map<ServerResponse, string>()
  /** paths with their parameters, oldest first */
  readonly asked: string[] = []
  /** records of the history: their times, in order, and their lines */
  records: { time: number; level: number; line: string }[] = []
  /** snapshots, the last of which is repeated */
  snapshots: object[] = []
  outputs: object[] = [{ output: 0, file: 'logs/{date}.log' }]
  hasSession = true
  /** answers of a test's own, by path */
  readonly answers: Record<string, Answer> = {}

  constructor() {
    buildPage()
    this.#assets = readAssets(assetsFolder)
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`
  }

  /** Paths of the live views. */
  get watching(): string[] {
    return [...this.#streams.values()]
  }

  /** Listens, after `close()` at the same port again. */
  async listen(): Promise<void> {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> =>
      this.#answer(request, response)
    this.#server = await ViewerServer.open(`127.0.0.1:${this.#port}`, [], answer)
    this.#port = this.#server.port
  }

  async close(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  /** Sends live records. */
  publish(lines: readonly string[], more: object = {}): void {
    const data = JSON.stringify({ lines, shown: lines.length, total: lines.length, ...more })
    this.send('records', data)
  }

  send(event: string, data: string): void {
    for (const stream of this.#streams.keys())
      stream.write(`event: ${event}\nid: 1\ndata: ${data}\n\n`)
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, search, searchParams } = new URL(request.url ?? '', 'http://x')
    if (!pathname.startsWith('/api/')) {
      const asset = this.#assets.get(pathname)
      response.writeHead(asset ? 200 : 404, { 'content-type': asset?.contentType ?? 'text/plain' })
      return void response.end(asset?.body)
    }
    this.asked.push(pathname + search)
    const answer = this.answers[pathname]
    if (answer) return answer(response, searchParams)
    if (pathname === '/api/session') {
      this.hasSession = true
      return void response.writeHead(204).end()
    }
    if (!this.hasSession) return refuse(response, 401, 'no session')
    this.#answerApi(pathname, searchParams, response)
  }

  #answerApi(path: string, parameters: URLSearchParams, response: ServerResponse): void {
    if (path === '/api/outputs') return send(response, this.outputs)
    if (path === '/api/senders') {
      return send(response, this.snapshots.length > 1 ? this.snapshots.shift() : this.snapshots[0])
    }
    if (path === '/api/live') return this.#openStream(response, `${path}?${parameters.toString()}`)
    const [sinceMs, untilMs] = [Number(parameters.get('since')), Number(parameters.get('until'))]
    const found = this.records.filter(({ time }) => time >= sinceMs && time < untilMs)
    if (path === '/api/histogram') {
      response.write('{"progress":0.5}\n')
      const bucketMs = Math.ceil((untilMs - sinceMs) / Number(parameters.get('buckets')))
      return send(response, count(found, sinceMs, untilMs, bucketMs))
    }
    const limit = Number(parameters.get('limit') ?? Infinity)
    const lines = found.slice(0, limit).map(({ line }) => `${line}\n`)
    response.end(`${lines.join('')}{"end":{"found":${lines.length},"troubles":[]}}\n`)
  }

  #openStream(response: ServerResponse, path: string): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 100\n\n')
    this.#streams.set(response, path)
    response.on('close', () => this.#streams.delete(response))
  }
}

/** Answers with an error, as the collector does. */
export function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ code: 'test', message }))
}

function send(response: ServerResponse, value: unknown): void {
  response.end(`${JSON.stringify(value)}\n`)
}

function count(
  records: readonly { time: number; level: number }[],
  sinceMs: number,
  untilMs: number,
  bucketMs: number
): object {
  const buckets = Math.ceil((untilMs - sinceMs) / bucketMs)
  const levels: Record<string, number[]> = {}
  for (const { time, level } of records) {
    const counts = (levels[level] ??= Array.from({ length: buckets }, () => 0))
    const bucket = Math.floor((time - sinceMs) / bucketMs)
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  return { sinceMs, bucketMs, levels, total: records.length, withoutTime: 0 }
}
