/** Parts of a collector that are loaded only where an option asks for them. */
import type { MetricsEndpoint } from './metrics-endpoint.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import type { UiEndpoint } from './ui-endpoint.ts'
import type { StreamSource, StreamSourceOptions } from './writer/stream-source.ts'

/** prom-client and an HTTP server are loaded only where they are asked for. */
export async function openMetrics(address: string): Promise<MetricsEndpoint | undefined> {
  if (address === '') return undefined
  const { MetricsEndpoint } = await import('./metrics-endpoint.ts')
  return MetricsEndpoint.open(address)
}

/** A stream of a writer that is open. */
export interface OpenedSource {
  open: (parts: SourceParts) => StreamSource
  close: () => Promise<void>
}

/** What a collector has for its source. */
export type SourceParts = Omit<StreamSourceOptions, 'engine' | 'partitions'>

/** The client of the engine is loaded only by writers. @throws ERR_ZMQ_PUB_ENGINE */
export async function openSource({
  from
}: ResolvedCollectorOptions): Promise<OpenedSource | undefined> {
  if (!from) return undefined
  const { openEngine, StreamSource } = await import('./writer/open-source.ts')
  const engine = await openEngine(from)
  const { partitions } = from
  return {
    open: parts => new StreamSource({ ...parts, engine, partitions }),
    close: () => engine.close()
  }
}

/** The page has a thread of its own, which is there only where it is asked for. */
export async function openUi(options: ResolvedCollectorOptions): Promise<UiEndpoint | undefined> {
  if (options.ui === '') return undefined
  const { UiEndpoint } = await import('./ui-endpoint.ts')
  return UiEndpoint.open(options)
}
