/** What docs/scaling.md says of parts that die: the rows of its table that need one node of NATS. */
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { test, type Test } from 'tap'
import { startApp, type App } from '../../benchmarks/helpers/processes.ts'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { readFolder, waitForLines } from '../helpers/collector.ts'
import { createStreamName, makeSmallStream, startGateway } from '../helpers/gateway.ts'
import { startTransport } from '../helpers/logger.ts'
import { loopback } from '../helpers/loopback.ts'
import { readSamples } from '../helpers/metrics.ts'
import { startNats, type NatsNode } from '../helpers/nats.ts'
import { startProgram, type Program } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'
import { logThrough, numbersOf, range, startWriter } from '../helpers/writer.ts'

/** The lines of an app of the drill have numbers from 1. */
interface Line {
  name: string
  line: number
  gap?: { records: number; from: number; to: number }
}

function linesOf(text: string, name: string): Line[] {
  const lines = text.split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line) as Line).filter(line => line.name === name)
}

/** Starts a writer as a program, which can be killed. */
async function startWriterProgram(
  t: Test,
  { url }: NatsNode,
  stream: string,
  folder: string
): Promise<Program> {
  const config = join(t.testdirName, 'writer.json')
  const from = { nats: { servers: url, stream } }
  writeFileSync(config, JSON.stringify({ from, file: join(folder, '{date}.log') }))
  const program = startProgram(t, 'collector.js', { args: ['--config', config] })
  await waitFor(() => program.stderr().includes('"reading the stream"'), 'the writer')
  return program
}

/** Starts an app of the drill, which is killed at the end at the latest. */
function startDrillApp(t: Test, ...args: Parameters<typeof startApp>): App {
  const app = startApp(...args)
  t.teardown(() => void app.child.kill('SIGKILL'))
  return app
}

async function kill({ child }: Pick<Program | App, 'child'>): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'close')
}

test('a writer that is killed while it writes, and started again, writes each line once and in order', async t => {
  const folder = join(t.testdir(), 'logs')
  const node = await startNats(t, join(t.testdirName, 'nats'))
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const app = startDrillApp(t, 'shop', address, 20_000)
  for (let count = 0; count < 2; count++) {
    const before = readFolder(folder).length
    const writer = await startWriterProgram(t, node, stream, folder)
    await waitFor(() => readFolder(folder).length > before + 50_000, 'some lines')
    await kill(writer)
  }
  const logged = await app.stop()
  await startWriterProgram(t, node, stream, folder)
  const lines = await waitForLines(() => readFolder(folder), logged)
  t.strictSame(
    lines.map(text => (JSON.parse(text) as Line).line),
    range(1, logged + 1)
  )
})

test("an app's host that comes back delivers its spool through a gateway, each record once", async t => {
  const folder = t.testdir()
  const node = await startNats(t, join(folder, 'nats'))
  const stream = createStreamName()
  const address = await findFreeAddress()
  const dir = join(folder, 'spool')
  const options = { stallMs: 200, spool: { dir, maxBytes: 16 * 1024 * 1024 } }
  const segments = (): string[] =>
    existsSync(dir) ? readdirSync(dir).filter(name => name.endsWith('.seg')) : []
  const victim = startDrillApp(t, 'before', address, 0, { ...options, maxBufferBytes: 1024 * 1024 })
  await waitFor(() => segments().length > 1, 'a spool')
  await kill(victim)
  await startGateway(t, node, stream, { bind: address })
  const writer = await startWriter(t, node, stream, join(folder, 'logs'))
  const heir = startDrillApp(t, 'after', address, 1000, options)
  await waitFor(() => segments().length === 0, 'the spool to be empty')
  const logged = await heir.stop()
  const adopted = heir.adoptedRecords()
  t.ok(adopted > 0)
  await waitFor(() => writer.collector.totals.records === logged + adopted, 'all lines')
  await writer.collector.stop()
  const lines = linesOf(writer.read(), 'before').map(({ line }) => line)
  t.strictSame(lines, range(1, adopted + 1))
})

test('where a gateway and an app without a spool are killed at once, what the app had in memory is lost, and nothing else', async t => {
  const folder = t.testdir()
  const node = await startNats(t, join(folder, 'nats'))
  const stream = createStreamName()
  const address = await findFreeAddress()
  const nats = { servers: node.url, stream, subject: stream, replicas: 1, maxBytes: 0 }
  const config = join(folder, 'gateway.json')
  writeFileSync(config, JSON.stringify({ bind: address, outputs: [{ nats }] }))
  const startGatewayProgram = async (): Promise<Program> => {
    const program = startProgram(t, 'collector.js', { args: ['--config', config] })
    await waitFor(() => program.stderr().includes('"writing to the stream"'), 'the gateway')
    return program
  }
  const gateway = await startGatewayProgram()
  const writer = await startWriter(t, node, stream, join(folder, 'logs'))
  const app = startDrillApp(t, 'before', address, 20_000)
  await waitFor(() => writer.collector.totals.records > 10_000, 'some lines')
  await Promise.all([kill(app), kill(gateway)])
  await startGatewayProgram()
  await logThrough(t, address, 0, 100, 'after')
  await waitFor(() => writer.read().includes('"n":99'), 'the lines of another app')
  await writer.collector.stop()
  const lines = linesOf(writer.read(), 'before').map(({ line }) => line)
  t.strictSame(lines, range(1, lines.length + 1))
})

test('a stream that is full refuses records, an app drops and counts what it cannot hold, and the rest is written when a writer is back', async t => {
  const folder = t.testdir()
  const node = await startNats(t, join(folder, 'nats'))
  const stream = createStreamName()
  await makeSmallStream(node, stream, 6_000_000)
  const { address, entries } = await startGateway(t, node, stream)
  const isFull = (): boolean => entries.some(({ msg }) => msg === 'cannot write; trying again')
  const large = await startTransport(t, { address })
  const small = await startTransport(t, {
    address,
    maxBufferBytes: 1024 * 1024,
    stallMs: 200,
    quiet: true
  })
  const dropped: TransportEvents['dropped'][] = []
  small.on('dropped', (detail: TransportEvents['dropped']) => dropped.push(detail))
  const [patient, poor] = [pino({ name: 'patient' }, large), pino({ name: 'poor' }, small)]
  const text = 'x'.repeat(200)
  for (let line = 1; line <= 30_000; line++) patient.info({ line, text }) // 9 MB
  await waitFor(isFull, 'the stream to be full')
  for (let line = 1; line <= 10_000; line++) poor.info({ line, text })
  await waitFor(() => dropped.length > 0, 'a drop')
  const writer = await startWriter(t, node, stream, join(folder, 'logs'))
  const flush = (of: typeof large): Promise<unknown> => new Promise(resolve => of.flush(resolve))
  await Promise.all([flush(large), flush(small)])
  const { totals } = writer.collector
  await waitFor(
    () => totals.records + totals.missingRecords === 40_000,
    'all lines, or their number'
  )
  await writer.collector.stop()
  t.strictSame(
    linesOf(writer.read(), 'patient').map(({ line }) => line),
    range(1, 30_001)
  )
  t.equal(linesOf(writer.read(), 'poor').length, 10_000 - totals.missingRecords)
  t.match(writer.read(), /"gap":\{[^}]*"why":"buffer full"/)
})

test('when the engine has lost its disk, records that no writer had read are counted, and later ones are written', async t => {
  const folder = t.testdir()
  const files = join(folder, 'nats')
  const node = await startNats(t, files)
  const stream = createStreamName()
  const address = await findFreeAddress()
  const logs = join(folder, 'logs')
  const transport = await startTransport(t, { address })
  const logger = pino({ name: 'shop' }, transport)
  const log = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n++) logger.info({ n })
    await new Promise(resolve => transport.flush(resolve))
  }
  const { gateway } = await startGateway(t, node, stream, { bind: address })
  const writer = await startWriter(t, node, stream, logs)
  await log(0, 100)
  await writer.waitForLines(100)
  await writer.collector.stop()
  await log(100, 150) // which only the engine has
  await gateway.stop()
  await node.kill()
  rmSync(files, { recursive: true })
  await node.restart()
  await startGateway(t, node, stream, { bind: address })
  const again = await startWriter(t, node, stream, logs)
  await log(150, 200)
  await again.waitForLines(151)
  const lines = again.read().split('\n').slice(0, -1)
  const isGap = (text: string): boolean => text.includes('"gap":')
  t.strictSame(numbersOf(lines.filter(text => !isGap(text))), [
    ...range(0, 100),
    ...range(150, 200)
  ])
  t.match(JSON.parse(lines.find(isGap) ?? ''), { gap: { records: 50, from: 101, to: 150 } })
  t.equal(again.collector.totals.missingRecords, 50)
})

test('a writer tells when its stream cannot be read, and when it can again', async t => {
  const folder = t.testdir()
  const node = await startNats(t, join(folder, 'nats'))
  const stream = createStreamName()
  const { address } = await startGateway(t, node, stream)
  const metrics = `${loopback}:0`
  const writer = await startWriter(t, node, stream, join(folder, 'logs'), { metrics })
  await logThrough(t, address, 0, 10)
  await writer.waitForLines(10)
  const messages = (): unknown[] => writer.entries.map(({ msg }) => msg)
  const { address: ofMetrics } = writer.entries.find(({ msg }) => msg === 'serving metrics') ?? {}
  const get = async (path: string): Promise<string> =>
    (await fetch(`http://${String(ofMetrics)}${path}`)).text()
  const sourceUp = `zmq_pub_source_up{stream="${stream}"}`
  const isReady = async (): Promise<boolean> => (await get('/readyz')) === 'ready\n'
  await waitFor(isReady, 'a writer that is ready')
  await node.kill()
  await waitFor(() => messages().includes('cannot read the stream; trying again'), 'the trouble')
  await waitFor(
    async () => /^not ready: cannot read the stream: ./.test(await get('/readyz')),
    'the state, which is asked for some times a second'
  )
  await waitFor(async () => readSamples(await get('/metrics')).get(sourceUp) === 0, 'the number')
  await node.restart()
  await waitFor(isReady, 'a quiet stream')
  const recovery = writer.entries.find(({ msg }) => msg === 'reading the stream again')
  t.match(recovery, { stream, troubleMs: Number })
  await logThrough(t, address, 10, 20)
  await writer.waitForLines(20)
  await waitFor(async () => readSamples(await get('/metrics')).get(sourceUp) === 1, 'the number')
})
