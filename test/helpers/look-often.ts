import type { Test } from 'tap'
import type { Publisher } from '../../lib/transport/connection/publisher.ts'

/** Has a publisher look for what its subscribers send, as a connection does. */
export function lookOften(t: Test, publisher: Publisher): void {
  const timer = setInterval(() => void publisher.look(), 2)
  t.teardown(() => clearInterval(timer))
}
