import type { OutputListener } from './output/output.ts'
import type { Reporter } from './reporting/reporter.ts'
import type { Totals } from './reporting/totals.ts'

/** What outputs tell, counted and in the collector's own log. */
export function toOutputListener(reporter: Reporter, totals: () => Totals): OutputListener {
  return {
    onWriting: path => reporter.writing(path),
    onDelete: path => reporter.deleted(path),
    onDropped: records => (totals().droppedOptionalRecords += records),
    onFailed: (records, error) => {
      totals().failedRecords += records
      reporter.failed(records, error)
    },
    onHousekeepingTrouble: (action, path, error) =>
      reporter.housekeepingFailed(action, path, error),
    onWriteTrouble: (path, pendingBytes, error) => reporter.cannotWrite(path, pendingBytes, error),
    onWriteRecovery: (path, troubleMs, waitingBytes) =>
      reporter.writesAgain(path, troubleMs, waitingBytes),
    onUnsynced: (path, error) => reporter.notSynced(path, error),
    onExhausted: limit => reporter.descriptorsExhausted(limit),
    onOpenFilesLowered: (most, limit) => reporter.openFilesLowered(most, limit)
  }
}
