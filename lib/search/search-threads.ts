import { setImmediate } from 'node:timers/promises'
import { JobRunner } from './job-runner.ts'
import { JobResults } from './job-results.ts'
import type { Job, Part, RangeSummary } from './jobs.ts'
import type { ScanSettings } from './query.ts'
import { SearchThread } from './thread.ts'

/** Jobs that a thread has at a time: the second one begins as the first one ends. */
const jobsPerThread = 2
/**
 * Threads are started when this one has searched for this time, about the CPU time that a thread takes to start: 400 MB
 * have been searched for a text by then. Unit: ms
 */
const minThreadMs = 50

/** A job, and whom to tell when it is done. */
export interface QueuedJob {
  job: Job
  /** Called with what is learned of a range. */
  onSummary: (summary: RangeSummary) => void
  /** Called when something could not be searched; may be called again. */
  onDamage: (error: Error) => void
  /** Called when all its parts were taken, unless the search ends before. @param error where it ended early */
  onDone: (error: Error | undefined) => void
}

/** Takes a part of a job's results, and resolves when more may come; false = nothing more is needed. */
export type TakeResult = (part: Part, job: QueuedJob) => Promise<boolean>

/**
 * Runs jobs on several threads, and hands their parts over in the order of the jobs. Memory is limited: a thread that is
 * ahead waits.
 * @param threads how many threads search, this one included; 0 = this thread does everything
 * @param take called with each part; false ends the search
 * @param signal ends the search at once, and threads too. Then this thread does not search, because it must not be blocked
 * @param startMs other threads start after this time
 * @throws the signal's reason when it is aborted
 */
export async function runJobs(
  jobs: AsyncIterable<QueuedJob>,
  settings: ScanSettings,
  threads: number,
  take: TakeResult,
  signal?: AbortSignal,
  startMs = minThreadMs
): Promise<void> {
  if (threads === 0) return runHere(jobs, await JobRunner.create(settings), take, signal)
  const run = new ThreadedRun(jobs, settings, threads, take, signal, startMs)
  const onAbort = (): void => run.abort(signal?.reason as Error)
  signal?.addEventListener('abort', onAbort)
  try {
    await run.run()
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await run.close()
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
  /** undefined = this thread */
  thread: SearchThread | undefined
  results: JobResults
}

/** Runs jobs on threads, of which this one may be one. */
class ThreadedRun {
  readonly #jobs: AsyncIterator<QueuedJob>
  readonly #settings: ScanSettings
  readonly #threads: number
  readonly #take: TakeResult
  readonly #signal: AbortSignal | undefined
  readonly #startMs: number
  readonly #pool: SearchThread[] = []
  /** in their order: the results of the first one are handed over next */
  readonly #running: RunningJob[] = []
  #next: QueuedJob | undefined

  constructor(
    jobs: AsyncIterable<QueuedJob>,
    settings: ScanSettings,
    threads: number,
    take: TakeResult,
    signal: AbortSignal | undefined,
    startMs: number
  ) {
    this.#startMs = startMs
    this.#jobs = jobs[Symbol.asyncIterator]()
    this.#settings = settings
    this.#threads = threads
    this.#take = take
    this.#signal = signal
  }

  async run(): Promise<void> {
    const runner = this.#signal ? undefined : await JobRunner.create(this.#settings)
    const startedAt = performance.now()
    const maxRunning = jobsPerThread * (runner ? 2 : 1) * this.#threads
    await this.#pull()
    for (let isWanted = true; isWanted && (this.#next || this.#running.length > 0);) {
      this.#signal?.throwIfAborted()
      const isLong = performance.now() - startedAt >= this.#startMs
      if (!runner || isLong || this.#next?.job.kind === 'file') this.#startThreads(runner ? 1 : 0)
      await this.#handOut(maxRunning, runner !== undefined)
      const mayRunHere = this.#next?.job.kind !== 'file' && this.#running.length < maxRunning
      if (runner && this.#next && mayRunHere && !this.#running[0]?.results.isReady) {
        await this.#runNext(runner)
      } else {
        isWanted = await this.#takeNext()
      }
    }
  }

  /** Ends all jobs with an error. */
  abort(reason: Error): void {
    for (const thread of this.#pool) thread.abort(reason)
  }

  async close(): Promise<void> {
    await Promise.all(this.#pool.map(thread => thread.close()))
  }

  async #pull(): Promise<void> {
    const { value, done } = await this.#jobs.next()
    this.#next = done ? undefined : value
  }

  /** @param own 1 = this thread is one of the threads */
  #startThreads(own: 0 | 1): void {
    if (this.#next === undefined) return
    const count = Math.max(1, this.#threads - own)
    while (this.#pool.length < count) this.#pool.push(new SearchThread(this.#settings))
  }

  /** Gives jobs to threads that have few. @param isHelped whether this thread takes jobs while others start */
  async #handOut(maxRunning: number, isHelped: boolean): Promise<void> {
    while (this.#next && this.#running.length < maxRunning) {
      const canWait = !isHelped || this.#next.job.kind === 'file'
      const [thread] = this.#pool
        .filter(({ jobs, isReady }) => jobs < jobsPerThread && (isReady || canWait))
        .toSorted((a, b) => a.jobs - b.jobs)
      if (!thread) return
      const results = new JobResults()
      thread.add(this.#next.job, results)
      this.#running.push({ ...this.#next, thread, results })
      await this.#pull()
    }
  }

  async #runNext(runner: JobRunner): Promise<void> {
    const queued = this.#next as QueuedJob
    const results = new JobResults()
    this.#running.push({ ...queued, thread: undefined, results })
    try {
      await runner.run(queued.job, async part => {
        results.onPart(part)
        return true
      })
      results.onDone(undefined)
    } catch (error) {
      results.onDone(error as Error)
    }
    await this.#pull()
    await setImmediate() // What other threads have sent can arrive.
  }

  /** Hands over the next part. @returns false where nothing more is needed */
  async #takeNext(): Promise<boolean> {
    const [first] = this.#running
    if (!first) return true
    try {
      const part = await first.results.next()
      if (part) {
        first.thread?.noteTaken()
        return await this.#take(part, first)
      }
      first.onDone(undefined)
    } catch (error) {
      this.#signal?.throwIfAborted()
      first.onDone(error as Error)
    }
    this.#running.shift()
    return true
  }
}
