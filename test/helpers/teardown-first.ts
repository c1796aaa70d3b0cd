/**
 * Loaded before each test file, see .taprc. What a test has started ends before the test's folder is deleted. tap does
 * these in the order in which `teardown()` and `testdir()` were first called: otherwise a collector that still runs
 * writes into the folder meanwhile, so that deleting it fails and no teardown is run at all.
 */
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  const { beforeEach } = await import('tap')
  beforeEach(t => t.teardown(() => undefined))
}
