/**
 * Logs as a service does on an ordinary day: RATE lines a second, evenly over time, by LOGGERS loggers in
 * turn, each with a transport, and so a worker, of its own.
 *   TARGET, OPTIONS: the transport   RATE   LOGGERS   WARM, SECONDS: how long
 * Prints 'warm' after WARM seconds, 'end' after SECONDS more; closes its transports when it gets a line.
 */
import { once } from 'node:events'
import { pino } from 'pino'
import { readKnob } from '../../test/helpers/knobs.ts'

const { TARGET = '', OPTIONS = '{}' } = process.env
const rate = readKnob('RATE', 1000)
const warmSeconds = readKnob('WARM', 3)
const warmLines = Math.round(rate * warmSeconds)
const lines = Math.round(rate * (warmSeconds + readKnob('SECONDS', 4)))
const options = JSON.parse(OPTIONS) as object
const streams = Array.from({ length: readKnob('LOGGERS', 1) }, () =>
  pino.transport({ target: TARGET, options })
)
const loggers = streams.map((stream, index) => pino({ name: `everyday-${index}` }, stream))
await Promise.all(streams.map(stream => once(stream, 'ready')))

const message = 'x'.repeat(46)
const startedAt = performance.now()
let line = 0
const timer = setInterval(logDueLines, Math.max(1, 1000 / rate))

function logDueLines(): void {
  const due = Math.min(lines, ((performance.now() - startedAt) / 1000) * rate)
  for (; line < due; line++) {
    if (line === warmLines) process.stdout.write('warm\n')
    loggers[line % loggers.length]?.info({ line }, message)
  }
  if (line < lines) return
  clearInterval(timer)
  process.stdout.write('end\n')
}

await once(process.stdin, 'data')
const closed = Promise.all(streams.map(stream => once(stream, 'close')))
for (const stream of streams) stream.end()
await closed
process.exit()
