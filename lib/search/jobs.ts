/** The parts of files that threads search. */
import type { BlockSummary } from '../collector/blocks/block-summary.ts'
import type { Compression } from '../collector/naming/log-path.ts'
import type { PathValues } from './counter.ts'
import type { TimeCounts } from './time-counter.ts'

/** A part of a file that can be searched by itself. */
export type Job = { values: PathValues; fd: number } & (
  | {
      /** the entries that begin in ranges of a plain file */
      kind: 'ranges'
      ranges: readonly JobRange[]
      /** of the file: what comes behind isn't read */
      size: number
    }
  | {
      /** blocks that an index lists */
      kind: 'blocks'
      blocks: readonly JobBlock[]
      /** '' = none */
      compression: Compression | ''
    }
  | {
      /** a whole compressed file */
      kind: 'file'
      size: number
      compression: Compression
    }
)

/** A range of a file. */
export interface JobRange {
  offset: number
  length: number
  /** whether the range's summary is wanted */
  isSummarized: boolean
}

/** What the entries that begin in a range have, as long as the file is only appended to. */
export interface RangeSummary extends Omit<BlockSummary, 'lines'> {
  /** of the range */
  offset: number
  length: number
  /** bytes at the end of its last entry, which must still be there */
  mark: Mark
}

/** Bytes of a file. */
export interface Mark {
  offset: number
  bytes: Uint8Array
}

/** A block of a file. */
export interface JobBlock {
  offset: number
  length: number
  /** uncompressed length. Unit: bytes */
  bytes: number
}

/** What was found in a part of a job. The parts of a job come in the order of the output. */
export interface Part {
  /** number of entries */
  hits: number
  /** the output */
  bytes: Uint8Array
  /** where the output of each entry ends; empty where there is no limit. Unit: bytes */
  ends: number[]
  /** in place of an output, number of entries by value */
  counts: [value: string, number: number][]
  /** in place of an output, numbers of entries by time and level */
  timeCounts: TimeCounts | undefined
  /** of the range that was searched, where it is wanted and can't change any more */
  summary: RangeSummary | undefined
  /** why something before this part or in it could not be searched */
  damage: Error | undefined
  /** how many bytes of the file are done */
  doneBytes: number
}

/** A part in which nothing was found. */
export const noPart: Part = {
  hits: 0,
  bytes: new Uint8Array(),
  ends: [],
  counts: [],
  timeCounts: undefined,
  summary: undefined,
  damage: undefined,
  doneBytes: 0
}
