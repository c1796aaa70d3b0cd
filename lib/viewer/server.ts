import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseHostPort, type HostPort } from '../util/host-port.ts'
import { listenAt } from '../util/listen.ts'
import { OwnHost } from './own-host.ts'

/** More connections are closed at once. A browser has up to 6. */
export const maxConnections = 64
/** Unit: bytes */
const maxHeaderBytes = 16 * 1024
/** A request must be complete after this time. Unit: ms */
const requestMs = 5000
/** How often that is checked. Unit: ms */
const checkMs = 1000
/** A connection is closed after this many requests: so no more of them wait for their turn. */
const maxRequests = 1000
/** A connection is kept open for the next request. Unit: ms */
const keepAliveMs = 65_000
/** A connection on which nothing happens is closed: a client that doesn't read has stopped its answer for this long. Unit: ms */
const silentMs = 120_000

/**
 * What a browser may do with the page: it loads files of this server only, runs no script of a record, and is in no frame. lit makes
 * its templates by the policy `lit-html`.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html'
].join('; ')

/** Of each answer. */
const commonHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
}

/** Answers a request that is for this server. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * The HTTP server of the page. What clients do, or don't do, costs a bounded amount of memory and time. It answers to its own names
 * only.
 */
export class ViewerServer {
  readonly #server: Server
  readonly ownHost: OwnHost

  /** Listens. @param address `HOST:PORT` @param names further ones @throws the system's error */
  static async open(
    address: string,
    names: readonly string[],
    answer: Answer
  ): Promise<ViewerServer> {
    const wanted = parseHostPort(address) ?? { host: address, port: 0 }
    const server = new ViewerServer(wanted, names, answer)
    await listenAt(server.#server, wanted, true)
    return server
  }

  private constructor(wanted: HostPort, names: readonly string[], answer: Answer) {
    this.ownHost = new OwnHost(wanted.host, names)
    this.#server = createServer(
      {
        maxHeaderSize: maxHeaderBytes,
        headersTimeout: requestMs,
        requestTimeout: requestMs,
        keepAliveTimeout: keepAliveMs,
        connectionsCheckingInterval: checkMs
      },
      (request, response) => {
        const onTurn = (): void => this.#answer(request, response, answer)
        // A client may send requests before it has the answer to the last. While they wait for their turn, node doesn't tell them that
        // the client has gone, and what was begun for them would never end.
        if (response.socket) onTurn()
        else response.once('socket', onTurn)
      }
    )
    this.#server.maxRequestsPerSocket = maxRequests
    this.#server.maxConnections = maxConnections
    this.#server.timeout = silentMs
  }

  /** The actual port. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  #answer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value)
    response.on('error', () => undefined) // the client has gone: 'close' follows
    if (this.ownHost.isOwn(request.headers.host)) return void answer(request, response)
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(
      'This is not a name of this server. Use the address that the collector has logged; for another name, such as that of a reverse proxy, give the collector --ui-name.\n'
    )
  }
}
