import type { IncomingMessage } from 'node:http'
import { isObject } from '../util/object.ts'
import type { OwnHost } from './own-host.ts'
import { RequestError } from './request-error.ts'
import { readCookies, type Sessions } from './sessions.ts'

/** A request body may have this much. Unit: bytes */
export const maxBodyBytes = 1024
/** The answer to a wrong token waits this long. Unit: ms */
const wrongTokenMs = 500

/** What requests are checked by. */
export interface AccessOptions {
  sessions: Sessions
  ownHost: OwnHost
  port: number
  /** called when a wrong token was sent */
  onRefused: (from: string) => void
}

/** Who may ask what: a session is needed for all but the files of the page, and pages of other servers may ask nothing. */
export class PageAccess {
  readonly #options: AccessOptions
  readonly #cookieName: string

  constructor(options: AccessOptions) {
    this.#options = options
    // Cookies don't know ports: several collectors of one host must not share one.
    this.#cookieName = `zmq-pub-${options.port}`
  }

  /** @throws RequestError where the request is not of a page with a session */
  check({ headers }: IncomingMessage): void {
    refuseOtherSites(headers['sec-fetch-site'])
    const { sessions } = this.#options
    if (readCookies(headers.cookie, this.#cookieName).some(id => sessions.has(id))) return
    throw new RequestError(
      401,
      'no-session',
      'open the page with the URL that the collector has logged when it was started; it ends with #token=…'
    )
  }

  /**
   * Exchanges the token for a cookie.
   * @returns the header `Set-Cookie`
   * @throws RequestError where the token is wrong, or the request is of a page of another server
   */
  async openSession(request: IncomingMessage): Promise<string> {
    const { origin, host, 'sec-fetch-site': site } = request.headers
    refuseOtherSites(site)
    // A browser sends one of the two with each POST. Of another program, the token is enough.
    const isOfBrowser = origin !== undefined || site !== undefined
    if (isOfBrowser && !this.#options.ownHost.isOwnOrigin(origin, host)) {
      throw new RequestError(
        403,
        'other-site',
        'the request is of the page of another server; behind a reverse proxy, give the collector --ui-name'
      )
    }
    const token = readToken(await readBody(request))
    const id = token === undefined ? undefined : this.#options.sessions.open(token)
    if (id === undefined) {
      this.#options.onRefused(request.socket.remoteAddress ?? '')
      await new Promise(resolve => setTimeout(resolve, wrongTokenMs))
      throw new RequestError(
        403,
        'wrong-token',
        'this token is not valid: each start of the collector makes another one, and logs it as part of the URL'
      )
    }
    const isSecure = origin?.startsWith('https:') === true
    return `${this.#cookieName}=${id}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
  }
}

/** Browsers say which page a request is of; other programs don't. */
function refuseOtherSites(site: string | string[] | undefined): void {
  if (site === undefined || site === 'same-origin') return
  throw new RequestError(403, 'other-site', 'only the page itself may ask for this')
}

/** @throws RequestError where it is too long */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Destroyed, the request would take the answer with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length
    if (bytes > maxBodyBytes) {
      throw new RequestError(413, 'too-long', `the body must have at most ${maxBodyBytes} bytes`)
    }
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString()
}

function readToken(body: string): string | undefined {
  try {
    const given: unknown = JSON.parse(body)
    if (isObject(given) && typeof given['token'] === 'string') return given['token']
  } catch {
    // as a wrong one
  }
  return undefined
}
