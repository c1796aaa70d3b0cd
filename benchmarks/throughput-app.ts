/** Logs LINES lines as fast as the transport takes them, and says how long it took until all were written. */
import { once } from 'node:events'
import { pino } from 'pino'

const { TARGET = '', OPTIONS = '{}', LINES = '1000000' } = process.env
const stream = pino.transport({ target: TARGET, options: JSON.parse(OPTIONS) as object })
const logger = pino({ name: 'bench' }, stream)
const isFull = (): boolean =>
  (stream as unknown as { writableNeedDrain: boolean }).writableNeedDrain
const alive = setInterval(() => undefined, 1000)
await once(stream, 'ready')

const message = 'x'.repeat(40)
const startedAt = performance.now()
for (let line = 1; line <= Number(LINES); line++) {
  logger.info({ line }, message)
  if (isFull()) await once(stream, 'drain')
}
await new Promise(resolve => stream.flush(resolve))
const ms = performance.now() - startedAt
const { user, system } = process.cpuUsage()
process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000 }))
clearInterval(alive)
stream.end()
