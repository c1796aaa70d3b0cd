/**
 * Whether the wall clock can be believed: a clock that is wrong at the start, or that jumps, must not make
 * every file old at once.
 *
 * The clock is plausible if it has gone on as the monotonic clock has, or else if the files say so: none was
 * written in the future, and the last one before today was written not long ago. Files of the last day say
 * nothing, because the clock in question may have dated them. A clock that isn't plausible is doubted for
 * a day without a jump, and believed then: nobody has set it right, so it is the collector that was off, or had nothing to write.
 */
import type { ListedLog } from '../naming/log-listing.ts'
import type { Rotation } from '../time/calendar.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** How far the wall clock may differ from the monotonic one, and files may be dated ahead. Unit: ms */
const maxDriftMs = hourMs

/** A pause in writing of two days more than a period is no surprise. Unit: days */
const maxPauseDays: Readonly<Record<Rotation, number>> = {
  hourly: 2,
  daily: 3,
  weekly: 9,
  monthly: 33,
  never: 2
}

/** Something that the wall clock has dated. */
type Written = Pick<ListedLog, 'writtenAt'>

/** One moment on both clocks. Unit: ms */
interface Moment {
  now: number
  uptimeMs: number
}

/** What is known of the wall clock. */
export interface ClockVerdict {
  /** Whether it may be wrong. */
  isDoubted: boolean
  /** The time that ages of files are counted to: now, or where the clock is doubted the last write before it. Unit: ms since the epoch */
  agesUntil: number
}

/** Watches the wall clock. */
export class ClockCheck {
  readonly #maxPauseMs: number
  /** when it was last believed */
  #believed: Moment | undefined
  /** since when it is doubted, without a jump */
  #doubted: Moment | undefined

  /** @param rotation of the logs */
  constructor(rotation: Rotation) {
    this.#maxPauseMs = maxPauseDays[rotation] * dayMs
  }

  /**
   * Judges the clock. Call it from time to time, with all files of an output.
   * @param now the wall clock. Unit: ms since the epoch
   * @param uptimeMs a clock that never jumps, such as performance.now()
   */
  judge(now: number, uptimeMs: number, logs: readonly Written[]): ClockVerdict {
    const lastWrite = lastWriteBefore(now - dayMs, logs)
    const moment = { now, uptimeMs }
    if (isSteady(this.#believed, moment) || this.#fits(now, lastWrite, logs)) {
      this.#doubted = undefined
    } else {
      if (!this.#doubted || !isSteady(this.#doubted, moment)) this.#doubted = moment
      if (uptimeMs - this.#doubted.uptimeMs < dayMs)
        return { isDoubted: true, agesUntil: lastWrite ?? now }
    }
    this.#believed = moment
    return { isDoubted: false, agesUntil: now }
  }

  #fits(now: number, lastWrite: number | undefined, logs: readonly Written[]): boolean {
    if (logs.some(({ writtenAt }) => writtenAt > now + maxDriftMs)) return false
    return lastWrite === undefined || now - lastWrite <= this.#maxPauseMs
  }
}

/** Whether the wall clock has gone on as the monotonic clock has. */
function isSteady(before: Moment | undefined, { now, uptimeMs }: Moment): boolean {
  if (!before) return false
  return Math.abs(now - before.now - (uptimeMs - before.uptimeMs)) <= maxDriftMs
}

/** Time of the last write to any file that was last written before a time. Unit: ms since the epoch */
function lastWriteBefore(time: number, logs: readonly Written[]): number | undefined {
  let last: number | undefined
  for (const { writtenAt } of logs)
    if (writtenAt < time && (last === undefined || writtenAt > last)) last = writtenAt
  return last
}
