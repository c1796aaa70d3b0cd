/** What a collector shows that has received nothing. */
import type { SnapshotSource } from '../../lib/collector/control/snapshot.ts'
import type { MetricsSource } from '../../lib/collector/reporting/metrics.ts'
import { Totals } from '../../lib/collector/reporting/totals.ts'
import { Traffic } from '../../lib/collector/reporting/traffic.ts'

/** For snapshots. @param journal path of its journal */
export function idleSnapshotSource(journal: string): SnapshotSource {
  return {
    addresses: () => [],
    journalPath: () => journal,
    totals: () => new Totals(),
    sessions: Object.assign([], { size: 0, present: 0 }),
    roots: () => [],
    outputs: () => [],
    now: () => 1000
  }
}

/** For metrics. */
export function idleMetricsSource(): MetricsSource {
  return {
    totals: () => new Totals(),
    traffic: () => new Traffic(),
    sessions: [],
    outputs: () => [],
    journalErrors: () => 0
  }
}
