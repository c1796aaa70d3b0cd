/** An app that logs a line a second, for compose.yaml. Its address and the files of its keys are in the environment. */
import { pino } from 'pino'

const { ADDRESS, SERVER_KEY_FILE, SECRET_KEY_FILE } = process.env
const curve = { serverKeyFile: SERVER_KEY_FILE, secretKeyFile: SECRET_KEY_FILE }
const transport = pino.transport({ target: 'zmq-pub', options: { address: ADDRESS, curve } })
const logger = pino({ name: 'example' }, transport)

let order = 0
setInterval(() => logger.info({ order: ++order }, 'paid'), 1000)

// The exit waits until the collector has all lines, at most 5 s.
process.once('SIGTERM', () => {
  logger.info('stopping')
  process.exit()
})
