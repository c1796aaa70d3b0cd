/** Many workers in one process: finds what a worker leaves behind in zeromq. */
import { pino } from 'pino'
import { test } from 'tap'
import { startCollector } from '../helpers/collector.ts'
import { endTransport, startLogger, type TransportStream } from '../helpers/logger.ts'

const roundOf = (line: string): number => (JSON.parse(line) as { round: number }).round

test('200 transports start and end in one process', async t => {
  const { address, waitForLines } = await startCollector(t)
  for (let round = 0; round < 200; round++) {
    const stream: TransportStream = pino.transport({ target: 'zmq-pub', options: { address } })
    pino({}, stream).info({ round })
    await endTransport(stream)
  }
  const rounds = (await waitForLines(200)).map(roundOf)
  t.same(
    rounds,
    Array.from({ length: 200 }, (_, round) => round)
  )
})

test('workers that are terminated while connected do not harm the process', async t => {
  const { address, waitForLines } = await startCollector(t)
  for (let round = 0; round < 20; round++) {
    const { logger, stream } = await startLogger(t, { address })
    logger.info({ round })
    await waitForLines(round + 1)
    await (stream as unknown as { worker: { terminate(): Promise<number> } }).worker.terminate()
  }
  t.equal((await waitForLines(20)).length, 20)
})
