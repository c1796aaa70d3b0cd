/** What the collector's thread and the thread of the metrics tell each other. */

/** What the thread may ask for: the numbers, or why the collector isn't ready. */
export type Question = 'numbers' | 'troubles'

/** What the thread gets at its start. */
export interface MetricsThreadData {
  /** `HOST:PORT` */
  address: string
}

/** To the thread of the metrics. */
export type ToMetricsThread =
  /** from now on it may ask. @param contentType of the numbers */
  | { kind: 'serve'; contentType: string }
  | { kind: 'numbers'; text: string }
  /** the numbers can't be read, which is a bug */
  | { kind: 'failed'; message: string }
  | { kind: 'troubles'; troubles: string[] }

/** From the thread of the metrics. `isOurs`: what is preloaded into each thread, as by a test runner, may send messages of its own. */
export type FromMetricsThread = { isOurs: true } & (
  | { kind: 'listening'; address: string; isLocal: boolean }
  /** it can't listen: nothing follows */
  | { kind: 'failed'; code: string | undefined; message: string }
  | { kind: 'ask'; question: Question }
)
