/** Logs one line, prints so when it is written, and ends with its stdin. */
import { once } from 'node:events'
import { pino } from 'pino'

const { TARGET = '', OPTIONS = '{}' } = process.env
const stream = pino.transport({ target: TARGET, options: JSON.parse(OPTIONS) as object })
await once(stream, 'ready')
pino(stream).info('the only line')
await new Promise(resolve => stream.flush(resolve))
process.stdout.write('quiet\n')
process.stdin.resume()
await once(process.stdin, 'end')
stream.end()
