/**
 * Question: does every line that pino was given reach a worker's stream, whatever the stream is?
 * Method:   an app logs all levels, `fatal` included, and waits for 'drain'; the worker's stream
 *           is programs/lost-before-us-stream.ts, which writes to a file, a little slowly.
 * Command:  node benchmarks/lost-before-us.js        (two at once lose lines sooner)
 */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { readKnob } from '../test/helpers/knobs.ts'

const seconds = readKnob('SECONDS', 10)
const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-lost-'))
const destination = join(folder, 'lines.log')
const target = new URL('programs/lost-before-us-stream.js', import.meta.url).href
const stream = pino.transport({ target, options: { destination } })
const logger = pino({ level: 'trace' }, stream)
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
const isFull = (): boolean =>
  (stream as unknown as { writableNeedDrain: boolean }).writableNeedDrain

const startedAt = performance.now()
let line = 0
for (
  let elapsedSeconds = 0;
  elapsedSeconds < seconds;
  elapsedSeconds = (performance.now() - startedAt) / 1000
) {
  for (const due = elapsedSeconds * 20_000; line < due && !isFull();) {
    line++
    logger[levels[line % levels.length] ?? 'info']({ line }, 'a line')
  }
  if (isFull()) await Promise.race([once(stream, 'drain'), sleep(100)])
  else await sleep(2)
}

const alive = setInterval(() => undefined, 1000)
stream.end()
await once(stream, 'close')
clearInterval(alive)
const arrived = readFileSync(destination, 'utf8').split('\n').length - 1
console.log(`${line} lines logged, ${arrived} reached the stream, ${line - arrived} lost before it`)
rmSync(folder, { recursive: true })
