import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIP, type AddressInfo, type Socket } from 'node:net'
import { toMessage, ZmqPubError } from '../../errors.ts'
import { isLocalAddress } from '../../options/address.ts'
import { explainEndpointError } from '../../util/endpoint.ts'
import { parseHostPort, readHostHeader, showHostPort, type HostPort } from '../../util/host-port.ts'
import { listenAt } from '../../util/listen.ts'
import { settlesWithin } from '../../util/timeout.ts'

/** More connections are closed at once: one Prometheus and a few probes need one each. */
export const maxConnections = 32
/** A client that sends more requests without waiting for answers is cut off: each takes memory until it is answered. */
export const maxUnanswered = 128
/** Unit: bytes */
const maxHeaderBytes = 8 * 1024
/** A request must be complete after this time, and a response must be read. Unit: ms */
const requestMs = 5000
/** How often that is checked. Unit: ms */
const checkMs = 1000
/** A connection is kept open for the next request: Prometheus asks every 15 to 60 s. Unit: ms */
const keepAliveMs = 65_000
/** The numbers are read from the collector at most this often, however often they are asked for. Unit: ms */
const minNumbersMs = 500
/** The same of why it isn't ready, which also says that it lives. Unit: ms */
const minTroublesMs = 100
/** How long the collector may take for that. Unit: ms */
const answerMs = 4000
const noAnswer = `the collector has not answered within ${answerMs / 1000} s: it is stopped, or overloaded\n`

/** What a server shows. */
export interface MetricsPages {
  readonly contentType: string
  /** the numbers */
  render(): Promise<string>
  /** why the collector isn't ready, one sentence each; none where it is */
  findTroubles(): Promise<string[]>
}

interface Page {
  status: number
  text: string
  contentType?: string
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz` by HTTP. There is no authentication: who can connect reads the names of
 * apps and hosts. What clients do, or don't do, costs a bounded amount of memory and time.
 */
export class MetricsServer {
  readonly #server: Server
  readonly #wanted: HostPort
  #pages: MetricsPages | undefined
  /** requests by connection */
  readonly #unanswered = new WeakMap<Socket, number>()
  readonly #numbers = new Cached<string>(minNumbersMs)
  readonly #troubles = new Cached<string[]>(minTroublesMs)

  /** Listens. Until `serve` nothing is ready. @param address `HOST:PORT` @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(address: string): Promise<MetricsServer> {
    const server = new MetricsServer(parseHostPort(address) ?? { host: address, port: 0 })
    try {
      await listenAt(server.#server, server.#wanted, false)
    } catch (error) {
      throw toAddressError(address, error)
    }
    return server
  }

  private constructor(wanted: HostPort) {
    this.#wanted = wanted
    this.#server = createServer(
      {
        maxHeaderSize: maxHeaderBytes,
        headersTimeout: requestMs,
        requestTimeout: requestMs,
        keepAliveTimeout: keepAliveMs,
        connectionsCheckingInterval: checkMs
      },
      (request, response) => void this.#take(request, response)
    )
    this.#server.maxConnections = maxConnections
    // Connections that were not used for the longest time must not keep Prometheus out: its next attempt finds a place.
    this.#server.on('drop', () => this.#server.closeIdleConnections())
    this.#server.timeout = requestMs
  }

  /** Where it listens, with the actual port. */
  get address(): string {
    const { host } = this.#wanted
    return showHostPort({ host, port: (this.#server.address() as AddressInfo).port })
  }

  /** Whether only this machine can connect. */
  get isLocal(): boolean {
    return isLocalAddress(`tcp://${showHostPort(this.#wanted)}`)
  }

  /** Shows these pages from now on. */
  serve(pages: MetricsPages): void {
    this.#pages = pages
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request
    const unanswered = this.#unanswered.get(socket) ?? 0
    if (socket.destroyed) return
    if (unanswered >= maxUnanswered) return void socket.destroy()
    this.#unanswered.set(socket, unanswered + 1)
    response.once('close', () => {
      this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1)
    })
    await this.#answer(request, response)
  }

  async #answer({ method, url = '', headers }: IncomingMessage, response: ServerResponse) {
    const page =
      method === 'GET' || method === 'HEAD'
        ? await this.#toPage(url.split('?', 1)[0] ?? '', headers.host)
        : { status: 405, text: 'only GET and HEAD\n' }
    const { status, text, contentType = 'text/plain; charset=utf-8' } = page
    response.writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 405 && { allow: 'GET, HEAD' })
    })
    response.end(method === 'HEAD' ? undefined : text)
  }

  async #toPage(path: string, hostHeader: string | undefined): Promise<Page> {
    if (!this.#isOwnHost(hostHeader)) {
      return { status: 403, text: `use http://${this.address}\n` }
    }
    switch (path) {
      case '/metrics':
        return this.#toMetricsPage()
      case '/healthz': {
        const isAlive = (await this.#findTroubles()) !== undefined
        return isAlive ? { status: 200, text: 'ok\n' } : { status: 503, text: noAnswer }
      }
      case '/readyz': {
        const troubles = (await this.#findTroubles()) ?? [noAnswer.trimEnd()]
        if (troubles.length === 0) return { status: 200, text: 'ready\n' }
        return { status: 503, text: troubles.map(trouble => `not ready: ${trouble}\n`).join('') }
      }
      default:
        return { status: 404, text: 'see /metrics, /healthz and /readyz\n' }
    }
  }

  async #toMetricsPage(): Promise<Page> {
    if (!this.#pages) return { status: 503, text: 'starting\n' }
    const pages = this.#pages
    const { contentType } = pages
    try {
      const text = await this.#numbers.get(() => pages.render())
      return { status: 200, text, contentType }
    } catch (error) {
      return { status: 500, text: `a bug: ${toMessage(error)}\n` }
    }
  }

  /** @returns undefined where the collector doesn't answer in time */
  async #findTroubles(): Promise<string[] | undefined> {
    const pages = this.#pages
    if (!pages) return ['starting']
    const troubles = this.#troubles.get(() => pages.findTroubles())
    return (await settlesWithin(troubles, answerMs)) ? troubles : undefined
  }

  /**
   * A page of the web can let its own name mean 127.0.0.1, and then read what only this machine may. So a server
   * of this machine answers to addresses, to `localhost` and to the name that it was given.
   */
  #isOwnHost(header: string | undefined): boolean {
    if (!this.isLocal || header === undefined) return true
    const name = readHostHeader(header)
    return isIP(name) !== 0 || [this.#wanted.host, 'localhost'].includes(name)
  }
}

/** What was asked for last, which is asked for again after a while. */
class Cached<T> {
  readonly #minMs: number
  #last: { value: Promise<T>; at: number } | undefined

  constructor(minMs: number) {
    this.#minMs = minMs
  }

  get(ask: () => Promise<T>): Promise<T> {
    const now = performance.now()
    if (!this.#last || now - this.#last.at >= this.#minMs) this.#last = { value: ask(), at: now }
    return this.#last.value
  }
}

/** @param error the system's */
export function toAddressError(address: string, error: unknown): ZmqPubError {
  return new ZmqPubError(
    'ERR_ZMQ_PUB_ADDRESS',
    `cannot serve metrics at ${address}: ${explainEndpointError(`tcp://${address}`, error)}`,
    { cause: error }
  )
}
