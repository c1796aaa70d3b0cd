/** Many workers in one process: finds what a worker leaves behind in zeromq. */
import { pino } from 'pino'
import { test } from 'tap'
import { startCollector } from '../helpers/collector.ts'
import { endTransport, type TransportStream } from '../helpers/logger.ts'
import { startProgram } from '../helpers/program.ts'

const roundOf = (line: string): number => (JSON.parse(line) as { round: number }).round
const rounds = (count: number): number[] => Array.from({ length: count }, (_, round) => round)

test('100 transports start and end in one process', async t => {
  const { address, waitForLines } = await startCollector(t)
  for (let round = 0; round < 100; round++) {
    const stream: TransportStream = pino.transport({ target: 'zmq-pub', options: { address } })
    pino({}, stream).info({ round })
    await endTransport(stream)
  }
  t.same((await waitForLines(100)).map(roundOf), rounds(100))
})

// In processes of their own: what a terminated worker can do to its process, see docs/upstream.md.
test('workers that are terminated when their records are acknowledged do not harm the process', async t => {
  const { address, waitForLines } = await startCollector(t)
  const app = startProgram(t, 'test/fixtures/terminated-workers.js', { env: { ADDRESS: address } })
  t.match(await app.exited, { code: 0, signal: null }, app.stderr())
  t.same(
    (await waitForLines(20)).map(roundOf),
    rounds(20),
    'each acknowledged record is in the file'
  )
})

test('workers that are terminated without a collector do not harm the process', async t => {
  const env = { ADDRESS: 'tcp://127.0.0.1:1', CLOSE_TIMEOUT_MS: '50' }
  const app = startProgram(t, 'test/fixtures/terminated-workers.js', { env })
  t.match(await app.exited, { code: 0, signal: null }, app.stderr())
  t.same(app.stdout().trim().split('\n').map(Number), rounds(20))
})
