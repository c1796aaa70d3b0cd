import type { MetricsEndpoint } from './metrics-endpoint.ts'

/** prom-client and an HTTP server are loaded only where they are asked for. */
export async function openEndpoint(address: string): Promise<MetricsEndpoint | undefined> {
  if (address === '') return undefined
  const { MetricsEndpoint } = await import('./metrics-endpoint.ts')
  return MetricsEndpoint.open(address)
}
