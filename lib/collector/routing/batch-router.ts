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
  batch: RecordBatch,
  ahead: ReadonlyMap<string, number> | undefined,
  now: number
): Section[] {
  const { records, hello, first, last, isNotice } = batch
  if (!isNotice && !router.isSplitting) return toOneSection(router.ofSender(hello), batch, ahead)
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
  const isNew = (destination: Destination, index: number): boolean =>
    first + index >= expectedBy(destination)
  return router.split(records, hello, isNew, now)
}

/**
 * The same for a batch that `routeBatch` can't handle, without a look into its records: they go where
 * records without level, topic and time go, and pass every filter.
 */
export function routeUnread(
  router: Router,
  batch: RecordBatch,
  ahead: ReadonlyMap<string, number> | undefined,
  now: number
): Section[] {
  const traits = { level: 30, levelName: 'info', topic: '', time: now }
  return toOneSection(router.ofNotice(batch.hello, traits), batch, ahead)
}

function toOneSection(
  destination: Destination,
  { records, first, last }: RecordBatch,
  ahead: ReadonlyMap<string, number> | undefined
): Section[] {
  const skipped = Math.max(0, (ahead?.get(destination.id) ?? 0) - first)
  const count = last - first + 1 - skipped
  return count > 0 ? [{ destination, bytes: skipRecords(records, skipped), records: count }] : []
}
