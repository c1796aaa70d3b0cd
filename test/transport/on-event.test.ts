import pino, { type Logger } from 'pino'
import { test, type Test } from 'tap'
import zmqPub, { type TransportOptions } from '../../transport.ts'
import { onZmqPubEvent } from '../../lib/transport/on-event.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { join } from 'node:path'
import { root } from '../helpers/program.ts'

const target = join(root, 'transport.js')

/** Options of a transport that nobody answers: it drops what doesn't fit into 1 KiB. */
async function toDropping(): Promise<TransportOptions> {
  return { address: await findFreeAddress(), maxBufferBytes: 1024, stallMs: 100, closeTimeoutMs: 0 }
}

/** Logs more than the buffer takes. @returns the records that the event says were dropped */
function overflow(logger: Logger): Promise<number> {
  return new Promise(resolve => {
    const logging = setInterval(() => logger.info('more than fits'.repeat(100)), 10)
    const stop = onZmqPubEvent(logger, 'dropped', ({ records }) => {
      stop()
      clearInterval(logging)
      resolve(records)
    })
  })
}

const loggers: Record<string, (t: Test) => Promise<Logger>> = {
  'the option transport': async () => pino({ transport: { target, options: await toDropping() } }),
  'a child logger': async () =>
    pino({ transport: { target, options: await toDropping() } }).child({ part: 'child' }),
  targets: async t =>
    pino({
      transport: {
        targets: [
          { target, options: await toDropping() },
          { target: 'pino/file', options: { destination: join(t.testdir(), 'own.log') } }
        ]
      }
    }),
  'pino.multistream': async () =>
    pino(
      {},
      pino.multistream([
        { stream: pino.transport({ target, options: await toDropping() }) },
        { stream: pino.destination({ dest: '/dev/null' }) }
      ])
    ),
  "the app's own thread": async () => pino(await zmqPub(await toDropping()))
}

for (const [what, createLogger] of Object.entries(loggers)) {
  test(`an event reaches a listener by the logger: ${what}`, async t => {
    const records = await overflow(await createLogger(t))
    t.ok(records > 0, `${records} records`)
  })
}

test('a logger or a name that can have no events is refused', t => {
  const none = (): void => undefined
  const logger = pino({ transport: { target: 'pino/file', options: { destination: '/dev/null' } } })
  t.throws(() => onZmqPubEvent(logger, 'droped' as 'dropped', none), {
    code: 'ERR_ZMQ_PUB_OPTION',
    message: /must be one of subscribed, .*got "droped" \(did you mean 'dropped'\?\)/
  })
  const toFile = pino(pino.destination({ dest: '/dev/null' }))
  for (const without of [{}, console, toFile]) {
    t.throws(() => onZmqPubEvent(without, 'dropped', none), {
      message: /one of pino.*got one without/
    })
  }
  t.end()
})
