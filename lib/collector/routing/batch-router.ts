import { skipRecords } from '../../record/ndjson.ts'
import type { RecordBatch } from './record-batch.ts'
import type { Destination, Router, Section } from './router.ts'

/**
 * Groups the records of a batch by log, without those that a log already had before a restart.
 * @param ahead by log id, the sender's next sequence number: only logs that were ahead of others at the restart; undefined for none
 * @param now time of arrival. Unit: ms since the epoch
 * @returns one section a log, with one record at least
 */
export function routeBatch(
  router: Router,
  { records, hello, first, last, isNotice }: RecordBatch,
  ahead: ReadonlyMap<string, number> | undefined,
  now: number
): Section[] {
  // Fast path: once the sender is past every log's position, no record needs a look-up.
  const isAhead = ahead !== undefined && [...ahead.values()].some(expected => expected > first)
  const expectedBy = ({ id }: Destination): number => (isAhead ? (ahead.get(id) ?? 0) : 0)
  if (isNotice) {
    const destination = router.ofNotice(hello, {
      level: 40,
      levelName: 'warn',
      topic: '',
      time: now
    })
    return expectedBy(destination) > last ? [] : [{ destination, bytes: records, records: 1 }]
  }
  if (router.isSplitting) {
    const isNew = (destination: Destination, index: number): boolean =>
      first + index >= expectedBy(destination)
    return router.split(records, hello, isNew, now)
  }
  const destination = router.ofSender(hello)
  const skipped = Math.max(0, expectedBy(destination) - first)
  const count = last - first + 1 - skipped
  return count > 0 ? [{ destination, bytes: skipRecords(records, skipped), records: count }] : []
}
