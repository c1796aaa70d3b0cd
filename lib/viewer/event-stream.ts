import type { ServerResponse } from 'node:http'

/** A connection that has been silent for this long gets a comment, so that proxies keep it. Unit: ms */
const keepAliveMs = 15_000
/** A browser connects again this long after it has lost the connection. Unit: ms */
const retryMs = 2000
/** A client that has read nothing for this long is disconnected. Unit: ms */
const stalledMs = 60_000

/**
 * Server-sent events to one client. What it has not read yet is one event at most: `isBlocked` says that it must be left out of the
 * next one.
 */
export class EventStream {
  readonly #response: ServerResponse
  readonly #timer: NodeJS.Timeout
  #blockedSince: number | undefined
  #writtenAt = 0

  /** Begins the answer. @param onClose called once, when the client has gone */
  constructor(response: ServerResponse, onClose: () => void) {
    this.#response = response
    response.socket?.setNoDelay(true)
    response.setHeader('content-type', 'text/event-stream; charset=utf-8')
    response.setHeader('x-accel-buffering', 'no') // nginx would hold events back
    response.writeHead(200)
    this.#write(`retry: ${retryMs}\n\n`)
    this.#timer = setInterval(() => this.#check(), keepAliveMs / 3)
    response.on('drain', () => (this.#blockedSince = undefined))
    response.once('close', () => {
      clearInterval(this.#timer)
      onClose()
    })
  }

  /** Whether the client has not read what it was sent. */
  get isBlocked(): boolean {
    return this.#blockedSince !== undefined
  }

  /** Sends an event. @param id where a client that connects again continues @param data JSON of one line */
  send(event: string, id: number, data: string): void {
    this.#write(`event: ${event}\nid: ${id}\ndata: ${data}\n\n`)
  }

  /** Ends the answer. */
  end(): void {
    this.#response.end()
  }

  #write(text: string): void {
    this.#writtenAt = performance.now()
    if (!this.#response.write(text)) this.#blockedSince ??= this.#writtenAt
  }

  #check(): void {
    const now = performance.now()
    if (this.#blockedSince !== undefined) {
      if (now - this.#blockedSince > stalledMs) this.#response.destroy()
    } else if (now - this.#writtenAt >= keepAliveMs) this.#write(': still here\n\n')
  }
}
