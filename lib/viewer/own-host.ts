/**
 * Which names a page may be asked for by. Any page of the web can let a name of its own mean the address of this server (DNS rebinding),
 * and would then be of the same origin.
 */
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { readHostHeader } from '../util/host-port.ts'

/** Who a request is for. */
export class OwnHost {
  readonly #names: ReadonlySet<string>

  /** @param host that the server listens at @param names further ones, such as that of a reverse proxy */
  constructor(host: string, names: readonly string[]) {
    const known = [host, 'localhost', hostname(), ...names]
    this.#names = new Set(known.map(name => name.toLowerCase()))
  }

  /** Whether a request with this header `Host` is for this server. An IP address can't be rebound. */
  isOwn(header: string | undefined): boolean {
    if (header === undefined) return false
    const name = readHostHeader(header)
    return isIP(name) !== 0 || this.#names.has(name)
  }

  /**
   * Whether a page of this origin may send something. It must be the same host and port, or, behind a reverse proxy, which may change the
   * header `Host`, the host must be known by its name.
   */
  isOwnOrigin(origin: string | undefined, header: string | undefined): boolean {
    if (origin === undefined) return false
    const [, host = ''] = /^https?:\/\/(.+)$/.exec(origin) ?? []
    if (host === '') return false
    return host.toLowerCase() === header?.toLowerCase() || (isName(host) && this.isOwn(host))
  }
}

/** Whether it is a name without a port, and so not another server of this machine. */
function isName(host: string): boolean {
  return !host.includes(':') && isIP(host) === 0 && host.toLowerCase() !== 'localhost'
}
