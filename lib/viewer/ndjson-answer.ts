import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { toErrorBody, toRequestError, type RequestError } from './request-error.ts'

/** A client that reads nothing for this long is disconnected: a search would wait for it. Unit: ms */
const stalledMs = 30_000

/** An answer of lines, which are sent as they are found and no faster than the client reads. */
export class NdjsonAnswer {
  /** aborted when the client has gone, or reads nothing */
  readonly signal: AbortSignal
  readonly #response: ServerResponse
  readonly #fileName: string | undefined

  /** @param fileName of an answer that is to be saved as a file */
  constructor(response: ServerResponse, fileName?: string) {
    const controller = new AbortController()
    this.signal = controller.signal
    this.#response = response
    this.#fileName = fileName
    response.socket?.setTimeout(0) // a search may find nothing for long
    response.once('close', () => controller.abort(new Error('the client has gone')))
  }

  /** Resolves when more may be written. @param bytes whole lines @throws the signal's reason */
  async write(bytes: Uint8Array): Promise<void> {
    this.signal.throwIfAborted()
    this.#begin()
    if (this.#response.write(bytes)) return
    const timer = setTimeout(() => this.#response.destroy(), stalledMs)
    try {
      await once(this.#response, 'drain', { signal: this.signal })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Writes a line that may also be left out, where the client doesn't read. */
  tell(line: string): void {
    if (this.signal.aborted || this.#response.writableNeedDrain) return
    this.#begin()
    this.#response.write(`${line}\n`)
  }

  /** Ends a complete answer. @param line the last one, '' for none */
  end(line: string): void {
    if (this.signal.aborted) return
    this.#begin()
    this.#response.end(line === '' ? undefined : `${line}\n`)
  }

  /** Says what has failed: as the answer, or as the last line where it has begun. A file is left incomplete instead. */
  fail(error: unknown): void {
    if (this.signal.aborted) return
    const failure = toRequestError(error)
    if (!this.#response.headersSent) return sendError(this.#response, failure)
    if (this.#fileName !== undefined) return void this.#response.destroy()
    const { code, message } = failure
    this.end(JSON.stringify({ error: { code, message } }))
  }

  #begin(): void {
    if (this.#response.headersSent) return
    this.#response.setHeader('content-type', 'application/x-ndjson; charset=utf-8')
    if (this.#fileName !== undefined)
      this.#response.setHeader('content-disposition', `attachment; filename="${this.#fileName}"`)
    this.#response.writeHead(200)
  }
}

/** Answers with an error. */
export function sendError(response: ServerResponse, error: RequestError): void {
  if (response.headersSent) return void response.destroy()
  const body = toErrorBody(error)
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body)
  })
  response.end(body)
}
