/** What docs/scaling.md says of parts that die: what takes long. */
import { pino } from 'pino'
import { test } from 'tap'
import { createStreamName, readStream, startGateway } from '../helpers/gateway.ts'
import { startTransport } from '../helpers/logger.ts'
import { startNats } from '../helpers/nats.ts'
import { waitFor } from '../helpers/wait.ts'

test('while the stream is away nothing is acknowledged, and nothing lost', async t => {
  const own = await startNats(t)
  const stream = createStreamName()
  const { address, entries: ownLog } = await startGateway(t, own, stream)
  const transport = await startTransport(t, { address })
  const logger = pino({ name: 'shop' }, transport)
  logger.info({ n: 0 }, 'line')
  await new Promise(resolve => transport.flush(resolve))
  await own.kill()
  for (let n = 1; n < 1000; n++) logger.info({ n }, 'line')
  await waitFor(() => ownLog.some(({ msg }) => msg === 'cannot write; trying again'), 'trouble')
  await own.restart()
  await new Promise(resolve => transport.flush(resolve))
  const entries = await readStream(t, own, stream)
  await waitFor(() => entries.reduce((sum, { count }) => sum + count, 0) >= 1000, 'all records')
  const numbers = new Set(entries.flatMap(({ first, count }) => range(first, count)))
  t.equal(numbers.size, 1000)
})

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}
