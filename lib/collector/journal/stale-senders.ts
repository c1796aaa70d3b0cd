import { ClockCheck } from '../files/clock-check.ts'
import type { JournalState, Position } from './entries.ts'

/** A sender that wrote nothing for longer is forgotten. Unit: ms */
export const forgetMs = 7 * 24 * 3_600_000

/** Above this number, as where somebody invents senders, those that wrote longest ago are forgotten sooner. */
export const maxSenders = 200_000
/** So many stay then: not a few are dropped at each compaction. */
const keptSenders = 180_000

/** What is known of senders: a part of a journal's state. */
type Senders = Pick<JournalState, 'positions' | 'ahead'>

/**
 * Drops the senders that a journal should forget. Their age is counted by the wall clock, which may be wrong at the
 * start or jump: then no sender is forgotten at once, because the records of these senders that are not acknowledged would be
 * written again. As for files (ClockCheck), it is believed as far as the last writes and the monotonic clock agree with it.
 */
export class StaleSenders {
  readonly #clock = new ClockCheck('daily')

  /** @param now ms since the epoch @param uptimeMs a clock that never jumps */
  drop({ positions, ahead }: Senders, now: number, uptimeMs: number): void {
    dropFiled(positions, ahead)
    const writes = Array.from(positions.values(), ({ timeMs }) => ({ writtenAt: timeMs }))
    // Writes of the future say only that the clock was wrong then.
    const past = writes.filter(({ writtenAt }) => writtenAt <= now)
    const { isDoubted } = this.#clock.judge(now, uptimeMs, past)
    const oldestMs = Math.max(isDoubted ? 0 : now - forgetMs, findLimitMs(positions))
    for (const [id, { timeMs }] of positions) {
      if (timeMs >= oldestMs) continue
      positions.delete(id)
      ahead.delete(id)
    }
  }
}

/** The time before which there are too many senders, if there are. Unit: ms since the epoch */
function findLimitMs(positions: ReadonlyMap<string, Position>): number {
  if (positions.size <= maxSenders) return 0
  const times = Float64Array.from(positions.values(), ({ timeMs }) => timeMs).toSorted()
  return times[times.length - keptSenders] ?? 0
}

/** Drops what is filed by now from what was ahead. */
function dropFiled(positions: ReadonlyMap<string, Position>, ahead: Senders['ahead']): void {
  for (const [id, logs] of ahead) {
    const filed = positions.get(id)?.expected ?? 0
    for (const [log, expected] of logs) if (expected <= filed) logs.delete(log)
    if (logs.size === 0) ahead.delete(id)
  }
}
