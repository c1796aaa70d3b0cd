/** An election in real time: 20,000 lines/s for 30 s, while no gateway acknowledges anything. */
import { test } from 'tap'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { FakeGateway, FakeStream } from '../helpers/fake-gateway.ts'
import { startLogger } from '../helpers/logger.ts'
import { waitFor } from '../helpers/wait.ts'

const seconds = 30
const linesPerSecond = 20_000
/** Lines are logged this often. Unit: ms */
const stepMs = 10

for (const options of [{}, { stallMs: 100 }, { stallMs: 9000 }]) {
  test(`an election of ${seconds} s drops nothing with ${JSON.stringify(options)}`, async t => {
    const stream = new FakeStream()
    const gateways = [await FakeGateway.open(t, stream), await FakeGateway.open(t, stream)]
    const address = gateways.map(gateway => gateway.address)
    const all = { address, mode: 'failover', countersMs: 500, ...options } as const
    const { logger, stream: piped } = await startLogger(t, all)
    let told: Partial<TransportEvents['counters']> = {}
    piped.on('counters', (detail: TransportEvents['counters']) => (told = detail))
    logger.info({ line: 0 })
    await waitFor(() => stream.count === 1, 'the first line')
    stream.isElecting = true
    const startedAt = performance.now()
    let logged = 1
    for (let passedMs = 0; passedMs < seconds * 1000; passedMs = performance.now() - startedAt) {
      for (const end = (passedMs / 1000) * linesPerSecond; logged < end; logged++) {
        logger.info({ line: logged, text: 'x'.repeat(90) })
      }
      await new Promise(resolve => setTimeout(resolve, stepMs))
    }
    t.ok(logged > 0.95 * seconds * linesPerSecond, `${logged} lines`)
    stream.isElecting = false
    await waitFor(() => told.ackedRecords === logged, 'all acks')
    t.equal(told.droppedRecords, 0)
    t.equal(stream.count, logged)
    t.strictSame(stream.conflicts, [])
    const lines = stream.readLines().map(text => (JSON.parse(text) as { line: number }).line)
    t.ok(lines.every((line, index) => line === index))
  })
}
