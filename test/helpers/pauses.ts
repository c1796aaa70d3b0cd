import { mock } from 'node:test'
import type { Test } from 'tap'

/**
 * Holds all timers of setTimeout, so that a pause between two tries takes no time.
 * @returns lets 1 s pass at the end of this turn of the event loop
 */
export function holdPauses(t: Test): () => void {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  return () => void setImmediate(() => mock.timers.tick(1000))
}
