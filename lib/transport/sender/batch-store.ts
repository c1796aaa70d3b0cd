import type { Batch, RecordRange } from './batch.ts'

/** Batches that wait outside of memory, oldest first: see Spool. */
export interface BatchStore {
  /** The records of the batch that waits longest. */
  readonly oldest: RecordRange | undefined
  /** Records that wait. */
  readonly records: number
  /** @returns false where the batch can't be stored: no room */
  push(batch: Batch): boolean
  /** Reads the batch that waits longest. Those that can't be read are left out: their records are lost. */
  read(): Batch | undefined
  /** The oldest batch was taken into memory, and no longer waits; it stays stored until `release`. */
  shift(): void
  /** Everything up to and including this sequence number may be deleted. */
  release(seq: number): void
  /** Deletes the oldest batches that wait. @returns their records, undefined where none waits, or that would make no room */
  dropOldest(): RecordRange | undefined
  /** Makes sure that what waits is stored for a later process. @returns the records that can't be; they no longer wait */
  secure(): RecordRange[]
}

/** Stands in for a store where no spool is configured. */
export const noStore: BatchStore = {
  oldest: undefined,
  records: 0,
  push: () => false,
  read: () => undefined,
  shift: () => undefined,
  release: () => undefined,
  dropOldest: () => undefined,
  secure: () => []
}
