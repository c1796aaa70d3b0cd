/** This process without any file descriptor that is free. */
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import { readDescriptorLimit } from '../../lib/util/descriptors.ts'

/** More would take long to open. */
const mostOpened = 100_000

/** Why a test that takes all descriptors is skipped; false where it can run. */
export const skipExhausting =
  (readDescriptorLimit() ?? Number.POSITIVE_INFINITY) > mostOpened &&
  'this process may have too many file descriptors to take them all: ulimit -n 20000'

/** Calls a function while no descriptor is left. It must not wait for anything. */
export function withoutDescriptors<T>(act: () => T): T {
  const taken: number[] = []
  try {
    for (;;) {
      try {
        taken.push(openSync(devNull, 'r'))
      } catch {
        return act()
      }
    }
  } finally {
    for (const descriptor of taken) closeSync(descriptor)
  }
}
