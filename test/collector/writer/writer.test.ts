import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { t as tap, test } from 'tap'
import { readFolder } from '../../helpers/collector.ts'
import { createStreamName, startGateway } from '../../helpers/gateway.ts'
import { startNats } from '../../helpers/nats.ts'
import { RawSender } from '../../helpers/raw-sender.ts'
import { waitFor } from '../../helpers/wait.ts'
import { logThrough, numbersOf, range, startWriter } from '../../helpers/writer.ts'

const node = await startNats(tap)

test('records get from an app through a gateway, a stream and a writer into a file, each once and in order', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const writer = await startWriter(t, node, stream, t.testdir())
  await logThrough(t, address, 0, 20_000)
  t.strictSame(numbersOf(await writer.waitForLines(20_000)), range(0, 20_000))
  t.match(writer.collector.totals, { records: 20_000, missingRecords: 0, badMessages: 0 })
})

test('a writer that was stopped continues where it was', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const folder = t.testdir()
  const first = await startWriter(t, node, stream, folder)
  await logThrough(t, address, 0, 1000)
  await first.waitForLines(1000)
  await first.collector.stop()
  await logThrough(t, address, 1000, 2000)
  const second = await startWriter(t, node, stream, folder)
  t.strictSame(numbersOf(await second.waitForLines(2000)), range(0, 2000))
  t.match(second.collector.totals, { records: 1000, missingRecords: 0, duplicateRecords: 0 })
})

test('a writer whose folder was restored from a backup writes the rest again', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const root = t.testdir()
  const folder = join(root, 'logs')
  const first = await startWriter(t, node, stream, folder)
  await logThrough(t, address, 0, 500)
  await first.waitForLines(500)
  await first.collector.stop()
  cpSync(folder, join(root, 'backup'), { recursive: true })
  const second = await startWriter(t, node, stream, folder)
  await logThrough(t, address, 500, 1000)
  await second.waitForLines(1000)
  await second.collector.stop()
  rmSync(folder, { recursive: true })
  cpSync(join(root, 'backup'), folder, { recursive: true })
  const third = await startWriter(t, node, stream, folder)
  t.strictSame(numbersOf(await third.waitForLines(1000)), range(0, 1000))
})

test('a new writer starts at the beginning of the stream', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const root = t.testdir()
  const first = await startWriter(t, node, stream, join(root, 'one'))
  await logThrough(t, address, 0, 500)
  await first.waitForLines(500)
  await first.collector.stop()
  const second = await startWriter(t, node, stream, join(root, 'two'))
  t.strictSame(numbersOf(await second.waitForLines(500)), range(0, 500))
})

test('two writers share the senders by partitions', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const root = t.testdir()
  const one = await startWriter(t, node, stream, join(root, 'one'), { partitions: [0] })
  const two = await startWriter(t, node, stream, join(root, 'two'), { partitions: [1] })
  const senders = await Promise.all(Array.from({ length: 16 }, () => RawSender.connect(t, address)))
  for (const [index, sender] of senders.entries()) {
    await sender.hello(1)
    await sender.batch(1, 2, `{"n":${index}}\n{"n":${index}}\n`)
  }
  const count = (): number => `${one.read()}${two.read()}`.split('\n').length - 1
  await waitFor(() => count() === 32, 'all records')
  const [first, second] = [one, two].map(({ read }) => numbersOf(read().split('\n').slice(0, -1)))
  t.ok(first?.length && second?.length)
  t.notOk(first?.some(n => second?.includes(n)))
})

test('what an app has dropped is in the file, with its reason', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const writer = await startWriter(t, node, stream, t.testdir())
  const sender = await RawSender.connect(t, address)
  await sender.hello(1, { app: 'shop', dropped: [{ from: 2, to: 9, why: 'buffer full' }] })
  await sender.batch(1, 1, '{"n":1}\n')
  await sender.batch(10, 1, '{"n":10}\n')
  const lines = (await writer.waitForLines(3)).map(line => JSON.parse(line) as object)
  t.match(lines, [{ n: 1 }, { gap: { app: 'shop', records: 8, why: 'buffer full' } }, { n: 10 }])
  t.equal(writer.collector.totals.missingRecords, 8)
})

test('a sender that has changed to another gateway leaves no gap, and nothing twice', async t => {
  const stream = createStreamName()
  const gateways = [await startGateway(t, node, stream), await startGateway(t, node, stream)]
  const writer = await startWriter(t, node, stream, t.testdir())
  const [one, two] = await Promise.all(gateways.map(({ address }) => RawSender.connect(t, address)))
  if (!one || !two) throw new Error('unreachable')
  await one.hello(1)
  await one.batch(1, 2, '{"n":1}\n{"n":2}\n')
  await writer.waitForLines(2)
  await two.hello(2, {}, one.id) // the ack of 2 was lost
  await two.batch(2, 2, '{"n":2}\n{"n":3}\n', one.id)
  await writer.waitForLines(3)
  await one.hello(4)
  await one.batch(4, 1, '{"n":4}\n')
  t.strictSame(numbersOf(await writer.waitForLines(4)), [1, 2, 3, 4])
  t.match(writer.collector.totals, { missingRecords: 0, duplicateRecords: 0 })
})

test('several outputs and templates work as for every collector', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const folder = t.testdir()
  const outputs = [
    { file: join(folder, '{app}-{host}.log'), rotate: 'never' as const },
    { file: join(folder, 'errors.txt'), rotate: 'never' as const, level: 'error' }
  ]
  const writer = await startWriter(t, node, stream, folder, { outputs })
  const sender = await RawSender.connect(t, address)
  await sender.hello(1, { app: 'shop', host: 'web-1' })
  await sender.batch(1, 2, '{"level":30,"n":1}\n{"level":50,"n":2}\n')
  t.strictSame(numbersOf(await writer.waitForLines(2)), [1, 2])
  t.match(readFolder(folder), /"n":2/)
})

test('a writer stops when another one reads its partition, and says which', async t => {
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const root = t.testdir()
  const first = await startWriter(t, node, stream, join(root, 'one'))
  await logThrough(t, address, 0, 10)
  await first.waitForLines(10)
  const second = await startWriter(t, node, stream, join(root, 'two'))
  t.match(await first.collector.failure, {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message: /another writer has taken over partition [01] of the stream: process \d+ on host/
  })
  await logThrough(t, address, 10, 20)
  t.strictSame(numbersOf(await second.waitForLines(20)), range(0, 20))
  t.strictSame(numbersOf(await first.waitForLines(10)), range(0, 10))
})

test('a partition that the stream has not is refused', async t => {
  const stream = createStreamName()
  await startGateway(t, node, stream)
  await t.rejects(startWriter(t, node, stream, t.testdir(), { partitions: [0, 2] }), {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message: /must be partitions of the stream .*, which has 0 to 1, got 2/
  })
})
