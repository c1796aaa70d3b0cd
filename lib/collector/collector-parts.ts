import type { Logger } from 'pino'
import { toMode } from '../util/fs.ts'
import { Endpoints } from './endpoints.ts'
import { Entrance } from './entrance.ts'
import { findJournalPath, toJournalPath } from './journal/journal-path.ts'
import { Journal } from './journal/journal.ts'
import { LogLocks, toLockRequests } from './journal/log-locks.ts'
import { refuseFolderPath } from './naming/log-path.ts'
import { openSource, type OpenedSource } from './optional-parts.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import { Reporter } from './reporting/reporter.ts'
import { SenderReporter } from './reporting/sender-reporter.ts'

/** What a collector has opened before it receives anything. */
export interface CollectorParts {
  reporter: Reporter
  senderReporter: SenderReporter
  locks: LogLocks
  entrance: Entrance
  journal: Journal
  endpoints: Endpoints
  /** undefined without the option `from` */
  source: OpenedSource | undefined
  /** ms since the epoch */
  now: () => number
}

/**
 * Locks the logs, connects to the stream of a writer, reads the keys, opens the sockets and the journal, in this order. So
 * a collector that can't have its logs or its address changes nothing: what it has opened is closed, and the locks are
 * released. Waits for a collector that can't be looked at (on another host, in another container) until its lock is
 * released or dead.
 * @param logger for the collector's own log
 * @param now clock for periods and for the time of plain records. Unit: ms since the epoch
 * @param signal ends the waiting: it then throws the signal's reason
 * @throws ERR_ZMQ_PUB_KEY, ERR_ZMQ_PUB_ADDRESS, ERR_ZMQ_PUB_FILE, ERR_ZMQ_PUB_ENGINE
 */
export async function openParts(
  options: ResolvedCollectorOptions,
  logger: Logger,
  now: () => number,
  signal?: AbortSignal
): Promise<CollectorParts> {
  for (const { file } of options.outputs) refuseFolderPath(file)
  const reporter = new Reporter(logger)
  const locks = new LogLocks()
  const journalPath = findJournalPath(options.outputs)
  const requests = toLockRequests(options.outputs, journalPath)
  await locks.acquireWhenFree(requests, locked => reporter.waitingForLock(locked), signal)
  const opened: Partial<CollectorParts> = {}
  try {
    const source = (opened.source = await openSource(options))
    const entrance = (opened.entrance = await Entrance.open(options, logger))
    const endpoints = (opened.endpoints = await Endpoints.open(options))
    const { fileMode = '' } =
      options.outputs.find(({ file }) => toJournalPath(file) === journalPath) ?? {}
    const lock = locks.handOver(journalPath)
    const journal = Journal.open(journalPath, now, lock, toMode(fileMode))
    const senderReporter = new SenderReporter(logger)
    return { reporter, senderReporter, locks, entrance, journal, endpoints, source, now }
  } catch (error) {
    await closeParts(opened)
    locks.keepOnly([])
    throw error
  }
}

/** Closes what can be connected to, where no collector does it. */
export async function closeParts({
  entrance,
  endpoints,
  source
}: Partial<CollectorParts>): Promise<void> {
  await Promise.all([entrance?.close(), endpoints?.close(), source?.close()])
}
