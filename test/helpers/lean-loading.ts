/**
 * Loaded before tap's own modules, see .taprc. They start a thread through which each import of a test file goes, to
 * note the files for coverage: a third of the time of a small test. Without coverage there is no such thread.
 */
import module, { syncBuiltinESMExports } from 'node:module'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  delete process.env['NODE_OPTIONS'] // this module, which programs that tests start must not load
  if (process.env['_TAPJS_PROCESSINFO_COVERAGE_'] === '0') {
    Object.assign(module, { register: () => undefined })
    syncBuiltinESMExports()
  }
}
