/**
 * Loaded before each test file, see .taprc. tap loads hooks into each program and each worker that a test starts, to
 * measure coverage there; with them a program takes three times as long to start. Without coverage, none are loaded.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import workers, { isMainThread, Worker, type WorkerOptions } from 'node:worker_threads'

/** Adds tap's hooks to the environment of each program that is started. */
interface ProcessOnSpawn {
  removeAllListeners(): void
}

/** A worker without the modules that the command line of the test file loads. */
class LeanWorker extends Worker {
  constructor(file: string | URL, options: WorkerOptions = {}) {
    super(file, { execArgv: [], ...options })
  }
}

if (isMainThread && process.env['_TAPJS_PROCESSINFO_COVERAGE_'] === '0') {
  const requireFromTap = createRequire(import.meta.resolve('@tapjs/processinfo'))
  const processOnSpawn = requireFromTap('process-on-spawn') as ProcessOnSpawn
  processOnSpawn.removeAllListeners()
  delete process.env['NODE_OPTIONS'] // what the tap command gives to the programs that it starts
  Object.assign(workers, { Worker: LeanWorker })
  syncBuiltinESMExports()
}
