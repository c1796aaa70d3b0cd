import type { Piece } from './write-queue.ts'

/** Notes the writes to the files of one log before they are made, so that a restart finds what a kill has left of them. */
export interface WriteJournal {
  /**
   * Announces a write; the one before has ended. @param offset where it begins in the file. Unit: bytes
   * @throws the file system's error: the write is delayed then, and announced again
   */
  before(path: string, offset: number, pieces: readonly Piece[]): void
  /** The announced write is in the file, and on disk with `fsync`. */
  after(): void
  /** The announced write was cut off its file again. @throws the file system's error: it is called again then */
  withdraw(): void
}
