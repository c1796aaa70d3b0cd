/** The parts of files that threads search. */
import type { Compression } from '../collector/naming/log-path.ts'
import type { PathValues } from './counter.ts'

/** A part of a file that can be searched by itself. */
export type Job = { values: PathValues; fd: number } & (
  | {
      /** the entries that begin in a range of a plain file */
      kind: 'range'
      offset: number
      length: number
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
  /** how many bytes of the file are done */
  doneBytes: number
}
