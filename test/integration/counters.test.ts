/** What an app hears of its own records: the event `counters`. */
import type { Logger } from 'pino'
import { test, type Test } from 'tap'
import { onZmqPubEvent } from '../../lib/transport/on-event.ts'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { startCollector } from '../helpers/collector.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { endTransport, startLogger } from '../helpers/logger.ts'
import { waitFor } from '../helpers/wait.ts'

type Counters = TransportEvents['counters']

/** Keeps the last counters that the app has heard. */
function listen(t: Test, logger: Logger) {
  let last: Counters | undefined
  t.teardown(onZmqPubEvent(logger, 'counters', counters => (last = counters)))
  return (isWanted: (counters: Counters) => boolean): Promise<Counters> =>
    waitFor(() => last && isWanted(last) && last, 'counters')
}

/** Logs until the counters are as wanted. @returns how many records */
async function logUntil(
  logger: Logger,
  waitForCounters: ReturnType<typeof listen>,
  isWanted: (counters: Counters) => boolean
): Promise<number> {
  let logged = 0
  const timer = setInterval(() => {
    for (let record = 0; record < 20; record++) logger.info({ padding: 'x'.repeat(1000) })
    logged += 20
  }, 5)
  await waitForCounters(isWanted).finally(() => clearInterval(timer))
  return logged
}

test('an app hears how many of its records were sent, acknowledged, held and dropped', async t => {
  const address = await findFreeAddress()
  const { logger } = await startLogger(t, {
    address,
    countersMs: 20,
    maxBufferBytes: 64 * 1024,
    stallMs: 100
  })
  const waitForCounters = listen(t, logger)
  const logged = await logUntil(logger, waitForCounters, ({ droppedRecords }) => droppedRecords > 0)
  const held = await waitForCounters(({ queuedRecords }) => queuedRecords === logged)
  t.equal(held.heldRecords + held.droppedRecords, logged)
  t.match(held, { sentRecords: 0, ackedRecords: 0, spooledRecords: 0, reconnects: 0 })

  const first = await startCollector(t, { bind: address })
  const acked = await waitForCounters(({ heldRecords }) => heldRecords === 0)
  t.equal(acked.ackedRecords + acked.droppedRecords, logged)
  t.equal(acked.sentRecords, acked.ackedRecords)
  t.equal(acked.reconnects, 0)

  await first.collector.stop()
  await startCollector(t, { bind: address })
  logger.info('after the restart')
  const again = await waitForCounters(({ ackedRecords }) => ackedRecords > acked.ackedRecords)
  t.match(again, { queuedRecords: logged + 1, reconnects: 1 })
})

test('records in the spool are held', async t => {
  const spool = { dir: t.testdir() }
  const options = {
    address: await findFreeAddress(),
    countersMs: 20,
    maxBufferBytes: 64 * 1024,
    stallMs: 100
  }
  const { logger } = await startLogger(t, { ...options, spool, closeTimeoutMs: 0 })
  const waitForCounters = listen(t, logger)
  const logged = await logUntil(logger, waitForCounters, ({ spooledRecords }) => spooledRecords > 0)
  const counters = await waitForCounters(({ queuedRecords }) => queuedRecords === logged)
  t.match(counters, { heldRecords: logged, droppedRecords: 0, sentRecords: 0 })
})

test('an app that ends its transport and stays hears its last numbers', async t => {
  const { address } = await startCollector(t)
  const { logger, stream } = await startLogger(t, { address, countersMs: 3_600_000 })
  const waitForCounters = listen(t, logger)
  for (let record = 0; record < 10; record++) logger.info('last')
  await endTransport(stream)
  t.match(await waitForCounters(() => true), { queuedRecords: 10, ackedRecords: 10 })
})

test('on the plain wire records are sent, and never acknowledged', async t => {
  const { address } = await startCollector(t)
  const { logger } = await startLogger(t, { address, wire: 'plain', countersMs: 20 })
  const waitForCounters = listen(t, logger)
  for (let record = 0; record < 10; record++) logger.info('plain')
  const counters = await waitForCounters(({ sentRecords }) => sentRecords === 10)
  t.match(counters, { queuedRecords: 10, ackedRecords: 0, heldRecords: 0, droppedRecords: 0 })
})
