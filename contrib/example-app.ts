/** An app that logs a line a second, for compose.yaml. Its address and the files of its keys are in the environment. */
import { pino } from 'pino'

const logger = pino({ name: 'example' }, pino.transport({ target: 'zmq-pub' }))

let order = 0
setInterval(() => logger.info({ order: ++order }, 'paid'), 1000)

// The exit waits until the collector has all lines, at most 5 s.
process.on('SIGTERM', () => {
  logger.info('stopping')
  process.exit()
})
