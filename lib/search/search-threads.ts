import { setImmediate } from 'node:timers/promises'
import { JobRunner } from './job-runner.ts'
import { JobResults } from './job-results.ts'
import type { Job, Part, RangeSummary } from './jobs.ts'
import type { ScanSettings } from './query.ts'
import { SearchThread } from './thread.ts'

/** Jobs that a thread has at a time: the second one begins as the first one ends. */
const jobsPerThread = 2

/** A job, and whom to tell when it is done. */
export interface QueuedJob {
  job: Job
  /** Called with what is learned of a range. */
  onSummary: (summary: RangeSummary) => void
  /** Called when all its parts were taken, unless the search ends before. @param error where it ended early */
  onDone: (error: Error | undefined) => void
}

/** Takes a part of a job's results, and resolves when more may come; false = nothing more is needed. */
export type TakeResult = (part: Part, job: QueuedJob) => Promise<boolean>

/**
 * Runs jobs on several threads, and hands their parts over in the order of the jobs. Memory is limited: a thread that is
 * ahead waits.
 * @param threads 0 = this thread does everything
 * @param take called with each part; false ends the search
 * @param signal ends the search at once, and threads too
 * @throws the signal's reason when it is aborted
 */
export async function runJobs(
  jobs: AsyncIterable<QueuedJob>,
  settings: ScanSettings,
  threads: number,
  take: TakeResult,
  signal?: AbortSignal
): Promise<void> {
  if (threads === 0) return runHere(jobs, await JobRunner.create(settings), take, signal)
  const pool = Array.from({ length: threads }, () => new SearchThread(settings))
  const onAbort = (): void => {
    for (const thread of pool) thread.abort(signal?.reason as Error)
  }
  signal?.addEventListener('abort', onAbort)
  try {
    await runThere(jobs, pool, take, signal)
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await Promise.all(pool.map(thread => thread.close()))
  }
}

async function runHere(
  jobs: AsyncIterable<QueuedJob>,
  runner: JobRunner,
  take: TakeResult,
  signal: AbortSignal | undefined
): Promise<void> {
  let isWanted = true
  for await (const queued of jobs) {
    try {
      await runner.run(queued.job, async part => {
        isWanted &&= await take(part, queued)
        // Nothing else would happen in this thread, such as an abort.
        if (signal) await setImmediate()
        signal?.throwIfAborted()
        return isWanted
      })
      if (!isWanted) return
      queued.onDone(undefined)
    } catch (error) {
      signal?.throwIfAborted()
      queued.onDone(error as Error)
    }
  }
}

interface RunningJob extends QueuedJob {
  thread: SearchThread
  results: JobResults
}

async function runThere(
  jobs: AsyncIterable<QueuedJob>,
  pool: readonly SearchThread[],
  take: TakeResult,
  signal: AbortSignal | undefined
): Promise<void> {
  const running: RunningJob[] = []
  const iterator = jobs[Symbol.asyncIterator]()
  for (let isMore = true; isMore || running.length > 0;) {
    signal?.throwIfAborted()
    while (isMore && running.length < pool.length * jobsPerThread) {
      const { value, done } = await iterator.next()
      isMore = !done
      if (!done) running.push(start(value, pool))
    }
    const first = running.shift()
    if (first && !(await takeAll(first, take, signal))) return
  }
}

function start(queued: QueuedJob, pool: readonly SearchThread[]): RunningJob {
  const results = new JobResults()
  const thread = pool.reduce((idlest, each) => (each.jobs < idlest.jobs ? each : idlest))
  thread.add(queued.job, results)
  return { ...queued, thread, results }
}

/** @returns false where nothing more is needed */
async function takeAll(
  job: RunningJob,
  take: TakeResult,
  signal: AbortSignal | undefined
): Promise<boolean> {
  const { thread, results, onDone } = job
  try {
    for (let part = await results.next(); part; part = await results.next()) {
      thread.noteTaken()
      if (!(await take(part, job))) return false
    }
    onDone(undefined)
  } catch (error) {
    signal?.throwIfAborted()
    onDone(error as Error)
  }
  return true
}
