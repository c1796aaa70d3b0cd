import { once } from 'node:events'
import { join } from 'node:path'
import { pino } from 'pino'
import { t as tap, test, type Test } from 'tap'
import { Publisher, XPublisher } from 'zeromq'
import type { Gateway } from '../../../lib/collector/gateway/gateway.ts'
import type { Entry } from '../../../lib/engine/entry.ts'
import { decodeAcks } from '../../../lib/wire/acks.ts'
import { createSenderId, toPublicId } from '../../../lib/wire/id.ts'
import { decodeMarker } from '../../../lib/wire/marker.ts'
import {
  createStreamName,
  readStream,
  startGateway,
  waitForEntries
} from '../../helpers/gateway.ts'
import { startTransport } from '../../helpers/logger.ts'
import { loopback } from '../../helpers/loopback.ts'
import { readSamples } from '../../helpers/metrics.ts'
import { startNats } from '../../helpers/nats.ts'
import { RawSender, toRawHeader } from '../../helpers/raw-sender.ts'
import { waitFor } from '../../helpers/wait.ts'

const node = await startNats(tap)

/** Lines with these numbers. */
function toLines(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `{"n":${first + index}}\n`).join('')
}

test('each batch is a message of the stream, with who has sent it, and the payload as it came', async t => {
  const stream = createStreamName()
  const { address, gateway } = await startGateway(t, node, stream)
  const entries = await readStream(t, node, stream)
  const sender = await RawSender.connect(t, address)
  await sender.hello(1, { app: 'shop', host: 'web-1', levels: { 30: 'INFO' } })
  await sender.batch(1, 2, toLines(1, 2))
  await sender.batch(3, 3, toLines(3, 3))
  await sender.bye(6)
  await waitForEntries(entries, 4)
  const senderId = toPublicId(sender.id)
  t.match(entries, [
    { kind: 'hello', senderId, first: 1, count: 0, floor: 1 },
    { kind: 'batch', senderId, first: 1, count: 2, floor: 1 },
    { kind: 'batch', senderId, first: 3, count: 3 },
    { kind: 'bye', senderId, first: 6, count: 0, floor: 6 }
  ])
  t.match(entries[1]?.hello, { app: 'shop', host: 'web-1', levels: { 30: 'INFO' } })
  t.strictSame(
    entries.map(({ payload }) => payload.toString()),
    ['', toLines(1, 2), toLines(3, 3), '']
  )
  t.match(gateway.totals, { records: 5, missingRecords: 0, badMessages: 0 })
})

test('an app gets its acks when the stream has its records', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const entries = await readStream(t, node, stream)
  const transport = await startTransport(t, { address })
  const logger = pino({ name: 'shop' }, transport)
  for (let n = 0; n < 10_000; n++) logger.info({ n }, 'line')
  await new Promise(resolve => transport.flush(resolve))
  await waitFor(() => entries.reduce((sum, { count }) => sum + count, 0) === 10_000, 'all records')
  const lines = entries
    .filter(({ kind }) => kind === 'batch')
    .toSorted((a, b) => a.first - b.first)
    .flatMap(({ payload }) => payload.toString().split('\n').slice(0, -1))
  t.strictSame(
    lines.map(line => (JSON.parse(line) as { n: number }).n),
    Array.from({ length: 10_000 }, (_, n) => n)
  )
})

test('a sender in the middle of its numbers is no gap: another gateway has the rest', async t => {
  const stream = createStreamName()
  const { address, gateway } = await startGateway(t, node, stream)
  const entries = await readStream(t, node, stream)
  const sender = await RawSender.connect(t, address)
  await sender.hello(1)
  await sender.batch(1, 2, toLines(1, 2))
  await sender.hello(100)
  await sender.batch(100, 1, toLines(100, 1))
  await sender.bye(101)
  await waitForEntries(entries, 4)
  t.match(entries, [
    { kind: 'hello', floor: 1 },
    { kind: 'batch', first: 1 },
    { kind: 'batch', first: 100 },
    { kind: 'bye', first: 101, floor: 101 }
  ])
  t.equal(gateway.totals.missingRecords, 0)
})

test('what an app has dropped is an entry of its own', async t => {
  const stream = createStreamName()
  const { address, gateway } = await startGateway(t, node, stream)
  const entries = await readStream(t, node, stream)
  const sender = await RawSender.connect(t, address)
  await sender.hello(1, { dropped: [{ from: 3, to: 9, why: 'buffer full' }] })
  await sender.batch(1, 2, toLines(1, 2))
  await sender.batch(10, 1, toLines(10, 1))
  await waitForEntries(entries, 4)
  const dropped = entries.find(({ kind }) => kind === 'dropped')
  t.match(dropped, { first: 3, count: 7, why: 'buffer full' })
  t.match(JSON.parse(dropped?.payload.toString() ?? ''), { gap: { records: 7, from: 3, to: 9 } })
  t.equal(gateway.totals.missingRecords, 7)
})

/** A socket as that of Python's PUBHandler, whose first message has arrived. */
async function connectPlain(
  t: Test,
  address: string,
  gateway: Gateway,
  message: string[]
): Promise<Publisher> {
  const socket = new Publisher({ sendHighWaterMark: 0 })
  t.teardown(() => socket.close())
  socket.connect(address)
  await waitFor(async () => {
    await socket.send(message)
    return gateway.totals.plainRecords > 0
  }, 'a plain message')
  return socket
}

test('plain messages get numbers, by root topic', async t => {
  const stream = createStreamName()
  const { address, gateway } = await startGateway(t, node, stream)
  const entries = await readStream(t, node, stream)
  const socket = await connectPlain(t, address, gateway, ['billing.WARNING', 'slow\n'])
  await socket.send(['shop.INFO', 'paid\n'])
  await waitFor(() => entries.some(({ hello }) => hello.app === 'shop'), 'all records')
  const [first] = entries
  t.match(first, { kind: 'batch', first: 1, floor: 1, hello: { app: 'billing' } })
  const [line = ''] = first?.payload.toString().split('\n') ?? []
  t.match(JSON.parse(line), { level: 40, name: 'billing', msg: 'slow' })
})

test('a flood of plain messages reaches a stream whose largest message is as small as it may be', async t => {
  const folder = t.testdir({ 'nats.conf': 'max_payload: 172032\n' })
  const small = await startNats(t, join(folder, 'nats'), ['-c', join(folder, 'nats.conf')])
  const stream = createStreamName()
  const { address, gateway } = await startGateway(t, small, stream)
  const entries = await readStream(t, small, stream)
  const socket = await connectPlain(t, address, gateway, ['probe.INFO', 'x'])
  const numbers = Array.from({ length: 200 }, (_, n) => n)
  const rest = '€'.repeat(2000)
  for (const n of numbers) await socket.send(['shop.INFO', `${n} ${rest}`])
  const read = (): number[] =>
    entries
      .filter(({ hello }) => hello.app === 'shop')
      .toSorted((a, b) => a.first - b.first)
      .flatMap(({ payload }) => payload.toString().split('\n').slice(0, -1))
      .map(line => Number.parseInt((JSON.parse(line) as { msg: string }).msg, 10))
  await waitFor(() => read().length === numbers.length, 'all records')
  t.strictSame(read(), numbers)
  t.match(gateway.totals, { droppedPlainRecords: 0 })
})

test('metrics count plain records as written, too, and measure the lag of every round', async t => {
  const stream = createStreamName()
  const metrics = `${loopback}:0`
  const { address, gateway, entries } = await startGateway(t, node, stream, { metrics })
  const { address: ofMetrics } = entries.find(({ msg }) => msg === 'serving metrics') ?? {}
  await connectPlain(t, address, gateway, ['billing.WARNING', 'slow\n'])
  const sender = await RawSender.connect(t, address)
  await sender.hello(1)
  const stored = await readStream(t, node, stream)
  for (let n = 1; n <= 3; n++) {
    await sender.batch(n, 1, `{"time":${Date.now()},"n":${n}}\n`)
    const isIt = ({ kind, first, hello }: Entry): boolean =>
      kind === 'batch' && first === n && hello.app === 'raw'
    await waitFor(() => stored.some(isIt), 'the record in the stream')
  }
  await waitFor(async () => {
    const response = await fetch(`http://${String(ofMetrics)}/metrics`)
    const samples = readSamples(await response.text())
    const { records, plainRecords } = gateway.totals
    const written = samples.get(`zmq_pub_written_records_total{output="${stream}"}`)
    return written === records + plainRecords && samples.get('zmq_pub_lag_seconds_count') === 3
  }, 'all in the metrics')
})

test('gateways of a stream acknowledge with the id that their markers say', async t => {
  const stream = createStreamName()
  const ids = new Set<string>()
  for (let count = 0; count < 2; count++) {
    const { address } = await startGateway(t, node, stream)
    const socket = new XPublisher()
    t.teardown(() => socket.close())
    socket.linger = 0
    socket.connect(address)
    const senderId = createSenderId()
    let isAcked = false
    while (!isAcked) {
      const [frame = Buffer.alloc(0)] = await socket.receive()
      const streamId = decodeMarker(frame.subarray(1))?.streamId
      if (streamId !== undefined) {
        ids.add(streamId)
        const head = toRawHeader({ kind: 'hello', senderId, first: 1 })
        await socket.send([head, '{"host":"raw","pid":1,"app":"raw"}'])
      }
      const acks = decodeAcks(frame)
      isAcked = acks !== undefined
      if (acks) ids.add(acks.collectorId)
    }
  }
  t.equal(ids.size, 1)
})

test('a batch that is too large for the stream is refused, and others are taken', async t => {
  const stream = createStreamName()
  const { address, gateway } = await startGateway(t, node, stream)
  const entries = await readStream(t, node, stream)
  const sender = await RawSender.connect(t, address)
  await sender.hello(1)
  await sender.batch(1, 1, `${JSON.stringify({ msg: 'x'.repeat(2_000_000) })}\n`)
  await sender.batch(1, 1, toLines(1, 1))
  await waitForEntries(entries, 2)
  t.match(gateway.totals, { badMessages: 1, records: 1 })
})

test('an app splits its batches as a gateway needs them, and drops a record that is too long', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const entries = await readStream(t, node, stream)
  const transport = await startTransport(t, { address, quiet: true })
  const dropped = once(transport, 'dropped')
  const logger = pino(transport)
  for (let n = 0; n < 100; n++) logger.info({ n, text: 'x'.repeat(50_000) })
  logger.info({ text: 'x'.repeat(1_500_000) })
  logger.info('last')
  await dropped
  await new Promise(resolve => transport.flush(resolve))
  await waitFor(() => entries.reduce((sum, { count }) => sum + count, 0) === 102, 'all records')
  t.equal(entries.filter(({ kind }) => kind === 'dropped').length, 1)
  t.ok(entries.every(({ payload }) => payload.length < 1024 * 1024))
})
