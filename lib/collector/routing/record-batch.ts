import type { Hello } from '../../wire/hello.ts'

/** Records of one sender, as they came. */
export interface RecordBatch {
  senderId: string
  hello: Hello
  /** whole NDJSON records */
  records: Buffer
  /** sequence numbers of the first and the last of them */
  first: number
  last: number
  /** about a gap in the sender's records: it stands for all of them, and no filter holds it back */
  isNotice: boolean
}

/** The parts of one batch that must be in their files before it counts as filed. */
export interface PendingCommit {
  /** one more part */
  add(): void
  /** one part is in its file */
  done(): void
}
