/** An app with failover, gateways that are killed, and a stream of NATS JetStream: each line is in the stream. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import type { Entry } from '../../lib/engine/entry.ts'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { createStreamName, readStream } from '../helpers/gateway.ts'
import { startLogger, waitForEvent } from '../helpers/logger.ts'
import { startNats, type NatsNode } from '../helpers/nats.ts'
import { startCollectorProgram, type CollectorProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

/** Starts gateways as programs, each at an address of its own, which it has again when it is started again. */
function gatewayStarter(t: Test, folder: string, { url }: NatsNode, stream: string) {
  const nats = { servers: url, stream, subject: stream, replicas: 1, maxBytes: 0, partitions: 2 }
  const config = join(folder, 'gateway.json')
  writeFileSync(config, JSON.stringify({ outputs: [{ nats }] }))
  return (address: string): Promise<CollectorProgram> =>
    startCollectorProgram(t, ['--config', config, '--bind', address])
}

/** Lines by number: what was published twice is there once. */
function readLines(entries: readonly Entry[]): Map<number, string> {
  const lines = new Map<number, string>()
  for (const { kind, first, payload } of entries) {
    if (kind !== 'batch') continue
    for (const [index, line] of payload.toString().split('\n').slice(0, -1).entries()) {
      lines.set(first + index, line)
    }
  }
  return lines
}

test('while gateways are killed one after the other, each line comes into the stream, and none is dropped', async t => {
  const folder = t.testdir()
  const node = await startNats(t, join(folder, 'nats'))
  const stream = createStreamName()
  const start = gatewayStarter(t, folder, node, stream)
  const address = [await findFreeAddress(), await findFreeAddress()] as [string, string]
  const gateways = await Promise.all(address.map(start))
  const entries = await readStream(t, node, stream)
  const { logger, stream: piped } = await startLogger(
    t,
    { address, mode: 'failover', stallMs: 300, countersMs: 100 },
    { name: 'shop' }
  )
  const changes: TransportEvents['failover'][] = []
  piped.on('failover', (detail: TransportEvents['failover']) => changes.push(detail))
  let last: Partial<TransportEvents['counters']> = {}
  piped.on('counters', (detail: TransportEvents['counters']) => (last = detail))
  let logged = 0
  const log = (): void => {
    for (const end = logged + 100; logged < end;) logger.info({ line: ++logged })
  }
  const timer = setInterval(log, 5)
  t.teardown(() => clearInterval(timer))
  for (const [index, gateway] of [...gateways, undefined].entries()) {
    const before = last.ackedRecords ?? 0
    await waitFor(() => (last.ackedRecords ?? 0) > before + 1000, 'acks')
    if (!gateway) break
    gateway.child.kill('SIGKILL')
    await waitFor(() => changes.length > index, 'the other gateway')
    if (index === 0) await start(address[0])
  }
  clearInterval(timer)
  await waitFor(() => last.ackedRecords === logged, 'all acks')
  t.equal(last.droppedRecords, 0)
  t.match(changes, [
    { from: address[0], to: address[1] },
    { from: address[1], to: address[0] }
  ])
  await waitFor(() => readLines(entries).size === logged, 'all lines in the stream')
  const lines = readLines(entries)
  for (const [seq, line] of lines) {
    if ((JSON.parse(line) as { line: number }).line !== seq) t.fail(`record ${seq} is ${line}`)
  }
})

test('an app that was started before its gateways sends to the first of them, and ends with nothing undelivered', async t => {
  const folder = t.testdir()
  const node = await startNats(t, join(folder, 'nats'))
  const start = gatewayStarter(t, folder, node, createStreamName())
  const address = [await findFreeAddress(), await findFreeAddress()] as [string, string]
  const { logger, stream: piped } = await startLogger(t, { address, mode: 'failover' })
  logger.info('early')
  const subscribed = waitForEvent(piped, 'subscribed')
  await start(address[1])
  t.match(await subscribed, { addresses: [address[1]], heldRecords: 1 })
  await new Promise<void>(resolve => piped.flush(() => resolve()))
  const counters = await waitForEnd(piped)
  t.match(counters, { ackedRecords: 1, heldRecords: 0 })
})

test('an app leaves a gateway that is being stopped at once', async t => {
  const folder = t.testdir()
  const node = await startNats(t, join(folder, 'nats'))
  const stream = createStreamName()
  const start = gatewayStarter(t, folder, node, stream)
  const address = [await findFreeAddress(), await findFreeAddress()] as [string, string]
  const [first] = await Promise.all(address.map(start))
  const entries = await readStream(t, node, stream)
  const { logger, stream: piped } = await startLogger(t, {
    address,
    mode: 'failover',
    stallMs: 9000
  })
  logger.info({ line: 1 })
  await waitFor(() => readLines(entries).size === 1, 'the first line')
  const changed = waitForEvent(piped, 'failover')
  t.equal(await first?.stop(), 0)
  t.match(await changed, {
    from: address[0],
    to: address[1],
    why: `${address[0]} no longer takes records`
  })
  logger.info({ line: 2 })
  await waitFor(() => readLines(entries).size === 2, 'the second line')
})

/** Ends a transport. @returns its last counters */
async function waitForEnd(piped: Parameters<typeof waitForEvent>[0]) {
  const counters = waitForEvent(piped, 'counters')
  piped.end()
  return counters
}
