/** Which parts of a file must be searched, in the order of the output. */
import { readIndex } from '../collector/blocks/block-index.ts'
import type { PathValues } from './counter.ts'
import { canDecompress, toZstdError } from './decompression.ts'
import type { OpenFile } from './files.ts'
import type { Job, JobBlock, JobRange } from './jobs.ts'
import type { Query, ScanSettings } from './query.ts'
import type { FileRanges, KnownRange } from './range-cache.ts'

/** A job should have this much, so that it costs more than its way to another thread. Unit: bytes, uncompressed */
export const jobBytes = 4 * 1024 * 1024

/** What is read of a plain file at a time: it stays in the processor's cache until it is searched. Unit: bytes */
const readBytes = 512 * 1024

/** The jobs of a file, and how much of it they leave out. */
export interface FilePlan {
  jobs: Job[]
  /** bytes of the file that an index says have nothing to find */
  skippedBytes: number
}

/**
 * @param known what is known of a plain file without an index, and is to be made known; undefined = nothing
 * @throws ERR_ZMQ_PUB_FILE where this version of Node.js can't read it
 */
export function planFile(
  file: OpenFile,
  values: PathValues,
  settings: ScanSettings,
  known?: () => FileRanges
): FilePlan {
  const { compression } = file
  if (compression !== '' && !canDecompress(compression)) throw toZstdError(file.path)
  const plan =
    planBlocks(file, values, settings) ??
    (known && compression === ''
      ? planRanges(file, values, settings, known())
      : planWhole(file, values))
  return settings.output.isReversed ? { ...plan, jobs: plan.jobs.toReversed() } : plan
}

/** @returns undefined where there is no index, or none is needed */
function planBlocks(
  { fd, path, compression, stats }: OpenFile,
  values: PathValues,
  { query, lines }: ScanSettings
): FilePlan | undefined {
  if (compression === '' && !canSkip(query)) return undefined
  const { timeKey, levelKey, timezone } = lines
  const index = readIndex(path, stats, { timeKey, levelKey, timezone })
  if (!index) return undefined
  const wanted = index.blocks.filter(block => mayMatch(block, query))
  const wantedBytes = wanted.reduce((sum, { length }) => sum + length, 0)
  const jobs = group(wanted).map((blocks): Job => {
    return { kind: 'blocks', fd, values, blocks, compression }
  })
  return { jobs, skippedBytes: stats.size - wantedBytes }
}

function canSkip({ sinceMs, untilMs, level }: Query): boolean {
  return sinceMs !== Number.NEGATIVE_INFINITY || untilMs !== Number.POSITIVE_INFINITY || level > 0
}

/** Whether an index leaves open that a block has something to find. */
export function mayMatch(
  { timesMs, levels }: KnownRange,
  { sinceMs, untilMs, level }: Query
): boolean {
  if (timesMs && (timesMs[1] < sinceMs || timesMs[0] >= untilMs)) return false
  return levels === undefined || levels.some(each => each >= level)
}

function group(blocks: readonly JobBlock[]): JobBlock[][] {
  const groups: JobBlock[][] = []
  let bytes = jobBytes
  for (const block of blocks) {
    if (bytes + block.bytes > jobBytes) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)?.push({ offset: block.offset, length: block.length, bytes: block.bytes })
    bytes += block.bytes
  }
  return groups
}

function planWhole({ fd, compression, stats }: OpenFile, values: PathValues): FilePlan {
  const { size } = stats
  if (compression !== '') {
    const job: Job = { kind: 'file', fd, values, size, compression }
    return { jobs: size > 0 ? [job] : [], skippedBytes: 0 }
  }
  const ranges: JobRange[] = []
  for (let offset = 0; offset < size; offset += readBytes) {
    ranges.push({ offset, length: Math.min(readBytes, size - offset), isSummarized: false })
  }
  return { jobs: toJobs(ranges, jobBytes / readBytes, { fd, values, size }), skippedBytes: 0 }
}

/** @param count ranges of a job */
function toJobs(
  ranges: readonly JobRange[],
  count: number,
  of: Pick<Job & { kind: 'ranges' }, 'fd' | 'values' | 'size'>
): Job[] {
  const jobs: Job[] = []
  for (let index = 0; index < ranges.length; index += count) {
    jobs.push({ kind: 'ranges', ...of, ranges: ranges.slice(index, index + count) })
  }
  return jobs
}

/** Leaves out the ranges that are known to have nothing to find; what isn't known is summarized. */
function planRanges(
  { fd, stats: { size } }: OpenFile,
  values: PathValues,
  { query }: ScanSettings,
  known: FileRanges
): FilePlan {
  const { rangeBytes } = known
  const ranges: JobRange[] = []
  let wantedBytes = 0
  for (let offset = 0; offset < size; offset += rangeBytes) {
    const range = known.get(offset)
    if (range && !mayMatch(range, query)) continue
    const length = Math.min(rangeBytes, size - offset)
    wantedBytes += length
    ranges.push({ offset, length, isSummarized: !range && length === rangeBytes })
  }
  const jobs = toJobs(ranges, Math.ceil(jobBytes / rangeBytes), { fd, values, size })
  return { jobs, skippedBytes: size - wantedBytes }
}
