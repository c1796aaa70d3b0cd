/** Which records of a batch go to which log. */
import { skipRecords } from '../../record/ndjson.ts'
import type { RecordBatch } from './record-batch.ts'
import type { Destination, Router, Section } from './router.ts'

/**
 * The records of a batch by their logs, without those that were in them before a restart.
 * @param ahead by log, the number of the sender's next record: what was in some logs before the restart, and not in all
 * @param now ms since the epoch
 */
export function routeBatch(
  router: Router,
  { records, hello, first, last, isNotice }: RecordBatch,
  ahead: ReadonlyMap<string, number> | undefined,
  now: number
): Section[] {
  // A sender that is past all of it needn't be looked up again, record by record.
  const isAhead = ahead !== undefined && [...ahead.values()].some(expected => expected > first)
  const expectedBy = ({ id }: Destination): number => (isAhead ? (ahead.get(id) ?? 0) : 0)
  if (isNotice) {
    const destination = router.ofNotice(hello, { level: 40, levelName: 'warn', topic: '', at: now })
    return expectedBy(destination) > last ? [] : [{ destination, bytes: records, records: 1 }]
  }
  if (router.isSplitting) {
    const isNew = (destination: Destination, record: number): boolean =>
      first + record >= expectedBy(destination)
    return router.split(records, hello, isNew, now)
  }
  const destination = router.ofSender(hello)
  const skipped = Math.max(0, expectedBy(destination) - first)
  const count = last - first + 1 - skipped
  return count > 0 ? [{ destination, bytes: skipRecords(records, skipped), records: count }] : []
}
