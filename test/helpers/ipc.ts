import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A path for a socket, in a folder of its own: it must be short, and those of `t.testdir()` aren't. */
export function makeSocketPath(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'socket')
}
