/** Searches a part of a file: reads, decompresses, scans, and makes the output. */
import { Counter, type PathValues } from './counter.ts'
import { decompressBlock, decompressDamagedBlock, decompressFile } from './decompression.ts'
import { EntryCutter } from './entry-cutter.ts'
import { noPart, type Job, type JobBlock, type Part } from './jobs.ts'
import type { ScanSettings } from './query.ts'
import { PartJoiner } from './part-joiner.ts'
import { maxEntryBytes, RangeReader, readAt, toLengthError } from './range-reader.ts'
import { Renderer } from './renderer.ts'
import { RangeSummarizer } from './range-summarizer.ts'
import { Scanner } from './scanner.ts'
import { TimeCounter } from './time-counter.ts'

/** Takes what was found, and resolves when more may come; false = nothing more is needed. */
export type TakePart = (part: Part) => Promise<boolean>

/** Output of a compressed file that is held where the newest record comes first. Unit: bytes */
const maxHeldBytes = 64 * 1024 * 1024

const noBytes = Buffer.alloc(0)

/** Nothing more is needed: ends the reading of a file. */
class Stopped extends Error {}

/** Runs jobs, one after the other. */
export class JobRunner {
  readonly #settings: ScanSettings
  readonly #scanner: Scanner
  readonly #renderer: Renderer | undefined
  readonly #counter: Counter | undefined
  readonly #timeCounter: TimeCounter | undefined
  readonly #summarizer: RangeSummarizer
  readonly #reader = new RangeReader()

  private constructor(settings: ScanSettings, renderer: Renderer | undefined) {
    const { query, lines, output } = settings
    this.#settings = settings
    this.#scanner = new Scanner(query, lines)
    this.#renderer = renderer
    this.#summarizer = new RangeSummarizer(lines)
    if (typeof output.form !== 'object') return
    if ('countBy' in output.form) this.#counter = new Counter(output.form.countBy, lines)
    else this.#timeCounter = new TimeCounter(output.form.buckets, lines)
  }

  /** Loads what the output needs. */
  static async create(settings: ScanSettings): Promise<JobRunner> {
    const { lines, output } = settings
    if (typeof output.form === 'object') return new JobRunner(settings, undefined)
    const isPretty = output.form === 'pretty' && lines.format === 'ndjson'
    const { PrettyPrinter } = isPretty ? await import('./pretty-record.ts') : {}
    const printer = PrettyPrinter && new PrettyPrinter(lines, output.isColored)
    return new JobRunner(settings, new Renderer(lines, output, printer))
  }

  /**
   * @param take called with each part
   * @throws the file system's error, or that of a damaged file; what was found before it has been taken. Where parts of
   * the file are read one by one, or the newest record comes first, a part has it as `damage` instead
   */
  async run(job: Job, take: TakePart): Promise<void> {
    switch (job.kind) {
      case 'ranges':
        return this.#runRanges(job, take)
      case 'blocks':
        return this.#runBlocks(job, take)
      case 'file':
        return this.#settings.output.isReversed && this.#renderer
          ? this.#runFileReversed(job, take)
          : this.#runFile(job, take)
    }
  }

  async #runRanges(job: Job & { kind: 'ranges' }, take: TakePart): Promise<void> {
    const { ranges, values, fd, size } = job
    const parts = new PartJoiner(this.#settings.output.limit)
    for (const range of this.#settings.output.isReversed ? ranges.toReversed() : ranges) {
      const chunk = this.#reader.read(fd, range.offset, range.length, size)
      const part = this.#search(chunk, values, range.length)
      const isKnown = range.isSummarized && this.#reader.isSettled
      const summary = isKnown
        ? this.#summarizer.summarize(range, chunk, this.#reader.offset)
        : undefined
      const joined = parts.add({ ...part, summary })
      if (joined && !(await take(joined))) return
    }
    const last = parts.end()
    if (last) await take(last)
  }

  async #runBlocks(job: Job & { kind: 'blocks' }, take: TakePart): Promise<void> {
    const { blocks, values } = job
    for (const block of this.#settings.output.isReversed ? blocks.toReversed() : blocks) {
      let chunk: Buffer
      let damage: Error | undefined
      try {
        chunk = readBlock(job, block)
      } catch (error) {
        damage = error as Error
        chunk = await readDamagedBlock(job, block)
      }
      const isWanted = await take({ ...this.#search(chunk, values, block.length), damage })
      if (!isWanted) return
    }
  }

  async #runFile(job: Job & { kind: 'file' }, take: TakePart): Promise<void> {
    let doneBytes = 0
    await readChunks(job, async (chunk, readBytes) => {
      const isWanted = await take(this.#search(chunk, job.values, readBytes - doneBytes))
      doneBytes = readBytes
      if (!isWanted) throw new Stopped()
    })
  }

  /**
   * A compressed file can only be read from its start. So its last parts are held, and where they are too many for the
   * memory, it is read once more for those before.
   */
  async #runFileReversed(job: Job & { kind: 'file' }, take: TakePart): Promise<void> {
    let damage: Error | undefined
    for (let chunks = Number.POSITIVE_INFINITY; chunks > 0;) {
      const held: Part[] = []
      let heldBytes = 0
      let index = 0
      try {
        await readChunks(job, async chunk => {
          if (index++ >= chunks) throw new Stopped()
          const part = this.#search(chunk, job.values, 0)
          held.push(part)
          heldBytes += part.bytes.length
          while (heldBytes > maxHeldBytes && held.length > 1) {
            heldBytes -= held.shift()?.bytes.length ?? 0
          }
        })
      } catch (error) {
        damage = error as Error
      }
      chunks = Math.min(index, chunks) - held.length
      for (const part of held.toReversed()) {
        // With the first part: what is missing comes before all that is found, and maybe no more is wanted than that.
        if (!(await take({ ...part, damage }))) return
      }
    }
    await take({ ...noPart, doneBytes: job.size, damage })
  }

  #search(chunk: Buffer, values: PathValues, doneBytes: number): Part {
    const { limit, isReversed } = this.#settings.output
    let ranges = this.#scanner.scan(chunk, isReversed ? 0 : limit)
    if (isReversed && limit > 0) ranges = ranges.slice(-2 * limit)
    const hits = ranges.length / 2
    if (hits === 0) return { ...noPart, doneBytes }
    if (this.#counter) {
      const counts = [...this.#counter.count(chunk, ranges, values)]
      return { ...noPart, hits, counts, doneBytes }
    }
    if (this.#timeCounter) {
      const timeCounts = this.#timeCounter.count(chunk, ranges)
      return { ...noPart, hits, timeCounts, doneBytes }
    }
    const { bytes = noPart.bytes, ends = [] } = this.#renderer?.render(chunk, ranges) ?? {}
    return { ...noPart, hits, bytes, ends, doneBytes }
  }
}

function readBlock(
  { fd, compression }: Job & { kind: 'blocks' },
  { offset, length, bytes }: JobBlock
): Buffer {
  if (Math.max(bytes, length) > maxEntryBytes) throw toLengthError()
  const stored = readStored(fd, offset, length)
  return compression === '' ? stored : decompressBlock(stored, compression, bytes)
}

/** What comes before the damage of a block; nothing where it is none that can be read. */
async function readDamagedBlock(
  { fd, compression }: Job & { kind: 'blocks' },
  { offset, length, bytes }: JobBlock
): Promise<Buffer> {
  if (compression === '' || Math.max(bytes, length) > maxEntryBytes) return noBytes
  try {
    return await decompressDamagedBlock(readStored(fd, offset, length), compression, bytes)
  } catch {
    return noBytes
  }
}

function readStored(fd: number, offset: number, length: number): Buffer {
  const stored = Buffer.allocUnsafeSlow(length)
  return stored.subarray(0, readAt(fd, stored, offset))
}

/** Reads a compressed file. @param onChunk called with whole entries, and the number of bytes of the file that were read for them */
async function readChunks(
  { fd, size, compression }: Job & { kind: 'file' },
  onChunk: (chunk: Buffer, readBytes: number) => Promise<void>
): Promise<void> {
  const cutter = new EntryCutter()
  let failure: unknown
  try {
    await decompressFile(fd, size, compression, async (bytes, readBytes) => {
      const chunk = cutter.add(bytes)
      if (chunk) await onChunk(chunk, readBytes)
    })
  } catch (error) {
    if (error instanceof Stopped) return
    failure = error
  }
  try {
    await onChunk(cutter.end(), size)
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
  }
  if (failure !== undefined) throw failure as Error
}
