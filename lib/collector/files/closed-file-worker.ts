/** What the worker thread of `ClosedFileThread` runs: compresses and indexes closed files, one after the other. */
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { ClosedFileReply, ClosedFileRequest } from './closed-file-thread.ts'
import { compressFile } from './compression.ts'
import { indexFile } from './indexing.ts'
import { JobPace, JobStopped } from './job-pace.ts'

/** Of the scheduler: writing comes first, and with nothing else to do the thread has a core to itself. */
const niceness = 10

const { stop } = workerData as { stop: Int32Array }

lowerPriority()
parentPort?.on('message', (request: ClosedFileRequest) => {
  const reply: ClosedFileReply = { isReply: true, errors: run(request) }
  parentPort?.postMessage(reply)
})

/** On Linux this is the priority of the calling thread alone, elsewhere that of the process. */
function lowerPriority(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(niceness)
  } catch {
    // A container may forbid it.
  }
}

function run({ path, format, settings }: ClosedFileRequest): ClosedFileReply['errors'] {
  const errors: ClosedFileReply['errors'] = []
  try {
    const pace = new JobPace(stop, format === '')
    if (format === '') indexFile(path, settings, pace)
    else
      compressFile(path, format, settings, pace, error => errors.push({ action: 'index', error }))
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const isTrouble = !isGone && !(error instanceof JobStopped)
    if (isTrouble)
      errors.push({ action: format === '' ? 'index' : 'compress', error: error as Error })
  }
  return errors
}
