import type { Totals } from './reporting/totals.ts'

/** A collector that was started inside an app. */
export interface RunningCollector {
  /** Bound addresses, with their actual ports. */
  readonly addresses: readonly string[]
  /** What it has done so far; the object is updated in place. */
  readonly totals: Readonly<Totals>
  /** Path of an open file, undefined where none is open. */
  readonly path: string | undefined
  /** Resolves if the collector has to stop by itself: another one has taken over its logs. Nothing is written any more. */
  readonly failure: Promise<Error>
  /** Reopens all files by name, after an external tool has moved the old ones away. */
  reopen(): void
  /** Stops receiving and writes what was received. @returns false where required outputs could not write it in time */
  stop(): Promise<boolean>
}
