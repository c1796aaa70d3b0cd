import { quarterHourMs, type TimeZone } from './time-zone.ts'

export const rotations = ['daily', 'hourly', 'weekly', 'monthly', 'never'] as const
export type Rotation = (typeof rotations)[number]

const dayMs = 86_400_000

/**
 * Names the calendar period of any instant: files of one period share its period.
 *
 *   daily 2026-11-23   hourly 2026-11-23T14   weekly 2026-W48 (ISO 8601)   monthly 2026-11   never ''
 *
 * A period is found anew each quarter hour, whichever way the clock moved: no boundary is computed
 * ahead, so daylight saving time, suspend and a clock that is set need no care of their own.
 */
export class Calendar {
  readonly #rotation: Rotation
  readonly #zone: TimeZone
  #quarter = Number.NaN
  #period = ''

  constructor(rotation: Rotation, zone: TimeZone) {
    this.#rotation = rotation
    this.#zone = zone
  }

  /** @param at ms since the epoch */
  periodAt(at: number): string {
    const quarter = Math.floor(at / quarterHourMs)
    if (quarter !== this.#quarter) {
      this.#quarter = quarter
      this.#period = toPeriod(this.#zone.toWall(at), this.#rotation)
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

/** The week belongs to the year that has its Thursday. */
function toIsoWeek(wall: Date): string {
  const weekday = (wall.getUTCDay() + 6) % 7 // Monday is 0
  const thursday = new Date(wall.getTime() + (3 - weekday) * dayMs)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}
