import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A TCP proxy on loopback that breaks connections as networks do. */
export class Proxy {
  readonly #server: Server
  readonly #pairs = new Set<[Socket, Socket]>()

  /** @param target the ZeroMQ address behind the proxy, tcp:// on loopback */
  static async open(target: string): Promise<Proxy> {
    const { hostname, port } = new URL(target.replace('tcp:', 'http:'))
    const proxy = new Proxy(hostname, Number(port))
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(host: string, port: number) {
    this.#server = createServer({ allowHalfOpen: true }, near => {
      const far = connect({ port, host, allowHalfOpen: true })
      const pair: [Socket, Socket] = [near, far]
      this.#pairs.add(pair)
      for (const [from, to] of [pair, [far, near] as const]) {
        from.pipe(to)
        from.on('error', () => to.destroy())
        from.on('close', () => {
          to.destroy()
          this.#pairs.delete(pair)
        })
      }
    })
  }

  /** The ZeroMQ address to connect to. */
  get address(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resets every connection, in the middle of whatever it carries. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
  }

  /** Forwards nothing until `resume`. */
  stall(): void {
    for (const [near, far] of this.#pairs) {
      near.pause()
      far.pause()
    }
  }

  /** Forwards again. */
  resume(): void {
    for (const [near, far] of this.#pairs) {
      near.resume()
      far.resume()
    }
  }

  /** Ends each connection in one direction only. */
  halfClose(): void {
    for (const [, far] of this.#pairs) far.end()
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}
