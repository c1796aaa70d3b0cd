/**
 * Logs LINES lines of about 145 bytes as fast as TARGET takes them, and prints what that has cost.
 *   TARGET, OPTIONS: a transport   LINES   MIXED=1: random levels and sub-topics
 *   RATE: lines a second, 0 = as fast as it goes
 *   YIELD: lines between two turns of the event loop, 0 = only where the transport is full
 */
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { createRandom } from '../../test/helpers/seeded-random.ts'
import { readMainThreadMs, readThreadsMs } from '../helpers/cost.ts'

/** What an app prints, as JSON. */
export interface AppCost {
  /** Unit: ms since the epoch */
  startedAt: number
  /** when the transport's flush had called back. Unit: ms since the epoch */
  flushedAt: number
  /** CPU time of the main thread, and of all threads. Unit: ms */
  mainMs: number
  cpuMs: number
  peakMiB: number
  /** CPU time by thread, see `readThreadsMs`. Unit: ms */
  threads: [name: string, ms: number][]
}

const {
  TARGET = '',
  OPTIONS = '{}',
  LINES = '1000000',
  MIXED,
  RATE = '0',
  YIELD = '0'
} = process.env
const stream = pino.transport({ target: TARGET, options: JSON.parse(OPTIONS) as object })
const logger = pino({ name: 'bench', level: 'trace' }, stream)
const alive = setInterval(() => undefined, 1000)
await once(stream, 'ready')

const writable = stream as unknown as { writableNeedDrain: boolean }
const message = 'x'.repeat(46)
const lines = Number(LINES)
const rate = Number(RATE)
const linesPerTurn = Number(YIELD)
const before = {
  main: readMainThreadMs(),
  all: process.cpuUsage(),
  threads: readThreadsMs(process.pid)
}
const startedAt = now()
if (MIXED === undefined) await logInfo()
else await logMixed()
const mainMs = readMainThreadMs() - before.main
await new Promise(resolve => stream.flush(resolve))
const flushedAt = now()
const { user, system } = process.cpuUsage(before.all)
const cost: AppCost = {
  startedAt,
  flushedAt,
  mainMs,
  cpuMs: (user + system) / 1000,
  peakMiB: process.resourceUsage().maxRSS / 1024,
  threads: [...readThreadsMs(process.pid)].map(([name, ms]) => [
    name,
    ms - (before.threads.get(name) ?? 0)
  ])
}
process.stdout.write(JSON.stringify(cost))
clearInterval(alive)
stream.end()

async function logInfo(): Promise<void> {
  for (let line = 1; line <= lines; line++) {
    if (rate > 0) await keepRate(line)
    logger.info({ line }, message)
    if (writable.writableNeedDrain) await once(stream, 'drain')
    else if (linesPerTurn > 0 && line % linesPerTurn === 0) await nextTurn()
  }
}

async function logMixed(): Promise<void> {
  const random = createRandom(1)
  const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const
  const topics = ['db.query', 'http', 'jobs.mail'].map(topic => logger.child({ topic }))
  const loggers = [logger, ...topics]
  for (let line = 1; line <= lines; line++) {
    const level = levels[random(levels.length)] ?? 'info'
    loggers[line % loggers.length]?.[level]({ line }, message)
    if (writable.writableNeedDrain) await once(stream, 'drain')
  }
}

/** Waits until it is time for a line. */
async function keepRate(line: number): Promise<void> {
  const aheadMs = startedAt + (line * 1000) / rate - now()
  if (aheadMs > 1) await new Promise(resolve => setTimeout(resolve, aheadMs))
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
