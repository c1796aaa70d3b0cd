/**
 * An app that logs: random levels, two child loggers with sub-topics, now and then an error.
 *
 *   node examples/app.js                    to a collector on this machine
 *   ADDRESS=tcp://logs:5558 node examples/app.js
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'

const name = process.env['APP'] ?? 'shop'
const address = process.env['ADDRESS'] ?? 'tcp://127.0.0.1:5558'
const lines = Number(process.env['LINES'] ?? 200)
const linesPerSecond = Number(process.env['RATE'] ?? 50)

const transport = pino.transport({ target: 'zmq-pub', options: { address } })
const logger = pino({ name, level: 'trace' }, transport)
const children = [
  logger,
  logger.child({ topic: 'db.query' }),
  logger.child({ topic: 'http.request' })
]
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

for (let line = 1; line <= lines; line++) {
  const child = pick(children)
  const level = pick(levels)
  if (level === 'error') child.error({ line, err: new Error('connection reset') }, 'query failed')
  else child[level]({ line, ms: Math.floor(Math.random() * 100) }, `did piece ${line} of the work`)
  await sleep(1000 / linesPerSecond)
}

function pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T
}
