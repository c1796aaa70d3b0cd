/** Logs RATE lines a second for SECONDS, each with the time of its log call (`loggedAt`, ms since the epoch). */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { readKnob } from '../../test/helpers/knobs.ts'

const { TARGET = '', OPTIONS = '{}' } = process.env
const stream = pino.transport({ target: TARGET, options: JSON.parse(OPTIONS) as object })
const logger = pino({ name: 'latency' }, stream)
await once(stream, 'ready')
const rate = readKnob('RATE', 1000)
const total = rate * readKnob('SECONDS', 10)
const startedAt = performance.now()
for (let line = 0; line < total;) {
  const due = ((performance.now() - startedAt) / 1000) * rate
  for (; line < Math.min(due, total); line++) {
    logger.info(
      { loggedAt: performance.timeOrigin + performance.now(), line },
      'a line of the latency test'
    )
  }
  await sleep(1)
}
await new Promise(resolve => stream.flush(resolve))
stream.end()
