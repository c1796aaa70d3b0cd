/** Counts the entries that were found by one of their properties. */
import { TimeZone } from '../collector/time/time-zone.ts'
import { pinoLevelNames } from '../record/levels.ts'
import { Entry } from './entry.ts'
import type { CountKey, LineSettings } from './query.ts'
import { readApp, readHost, readTopic } from './record-test.ts'
import type { Ranges } from './scanner.ts'

/** Number of entries by value. */
export type Counts = Map<string, number>

/** The app and the host of all records of a file, as its path has them; undefined where it has none. */
export interface PathValues {
  app: string | undefined
  host: string | undefined
}

/** More different values than this are counted together: senders choose them. */
const maxValues = 100_000
const otherValues = '(others)'

/** Counts entries by one property. */
export class Counter {
  readonly #by: CountKey
  readonly #messageKey: string
  readonly #zone: TimeZone
  readonly #entry: Entry

  constructor(by: CountKey, lines: LineSettings) {
    this.#by = by
    this.#messageKey = lines.messageKey
    this.#zone = new TimeZone(lines.timezone)
    this.#entry = new Entry(lines)
  }

  /** @param ranges of entries in the chunk, ascending */
  count(chunk: Buffer, ranges: Ranges, values: PathValues): Counts {
    const counts: Counts = new Map()
    this.#entry.begin(chunk)
    for (let index = 0; index < ranges.length; index += 2) {
      this.#entry.moveTo(ranges[index] as number, ranges[index + 1] as number)
      addCount(counts, this.#valueOf(this.#entry, values), 1)
    }
    return counts
  }

  #valueOf(entry: Entry, { app, host }: PathValues): string {
    switch (this.#by) {
      case 'level':
        return toLevelName(entry.facts.level)
      case 'app':
        return app ?? (readApp(entry.record) || 'unknown')
      case 'host':
        return host ?? (readHost(entry.record) || 'unknown')
      case 'topic':
        return readTopic(entry.record, this.#messageKey) || 'none'
      case 'minute':
        return this.#toWall(entry.facts.timeMs, 16)
      case 'hour':
        return this.#toWall(entry.facts.timeMs, 13)
    }
  }

  /** @param length of `2026-11-23 07:06` or its beginning */
  #toWall(timeMs: number, length: number): string {
    return Number.isNaN(timeMs) ? 'unknown' : this.#zone.toAsctime(timeMs).slice(0, length)
  }
}

/** A record without a level counts as INFO. */
function toLevelName(level: number): string {
  return Number.isNaN(level) ? 'info' : (pinoLevelNames[level] ?? String(level))
}

/** Adds to the number of a value. */
export function addCount(counts: Counts, value: string, number: number): void {
  const known = counts.get(value)
  const key = known === undefined && counts.size >= maxValues ? otherValues : value
  counts.set(key, (counts.get(key) ?? 0) + number)
}
