import { parseLevel } from '../record/levels.ts'
import { fewRecords, largeBytes, toLongMs } from './sender/waiting.ts'

/** No pause is longer: the app may wait until everything is read, as `log.fatal()` and its end do. Unit: ms */
const maxPauseMs = 100
/** There are no pauses for this long after the app has waited for what it logs to be read: it may do so again. Unit: ms */
const waitedMs = 60_000
/** No pause is shorter: timers know whole milliseconds. Unit: ms */
const minPauseMs = 2
/** A pause is to bring no more than this. Unit: bytes */
const maxPauseBytes = 512 * 1024
/**
 * A pause is to bring no more than this share of the room in the shared memory. At its end thread-stream waits until all is
 * read, and so does an app that heeds 'drain'; a `fatal` just then can make it lose lines (docs/upstream.md).
 */
const maxRoomShare = 1 / 2
/** The least time in which a chunk has come. Unit: ms */
const minElapsedMs = 0.1
/** pino writes the level first, as a number or a name. */
const levelPattern = /^\{"[^"]*": ?"?(\w+)/
const fatalLevel = 60

/**
 * Decides for how long pino's worker leaves what the app logs in the memory that both share. To read a chunk wakes the
 * worker; what comes during a pause costs it nothing, and is one chunk when the pause is over. So records wait there, and
 * not in a batch, for others: for as long as in a Batcher. No timers; the clock is the caller's (`now`, in ms).
 */
export class ReadPace {
  readonly #batchMs: number
  readonly #longMs: number
  readonly #findRoom: () => number
  #readAt = Number.NEGATIVE_INFINITY
  #pauseMs = 0
  /** what the app logs; after a burst it is halved by each further chunk */
  #bytesPerMs = 0
  /** there is no pause before. Unit: ms */
  #pausesFrom = 0

  /**
   * @param batchMs as in TransportOptions. Unit: ms
   * @param findRoom how much more the app can log before it has to wait until all is read. Unit: bytes
   */
  constructor(batchMs: number, findRoom: () => number) {
    this.#batchMs = Math.min(batchMs, maxPauseMs)
    this.#longMs = Math.min(toLongMs(batchMs), maxPauseMs)
    this.#findRoom = findRoom
  }

  /** The app waits until what it has logged is read. */
  onWait(now: number): void {
    this.#pausesFrom = now + waitedMs
  }

  /**
   * @param chunk all that there was to read
   * @returns for how long to read nothing now. 0 where the next record is to be read as soon as it is logged: it comes too
   *   late to wait for, the app logs at full speed, or it has waited for a chunk to be read. Unit: ms
   */
  next(chunk: string, now: number): number {
    const elapsedMs = Math.max(minElapsedMs, now - this.#readAt)
    this.#readAt = now
    if (isFatal(findLastLine(chunk))) this.onWait(now)
    const pauseMs = this.#choose(chunk, elapsedMs)
    this.#pauseMs = now < this.#pausesFrom ? 0 : pauseMs
    return this.#pauseMs
  }

  #choose(chunk: string, elapsedMs: number): number {
    // Without a pause a chunk is read when its first record is there: so the rest of it came in much less time.
    const burstMs = this.#pauseMs > 0 ? elapsedMs : Math.min(elapsedMs, this.#batchMs)
    const bytesPerMs = chunk.length / Math.max(minElapsedMs, burstMs)
    this.#bytesPerMs = Math.max(bytesPerMs, this.#bytesPerMs / 2)
    const bytes = Math.min(maxPauseBytes, this.#findRoom() * maxRoomShare)
    const pauseMs = Math.min(this.#findWaitMs(chunk, elapsedMs), bytes / this.#bytesPerMs)
    return pauseMs >= minPauseMs ? Math.floor(pauseMs) : 0
  }

  /** How long a record that comes next would wait for others. Unit: ms */
  #findWaitMs(chunk: string, elapsedMs: number): number {
    if (this.#bytesPerMs * this.#batchMs >= largeBytes) return this.#longMs
    const records = (countRecords(chunk) * this.#batchMs) / elapsedMs
    if (records < 1) return 0
    return records < fewRecords ? this.#longMs : this.#batchMs
  }
}

/** @returns its beginning, which has the level */
function findLastLine(chunk: string): string {
  const start = chunk.lastIndexOf('\n', chunk.length - 2) + 1
  return chunk.slice(start, start + 64)
}

/** After such a record pino blocks the app, so nothing follows it in its chunk. */
function isFatal(line: string): boolean {
  return parseLevel(levelPattern.exec(line)?.[1] ?? '') === fatalLevel
}

function countRecords(chunk: string): number {
  let count = 0
  for (let at = chunk.indexOf('\n'); at !== -1; at = chunk.indexOf('\n', at + 1)) count++
  return count
}
