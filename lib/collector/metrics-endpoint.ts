import { toMessage } from '../errors.ts'
import { loadPromClient, Metrics, type MetricsSource } from './reporting/metrics.ts'
import { MetricsServer } from './reporting/metrics-server.ts'

/** What the option `metrics` adds to a collector: its numbers, and a server for them. Loaded only where it is given. */
export class MetricsEndpoint {
  readonly #client: Awaited<ReturnType<typeof loadPromClient>>
  readonly #server: MetricsServer

  /** Listens; the server says that the collector is starting. @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_ADDRESS */
  static async open(address: string): Promise<MetricsEndpoint> {
    const client = await loadPromClient()
    return new MetricsEndpoint(client, await MetricsServer.open(address))
  }

  private constructor(client: Awaited<ReturnType<typeof loadPromClient>>, server: MetricsServer) {
    this.#client = client
    this.#server = server
  }

  /** Where it listens, with the actual port. */
  get address(): string {
    return this.#server.address
  }

  /** Whether only this machine can connect. */
  get isLocal(): boolean {
    return this.#server.isLocal
  }

  /** Serves the numbers of a collector. @param findTroubles why it isn't ready, one sentence each */
  serve(source: MetricsSource, findTroubles: () => string[]): Metrics {
    const metrics = new Metrics(this.#client, source)
    this.#server.serve({
      contentType: metrics.contentType,
      render: () => metrics.render(),
      findTroubles
    })
    return metrics
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.#server.close()
  }
}

/** What would keep a collector from serving metrics, as messages with their codes. An address in use is no problem: see `findStartProblems`. */
export async function findMetricsProblems(address: string): Promise<string[]> {
  try {
    const endpoint = await MetricsEndpoint.open(address)
    await endpoint.close()
  } catch (error) {
    const { cause } = error as Error & { cause?: NodeJS.ErrnoException }
    if (cause?.code !== 'EADDRINUSE') return [toMessage(error)]
  }
  return []
}
