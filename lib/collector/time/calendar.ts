import { quarterHourMs, type TimeZone } from './time-zone.ts'

/** How often a log begins a new file. */
export const rotations = ['daily', 'hourly', 'weekly', 'monthly', 'never'] as const
/** One of `rotations`. */
export type Rotation = (typeof rotations)[number]

const dayMs = 86_400_000

/**
 * Tells the calendar period of any time, as it is written in file names.
 *
 *   daily 2026-11-23   hourly 2026-11-23T14   weekly 2026-W48 (ISO 8601)   monthly 2026-11   never ''
 *
 * The period is computed again in each quarter hour, in whichever direction the clock moved. No end of
 * a period is computed in advance, so daylight saving time, suspend and clock changes need no special
 * handling.
 */
export class Calendar {
  readonly #rotation: Rotation
  readonly #zone: TimeZone
  #quarter = Number.NaN
  #period = ''

  /** @param zone whose clock decides when a period ends */
  constructor(rotation: Rotation, zone: TimeZone) {
    this.#rotation = rotation
    this.#zone = zone
  }

  /** The period of a time. @param timeMs ms since the epoch @returns as above */
  periodAt(timeMs: number): string {
    const quarter = Math.floor(timeMs / quarterHourMs)
    if (quarter !== this.#quarter) {
      this.#quarter = quarter
      this.#period = toPeriod(this.#zone.toWall(timeMs), this.#rotation)
    }
    return this.#period
  }
}

function toPeriod(wall: Date, rotation: Rotation): string {
  switch (rotation) {
    case 'daily':
      return wall.toISOString().slice(0, 10)
    case 'hourly':
      return wall.toISOString().slice(0, 13)
    case 'weekly':
      return toIsoWeek(wall)
    case 'monthly':
      return wall.toISOString().slice(0, 7)
    case 'never':
      return ''
  }
}

/** A week belongs to the year of its Thursday. */
function toIsoWeek(wall: Date): string {
  const weekday = (wall.getUTCDay() + 6) % 7 // Monday is 0
  const thursday = new Date(wall.getTime() + (3 - weekday) * dayMs)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}
