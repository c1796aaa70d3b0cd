import type { NatsConnectOptions } from '../engine/nats/nats-options.ts'
import { findAccessProblems, findAccessWarnings } from './access/access.ts'
import { findAddressProblems } from './intake/address-check.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import { findOutputProblems } from './output/output-check.ts'
import { nobodyMayConnect } from './reporting/access-reporter.ts'

/**
 * Finds what would keep a collector with these options from starting, as this process's user. What a running
 * collector holds, its locks and addresses, is no problem. Nothing is created.
 * @returns messages with their codes
 */
export async function findStartProblems({
  bind,
  bindPlain,
  connect,
  publish,
  ...options
}: ResolvedCollectorOptions): Promise<string[]> {
  return [
    ...findOutputProblems(options),
    ...findAccessProblems(options),
    ...(await findAddressProblems([...bind, ...bindPlain, ...publish], connect)),
    ...(options.metrics === '' ? [] : await checkMetrics(options.metrics)),
    ...(options.ui === '' ? [] : await checkUi(options.ui)),
    ...(await checkEngine(options.gateway ?? options.from))
  ]
}

/** Loads the client of the engine only where there is one. */
async function checkEngine(nats: NatsConnectOptions | undefined): Promise<string[]> {
  if (!nats) return []
  const { findEngineProblems } = await import('./engine-check.ts')
  return findEngineProblems(nats)
}

/** What doesn't keep a collector from starting, but is hardly meant, one sentence each. There must be no problems. */
export function findStartWarnings(options: ResolvedCollectorOptions): string[] {
  const { curveSecretKey, authorizedKeys, allowAnyClient } = options
  const isClosed = curveSecretKey !== '' && authorizedKeys === '' && !allowAnyClient
  return [...findAccessWarnings(options), ...(isClosed ? [nobodyMayConnect] : [])]
}

/** Loaded only where there is a page. */
async function checkUi(address: string): Promise<string[]> {
  const { findUiProblems } = await import('./ui-endpoint.ts')
  return findUiProblems(address)
}

/** Loads prom-client only where metrics are asked for. */
async function checkMetrics(address: string): Promise<string[]> {
  const { findMetricsProblems } = await import('./metrics-endpoint.ts')
  return findMetricsProblems(address)
}
