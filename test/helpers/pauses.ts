import { mock } from 'node:test'
import type { Test } from 'tap'

/**
 * Stops the clock of setTimeout, so that a pause between two tries costs no time.
 * @returns ends the pause that begins in this turn of the event loop
 */
export function holdPauses(t: Test): () => void {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  return () => void setImmediate(() => mock.timers.tick(1000))
}
