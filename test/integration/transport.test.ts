import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { test } from 'tap'
import { readFolder, startCollector, waitForLines } from '../helpers/collector.ts'
import { startLogger, startTransport, waitForEvent } from '../helpers/logger.ts'
import { root, startCollectorProgram, startProgram } from '../helpers/program.ts'
import { latch } from '../helpers/wait.ts'

const parse = (line: string): Record<string, unknown> => JSON.parse(line)

test('a line that is logged reaches the file as pino wrote it', async t => {
  const { address, waitForLines } = await startCollector(t)
  const { logger } = await startLogger(t, { address }, { base: null, timestamp: false })
  logger.info({ a: 1 }, 'hello')
  t.same(await waitForLines(1), ['{"level":30,"a":1,"msg":"hello"}'])
})

// Neither targets nor pipelines can be flushed, and end() blocks this thread: the collector needs a
// process of its own.
test('several targets, one of them this transport, each get their lines', async t => {
  const folder = t.testdir()
  const { address } = await startCollectorProgram(t, ['--file', `${folder}/{date}.log`])
  const stream = await startTransport(t, {
    targets: [
      { target: 'zmq-pub', options: { address }, level: 'warn' },
      { target: 'zmq-pub', options: { address, topic: 'second' }, level: 'error' }
    ]
  } as never)
  const logger = pino({}, stream)
  logger.info('for none')
  logger.warn('for one')
  logger.error('for both')
  const lines = await waitForLines(() => readFolder(folder), 3)
  t.same(lines.map(line => String(parse(line)['msg'])).toSorted(), [
    'for both',
    'for both',
    'for one'
  ])
})

test('the transport can be the end of a pipeline', async t => {
  const folder = t.testdir()
  const { address } = await startCollectorProgram(t, ['--file', `${folder}/{date}.log`])
  const through = new URL('../fixtures/through.js', import.meta.url).pathname
  const stream = await startTransport(t, {
    pipeline: [{ target: through }, { target: 'zmq-pub', options: { address } }]
  } as never)
  pino({}, stream).info('ünder way')
  const [line = ''] = await waitForLines(() => readFolder(folder), 1)
  t.match(parse(line), { msg: 'ünder way' })
})

test('a target without options connects to the default address', async t => {
  const { waitForLines } = await startCollector(t, { bind: 'tcp://127.0.0.1:5558' })
  const stream = await startTransport(t, { targets: [{ target: 'zmq-pub' }] } as never)
  pino({}, stream).info('by default')
  t.match(parse((await waitForLines(1))[0] ?? ''), { msg: 'by default' })
})

test('custom levels reach the collector with their names', async t => {
  const { address, waitForLines } = await startCollector(t, { format: 'text', timezone: 'utc' })
  const stream = await startTransport(t, { address })
  pino({ base: null, customLevels: { audit: 35 } }, stream).audit('looked')
  t.match((await waitForLines(1))[0], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| AUDIT \| looked$/)
})

test('string levels, renamed keys and a missing time are understood', async t => {
  const { address, waitForLines } = await startCollector(t, { format: 'text', timezone: 'utc' })
  const { logger } = await startLogger(
    t,
    { address },
    {
      base: null,
      timestamp: false,
      messageKey: 'message',
      errorKey: 'failure',
      formatters: { level: label => ({ level: label }) }
    }
  )
  logger.warn({ failure: new Error('broken') }, 'careful')
  const lines = await waitForLines(2)
  t.match(lines[0], / \| WARNING \| careful$/)
  t.equal(lines[1], '    Error: broken')
})

test('the members that options name count, also where pino names another one', async t => {
  const { address, waitForLines } = await startCollector(t, { format: 'text', timezone: 'utc' })
  const { logger } = await startLogger(
    t,
    { address, levelKey: 'lvl', timeKey: 'at', messageKey: 'event' },
    {
      base: null,
      timestamp: () => ',"at":0',
      formatters: { level: label => ({ lvl: label.toUpperCase() }) }
    }
  )
  logger.error({ event: 'db::slow', level: 10, time: 5 }, 'x')
  t.strictSame(await waitForLines(1), [
    '1970-01-01 00:00:00,000 | ERROR | db | slow level=10 time=5 msg=x'
  ])
})

test('an option that is refused reaches the application with its name and code', async t => {
  const stream = pino.transport({ target: 'zmq-pub', options: { batchMs: -1 } })
  const [error] = (await once(stream, 'error')) as [Error]
  t.match(error.message, /^ERR_ZMQ_PUB_OPTION: batchMs must be a whole number/)
})

test('an address that cannot be bound reaches the application with its code', async t => {
  const { address } = await startCollector(t)
  const stream = pino.transport({ target: 'zmq-pub', options: { address, bind: true } })
  const [error] = (await once(stream, 'error')) as [Error]
  t.match(error.message, /^ERR_ZMQ_PUB_ADDRESS: cannot bind tcp/)
})

test('a transport can bind, and the collector connect', async t => {
  const free = await startCollector(t)
  await free.collector.stop()
  const { logger } = await startLogger(t, { address: free.address, bind: true })
  const { waitForLines } = await startCollector(t, { connect: free.address })
  logger.info('the other way round')
  t.match(parse((await waitForLines(1))[0] ?? ''), { msg: 'the other way round' })
})

const noSockets = process.platform === 'win32' && 'libzmq has no ipc:// on Windows'
test(
  'a transport and a collector on one host can use a socket file',
  { skip: noSockets },
  async t => {
    const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-')) // a socket's path must be short
    t.teardown(() => rmSync(folder, { recursive: true }))
    const bind = `ipc://${join(folder, 'socket')}`
    const { waitForLines: wait } = await startCollector(t, { bind })
    const { logger } = await startLogger(t, { address: bind })
    logger.info('by a file')
    t.match(parse((await wait(1))[0] ?? ''), { msg: 'by a file' })
  }
)

test('flush calls back when the lines are in the file', async t => {
  const { address, read } = await startCollector(t)
  const { logger } = await startLogger(t, { address })
  for (let line = 0; line < 1000; line++) logger.info({ line })
  const flushed = latch()
  logger.flush(() => flushed.open())
  await flushed.promise
  t.equal(read().split('\n').length - 1, 1000)
})

test('flush calls back without a collector, too', async t => {
  const { logger } = await startLogger(t, { address: nobody, closeTimeoutMs: 50 })
  logger.info('kept')
  const flushed = latch()
  logger.flush(() => flushed.open())
  await t.resolves(flushed.promise)
})

test('lines that are logged before a collector is there arrive when it comes', async t => {
  const first = await startCollector(t)
  await first.collector.stop()
  const { logger } = await startLogger(t, { address: first.address })
  for (let line = 0; line < 100; line++) logger.info({ line })
  const second = await startCollector(t, { bind: first.address })
  const lines = await second.waitForLines(100)
  t.same(
    lines.map(line => parse(line)['line']),
    Array.from({ length: 100 }, (_, line) => line)
  )
})

test('a full buffer without a collector drops the oldest lines and says how many', async t => {
  const options = { address: nobody, maxBufferBytes: 4096, batchBytes: 512, stallMs: 100 }
  const { logger, stream } = await startLogger(t, { ...options, closeTimeoutMs: 0 })
  const dropped = waitForEvent(stream, 'dropped')
  for (let line = 0; line < 1000; line++) logger.info({ line })
  const { records, totalRecords, why } = await dropped
  t.ok(records > 800 && records < 1000, `${records} of 1000 lines dropped`)
  t.match({ totalRecords, why }, { totalRecords: records, why: 'buffer full' })
})

test('a collector that does not answer is reported, and logging goes on', async t => {
  const { logger, stream } = await startLogger(t, { address: nobody, closeTimeoutMs: 0 })
  logger.info('held')
  const { addresses, heldRecords } = await waitForEvent(stream, 'unreachable')
  t.same({ addresses, heldRecords }, { addresses: [nobody], heldRecords: 1 })
})

test('the wire and the loss of the last subscriber are reported', async t => {
  const free = await startCollector(t)
  await free.collector.stop()
  const { stream } = await startLogger(t, { address: free.address, bind: true })
  const subscribed = waitForEvent(stream, 'subscribed')
  const { collector } = await startCollector(t, { connect: free.address })
  t.match(await subscribed, { wire: 'batch' })
  const unsubscribed = waitForEvent(stream, 'unsubscribed')
  await collector.stop()
  t.match(await unsubscribed, { heldRecords: 0 })
})

test('a line of 10 MiB goes through', async t => {
  const { address, read, waitForLines } = await startCollector(t)
  const { logger } = await startLogger(t, { address }, { base: null, timestamp: false })
  const long = 'ä'.repeat(5 * 1024 * 1024)
  logger.info(long)
  await waitForLines(1)
  t.ok(read() === `{"level":30,"msg":"${long}"}\n`)
})

/** Port 1 of this machine, where no program listens. */
const nobody = 'tcp://127.0.0.1:1'

test('the signals of a profiler do not end logging', async t => {
  const collector = await startCollector(t)
  const profiler = ['--cpu-prof', '--cpu-prof-interval=50', `--cpu-prof-dir=${t.testdirName}`]
  const script = join(root, 'test/fixtures/log-lines.js')
  const env = { ADDRESS: collector.address, LINES: '50000' }
  const app = startProgram(t, '', { args: [...profiler, script], env })
  t.match(await app.exited, { code: 0 }, app.stderr())
  t.equal(collector.collector.totals.records, 50_000)
})
