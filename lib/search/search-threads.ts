import { JobRunner, type TakePart } from './job-runner.ts'
import { JobResults } from './job-results.ts'
import type { Job } from './jobs.ts'
import type { ScanSettings } from './query.ts'
import { SearchThread } from './thread.ts'

/** Jobs that a thread has at a time: the second one begins as the first one ends. */
const jobsPerThread = 2

/** A job, and whom to tell when it is done. */
export interface QueuedJob {
  job: Job
  /** Called when all its parts were taken, unless the search ends before. @param error where it ended early */
  onDone: (error: Error | undefined) => void
}

/**
 * Runs jobs on several threads, and hands their parts over in the order of the jobs. Memory is limited: a thread that is
 * ahead waits.
 * @param threads 0 = this thread does everything
 * @param take called with each part; false ends the search
 */
export async function runJobs(
  jobs: AsyncIterable<QueuedJob>,
  settings: ScanSettings,
  threads: number,
  take: TakePart
): Promise<void> {
  if (threads === 0) return runHere(jobs, await JobRunner.create(settings), take)
  const pool = Array.from({ length: threads }, () => new SearchThread(settings))
  try {
    await runThere(jobs, pool, take)
  } finally {
    await Promise.all(pool.map(thread => thread.close()))
  }
}

async function runHere(
  jobs: AsyncIterable<QueuedJob>,
  runner: JobRunner,
  take: TakePart
): Promise<void> {
  let isWanted = true
  for await (const { job, onDone } of jobs) {
    try {
      await runner.run(job, async part => (isWanted &&= await take(part)))
      if (!isWanted) return
      onDone(undefined)
    } catch (error) {
      onDone(error as Error)
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
  take: TakePart
): Promise<void> {
  const running: RunningJob[] = []
  const iterator = jobs[Symbol.asyncIterator]()
  for (let isMore = true; isMore || running.length > 0;) {
    while (isMore && running.length < pool.length * jobsPerThread) {
      const { value, done } = await iterator.next()
      isMore = !done
      if (!done) running.push(start(value, pool))
    }
    const first = running.shift()
    if (first && !(await takeAll(first, take))) return
  }
}

function start(queued: QueuedJob, pool: readonly SearchThread[]): RunningJob {
  const results = new JobResults()
  const thread = pool.reduce((idlest, each) => (each.jobs < idlest.jobs ? each : idlest))
  thread.add(queued.job, results)
  return { ...queued, thread, results }
}

/** @returns false where nothing more is needed */
async function takeAll({ thread, results, onDone }: RunningJob, take: TakePart): Promise<boolean> {
  try {
    for (let part = await results.next(); part; part = await results.next()) {
      thread.noteTaken()
      if (!(await take(part))) return false
    }
    onDone(undefined)
  } catch (error) {
    onDone(error as Error)
  }
  return true
}
