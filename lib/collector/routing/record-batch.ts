import type { Hello } from '../../wire/hello.ts'

/** Consecutive records of one sender. */
export interface RecordBatch {
  senderId: string
  hello: Hello
  /** whole NDJSON records */
  records: Buffer
  /** sequence number of the first record */
  first: number
  /** sequence number of the last record */
  last: number
  /** whether it is one record about a gap, in place of the records `first` to `last`: it passes every filter */
  isNotice: boolean
  /** of a notice: why the records are missing */
  why?: string
  /** what waits until they are in all required outputs */
  commit: PendingCommit
}

/** Counts the parts of one batch that must be in their files before the batch is committed. */
export interface PendingCommit {
  /** Adds a part to wait for. */
  add(): void
  /** Marks one part as written. */
  done(): void
}
