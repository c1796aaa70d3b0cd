/** Several gateways of one stream: one of them is used at a time, and each line is in the stream once. */
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pino, type Logger } from 'pino'
import { test, type Test } from 'tap'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { failoverPauses } from '../../lib/transport/connection/failover.ts'
import { pauses } from '../../lib/transport/connection/reachability.ts'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { parseTransportOptions, type TransportOptions } from '../../lib/transport/options.ts'
import { TransportStream } from '../../lib/transport/transport-stream.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { startCollector } from '../helpers/collector.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { startLogger, startTransport, type TransportStream as Piped } from '../helpers/logger.ts'
import { FakeGateway, FakeStream, type GatewayOptions } from '../helpers/fake-gateway.ts'
import { waitFor } from '../helpers/wait.ts'

interface Event {
  name: string
  [field: string]: unknown
}

interface App {
  logger: Logger
  stream: TransportStream
  /** what the transport told, without counters */
  events: Event[]
  /** the events of a name */
  named: (name: string) => Event[]
  /** logs so many more lines */
  log: (count: number) => void
  end: () => Promise<void>
}

Object.assign(failoverPauses, { leastStallMs: 500 }) // stallMs of the apps below

const former = { failover: { ...failoverPauses }, reachability: { ...pauses } }

/** An app with failover between addresses, whose pauses are short. */
async function startApp(t: Test, address: string[], options: TransportOptions = {}): Promise<App> {
  const events: Event[] = []
  const stream = await TransportStream.open(
    parseTransportOptions({ address, mode: 'failover', stallMs: 500, ...options }),
    (name, detail) => {
      if (name !== 'counters') events.push({ name, ...detail })
    }
  )
  t.teardown(() => stream.destroy())
  const logger = pino({ name: 'shop' }, stream)
  let logged = 0
  return {
    logger,
    stream,
    events,
    named: name => events.filter(event => event.name === name),
    log: count => {
      for (const end = logged + count; logged < end;) logger.info({ line: ++logged })
    },
    end: async () => {
      const closed = once(stream, 'close')
      stream.end()
      await closed
    }
  }
}

/** Gateways of one stream. */
async function openGateways(t: Test, count: number, options: GatewayOptions = {}) {
  const stream = new FakeStream()
  const gateways: FakeGateway[] = []
  for (let index = 0; index < count; index++) {
    gateways.push(await FakeGateway.open(t, stream, options))
  }
  const [first, second, third] = gateways as [FakeGateway, FakeGateway, FakeGateway]
  return { stream, first, second, third, addresses: gateways.map(({ address }) => address) }
}

function shorten(t: Test, of: Partial<typeof failoverPauses & typeof pauses>): void {
  t.teardown(() => {
    Object.assign(failoverPauses, former.failover)
    Object.assign(pauses, former.reachability)
  })
  for (const [name, ms] of Object.entries(of)) {
    Object.assign(name in pauses ? pauses : failoverPauses, { [name]: ms })
  }
}

/** Whether a stream has the lines 1 to `count` of an app, each once and in order. */
function checkLines(t: Test, stream: FakeStream, count: number): void {
  const lines = stream.readLines().map(text => (JSON.parse(text) as { line: number }).line)
  t.strictSame(
    lines,
    Array.from({ length: count }, (_, index) => index + 1)
  )
  t.strictSame(stream.conflicts, [])
}

test('records go to the first gateway alone', async t => {
  const { stream, addresses, second, third } = await openGateways(t, 3)
  const app = await startApp(t, addresses)
  app.log(1000)
  await waitFor(() => stream.count === 1000, 'all lines')
  await app.end()
  checkLines(t, stream, 1000)
  t.equal(stream.published, 1000)
  t.strictSame([...second.messages, ...third.messages], [])
  t.match(app.events, [{ name: 'subscribed', wire: 'batch', addresses: [addresses[0]] }])
  t.equal(app.events.length, 1)
})

test('where a gateway is killed the next one gets what it did not acknowledge, and it is used again when it is back', async t => {
  shorten(t, { returnMs: 300 })
  const { stream, addresses, first, second } = await openGateways(t, 3)
  const app = await startApp(t, addresses)
  app.log(100)
  await waitFor(() => stream.count === 100, 'the first lines')
  first.isSilent = true
  app.log(100)
  await waitFor(
    () => first.batches.some(({ header }) => header.first > 100),
    'an unacknowledged batch'
  )
  first.close()
  app.log(100)
  await waitFor(() => stream.count === 300, 'what the first has not acknowledged')
  t.match(app.named('failover'), [{ from: first.address, to: second.address }])
  const again = await FakeGateway.open(t, stream, { address: first.address })
  await waitFor(() => app.named('failover').length > 1, 'the return')
  t.match(app.named('failover')[1], {
    from: second.address,
    to: first.address,
    why: `${first.address} answers again`
  })
  app.log(100)
  await waitFor(() => stream.count === 400, 'the last lines')
  t.ok(again.batches.length > 0)
  await app.end()
  checkLines(t, stream, 400)
  t.strictSame(app.named('dropped'), [])
})

test('a gateway that answers but acknowledges nothing is left after stallMs', async t => {
  const { stream, addresses, first, second } = await openGateways(t, 2)
  first.isStalled = true
  const app = await startApp(t, addresses)
  app.log(1000)
  await waitFor(() => stream.count === 1000, 'all lines')
  t.match(app.named('failover'), [
    {
      from: first.address,
      to: second.address,
      why: /^tcp:\S+ has acknowledged nothing for [12] s$/
    }
  ])
  first.isStalled = false // what it has got is published late
  await waitFor(() => stream.published >= 2000, 'the same lines once more')
  app.log(10)
  await app.end()
  checkLines(t, stream, 1010)
})

test('gateways that answer nothing are each left for their silence, also after they were connected anew', async t => {
  shorten(t, { firstProbeMs: 100, unreachableMs: 400, reconnectMs: 400 })
  const { stream, addresses, first, second } = await openGateways(t, 2)
  first.isSilent = true
  second.isSilent = true
  const app = await startApp(t, addresses)
  app.log(10)
  await waitFor(() => app.named('failover').length > 2, 'three changes')
  for (const { why } of app.named('failover')) {
    t.match(why, /acknowledged nothing for|or acknowledged anything/)
  }
  first.isSilent = false
  second.isSilent = false
  await waitFor(() => stream.count === 10, 'all lines')
  await app.end()
  checkLines(t, stream, 10)
})

test('what one gateway acknowledges late releases records that another one got', async t => {
  const { stream, addresses, first } = await openGateways(t, 2)
  stream.isElecting = true
  const app = await startApp(t, addresses)
  app.log(10)
  await waitFor(() => first.batches.length > 0, 'a batch')
  await waitFor(() => app.named('failover').length > 0, 'the next gateway')
  stream.isElecting = false
  await app.end()
  checkLines(t, stream, 10)
  t.strictSame(app.named('undelivered'), [])
})

test('a first gateway that is not there holds nothing up, also where the app ends at once', async t => {
  const { stream, addresses } = await openGateways(t, 2)
  const app = await startApp(t, [await findFreeAddress(), ...addresses])
  app.log(5)
  await app.end()
  checkLines(t, stream, 5)
  t.strictSame(app.named('undelivered'), [])
  t.match(app.named('failover'), [{ to: addresses[0] }])
})

test('an app that ends while its gateway is silent delivers to the next one', async t => {
  const { stream, addresses, first } = await openGateways(t, 3)
  const app = await startApp(t, addresses, { stallMs: 9000 })
  app.log(1)
  await waitFor(() => stream.count === 1, 'the first line')
  first.isSilent = true
  app.log(100)
  await app.end()
  checkLines(t, stream, 101)
  t.strictSame(app.named('undelivered'), [])
})

test('a flush is called back when another gateway has everything', async t => {
  const { stream, addresses, first } = await openGateways(t, 2)
  const app = await startApp(t, addresses, { stallMs: 9000 })
  app.log(1)
  await waitFor(() => stream.count === 1, 'the first line')
  first.close()
  app.log(100)
  await new Promise<void>(resolve => app.stream.flush(resolve))
  checkLines(t, stream, 101)
})

test('without a gateway the end leaves all in the spool, and the next process delivers it over any of them, in parts', async t => {
  const spool = t.testdir()
  const addresses = [await findFreeAddress(), await findFreeAddress()]
  const app = await startApp(t, addresses, { spool })
  app.log(5000)
  await app.end()
  t.match(app.named('undelivered'), [{ records: 0, spooledRecords: 5000 }])
  const stream = new FakeStream()
  const limit = 128 * 1024 // less than a batch that was made before it was known
  const address = addresses[1] as string
  const gateway = await FakeGateway.open(t, stream, { address, maxMessageBytes: limit })
  const next = await startApp(t, addresses, { spool })
  await waitFor(() => readdirSync(spool).length === 0, 'the spool to be deleted')
  checkLines(t, stream, 5000)
  t.match(next.named('adopted'), [{ records: 5000 }])
  t.ok(gateway.batches.every(({ payload }) => payload.length <= limit - 1024))
})

test('among collectors with logs of their own nothing is sent, and it is said why', async t => {
  const collectors = [await startCollector(t), await startCollector(t)]
  const addresses = collectors.map(({ address }) => address)
  const app = await startApp(t, addresses)
  app.log(10)
  await waitFor(() => app.named('unreachable').length > 0, 'the reason')
  const [told] = app.named('unreachable')
  t.match(told, { addresses, silentMs: 0, heldRecords: 10, isKeyRefused: false })
  t.match(
    told?.['why'],
    `${addresses[0]} is not a gateway of a stream, and mode 'failover' works only between gateways`
  )
  t.match(told?.['advice'], 'leave out the option mode, so that each collector gets every record')
  for (const { collector } of collectors) t.equal(collector.totals.records, 0)
  for (const { collector } of collectors) await collector.stop()
  const stream = new FakeStream()
  await FakeGateway.open(t, stream, { address: addresses[1] as string })
  await waitFor(() => stream.count === 10, 'what was held')
  await waitFor(() => app.named('reachable').length > 0, 'the recovery')
  t.match(app.named('reachable'), [{ addresses: [addresses[1]] }])
  await app.end()
  checkLines(t, stream, 10)
})

test('a collector that takes the place of a gateway gets no records', async t => {
  const { stream, addresses, first, second } = await openGateways(t, 2)
  const app = await startApp(t, addresses)
  app.log(10)
  await waitFor(() => stream.count === 10, 'the first lines')
  first.close()
  const { collector } = await waitFor(
    () => startCollector(t, { bind: first.address }).catch(() => undefined),
    'the port'
  )
  await waitFor(() => app.named('failover').length > 0, 'the next gateway')
  app.log(10)
  await waitFor(() => stream.count === 20, 'the last lines')
  t.match(app.named('failover'), [
    { from: first.address, to: second.address, why: /not a gateway/ }
  ])
  t.equal(collector.totals.records, 0)
  await app.end()
  checkLines(t, stream, 20)
})

test('a gateway of another stream gets nothing while the one in use is away', async t => {
  shorten(t, { firstProbeMs: 200, unreachableMs: 500 })
  const one = await openGateways(t, 1)
  const other = await openGateways(t, 1)
  const app = await startApp(t, [one.first.address, other.first.address])
  app.log(10)
  await waitFor(() => one.stream.count === 10, 'the first lines')
  await waitFor(() => app.named('unreachable').length > 0, 'what is wrong')
  t.match(app.named('unreachable'), [
    { addresses: other.addresses, why: /is a gateway of another stream than the one/ }
  ])
  one.first.close()
  app.log(10)
  await waitFor(() => app.named('unreachable').length > 1, 'that none works')
  t.equal(other.stream.count, 0)
  await FakeGateway.open(t, one.stream, { address: one.first.address })
  await waitFor(() => one.stream.count === 20, 'all lines')
  await app.end()
  checkLines(t, one.stream, 20)
})

test('an ack with the id of a collector that is no gateway of the stream releases nothing', async t => {
  const { stream, addresses, first } = await openGateways(t, 2)
  stream.isElecting = true
  const app = await startApp(t, addresses, { stallMs: 9000 })
  app.log(10)
  const batch = await waitFor(() => first.batches[0], 'a batch')
  first.ack('stranger', batch.header.senderId, 10)
  stream.isElecting = false
  await app.end()
  checkLines(t, stream, 10)
  t.strictSame(app.named('undelivered'), [])
})

test('what is larger than a message of the engine is sent in parts, or dropped and announced', async t => {
  const limit = 128 * 1024
  const { stream, addresses, first } = await openGateways(t, 2, { maxMessageBytes: limit })
  const app = await startApp(t, addresses, { batchBytes: 8 * 1024 * 1024 })
  for (const size of [10, 100_000, 100_000, 200_000, 10]) app.logger.info('x'.repeat(size))
  for (let line = 0; line < 20_000; line++) app.logger.info('y'.repeat(100))
  await app.end()
  t.equal(stream.count, 20_004)
  t.ok(first.batches.every(({ payload }) => payload.length <= limit - 1024))
  t.match(app.named('dropped'), [{ records: 1, why: "record longer than the collector's limit" }])
  t.match(stream.dropped[0], { from: 4, to: 4 })
})

test("the code in docs/options.md sends over pino's worker, and its line about a change has both addresses", async t => {
  const { stream, addresses, first, second } = await openGateways(t, 3)
  const { code } = findBlock('docs/options.md', 'failover')
  const named = ['a', 'b', 'c'].reduce(
    (text, host, index) => text.replace(`tcp://${host}:5558`, addresses[index] ?? ''),
    code.trim()
  )
  const file = join(t.testdir(), 'options.mjs')
  writeFileSync(file, `export const read = pino => ${named}`)
  const { read } = (await import(pathToFileURL(file).href)) as { read: (fake: object) => object }
  const given = read({ transport: (all: object) => all })
  const piped = await startTransport(t, given as Parameters<typeof startTransport>[1])
  const changes: unknown[] = []
  piped.on('failover', (detail: unknown) => changes.push(detail))
  const logger = pino(piped)
  logger.info({ line: 1 })
  await waitFor(() => stream.count === 1, 'the first line')
  first.close()
  logger.info({ line: 2 })
  piped.flush(() => undefined) // who waits for an ack need not wait for stallMs
  await waitFor(() => changes.length > 0, 'the change')
  t.match(changes, [{ from: first.address, to: second.address }])
  await waitFor(() => stream.count === 2, 'the second line')
  checkLines(t, stream, 2)
})

test('each gateway has a key of its own, and one that has another key than the given one is reported', async t => {
  shorten(t, { firstProbeMs: 200, unreachableMs: 500, graceMs: 200 })
  const stream = new FakeStream()
  const keys = [createKeyPair(), createKeyPair(), createKeyPair()] as const
  const own = createKeyPair()
  const first = await FakeGateway.open(t, stream, { keys: createKeyPair() })
  const second = await FakeGateway.open(t, stream, { keys: keys[1] })
  const third = await FakeGateway.open(t, stream, { keys: keys[2] })
  const app = await startApp(t, [first.address, second.address, third.address], {
    curve: {
      serverKey: keys.map(({ publicKey }) => publicKey),
      publicKey: own.publicKey,
      secretKey: own.secretKey.reveal()
    }
  })
  app.log(10)
  await waitFor(() => second.batches.length > 0, 'a batch for the second')
  await waitFor(() => app.named('unreachable').length > 0, 'what is wrong with the first')
  t.match(app.named('unreachable'), [
    { addresses: [first.address], isKeyRefused: true, why: /has another key than the one/ }
  ])
  second.close()
  app.log(10)
  await waitFor(() => stream.count === 20, 'the rest, by the third')
  t.ok(third.batches.length > 0)
  await app.end()
  checkLines(t, stream, 20)
})

/** What an app logs in 5 s at 20,000 lines/s; test/long/failover.test.ts has the 30 s that are promised. */
const electionLines = 100_000

test('an election without acks, in which 100,000 lines are logged, drops nothing, however short stallMs is', async t => {
  const { stream, addresses } = await openGateways(t, 2)
  stream.isElecting = true
  const options = { address: addresses, mode: 'failover', stallMs: 100, countersMs: 100 } as const
  const { logger, stream: piped } = await startLogger(t, options, { base: null })
  const told = watchCounters(piped)
  for (let line = 1; line <= electionLines; line++) {
    logger.info({ line, text: 'x'.repeat(100) })
    if (line % 20_000 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  await waitFor(() => told().queuedRecords === electionLines, 'all lines in the worker')
  t.equal(told().ackedRecords, 0)
  stream.isElecting = false
  await waitFor(() => told().ackedRecords === electionLines, 'all acks')
  t.equal(told().droppedRecords, 0)
  checkLines(t, stream, electionLines)
})

/** The last counters of a transport. */
function watchCounters(piped: Piped): () => TransportEvents['counters'] {
  let last = { queuedRecords: 0 } as TransportEvents['counters']
  piped.on('counters', (detail: TransportEvents['counters']) => (last = detail))
  return () => last
}
