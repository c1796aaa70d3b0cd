/** An app of the drill: logs numbered lines until its stdin ends, then prints how many, and exits. */
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { AppFact } from '../helpers/processes.ts'

const { ADDRESS = '', NAME = 'app', RATE = '0', OPTIONS = '{}', MAX = '100000000' } = process.env
const options = { address: ADDRESS, ...(JSON.parse(OPTIONS) as object) }
const transport = pino.transport({ target: 'zmq-pub', options })
const logger = pino({ name: NAME, level: 'trace' }, transport)
// No 'fatal': pino's flushSync() after it makes thread-stream 4.2.1 lose lines now and then, see docs/architecture.md.
const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const
const isFull = (): boolean =>
  (transport as unknown as { writableNeedDrain: boolean }).writableNeedDrain
const perSecond = Number(RATE)
const startedAt = performance.now()
const stop = new AbortController()
let line = 0

transport.on('adopted', ({ records }) => printFact({ adopted: records }))
process.stdin.resume().once('end', () => stop.abort())

while (!stop.signal.aborted) {
  const due = perSecond === 0 ? line + 1000 : ((performance.now() - startedAt) / 1000) * perSecond
  while (line < Math.min(due, Number(MAX)) && !isFull()) {
    line++
    logger[levels[line % levels.length] ?? 'info']({ line }, 'a line of the drill')
  }
  await sleep(isFull() ? 5 : perSecond === 0 ? 0 : 2)
}
printFact({ logged: line })

function printFact(fact: AppFact): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`)
}
