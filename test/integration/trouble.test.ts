/** Subscribers that don't read, disks that fail, damaged spools. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { test } from 'tap'
import { XSubscriber } from 'zeromq'
import { startCollector as startPublicCollector } from '../../collector.ts'
import { readFolder, startCollector, waitForLines } from '../helpers/collector.ts'
import { publish } from '../helpers/foreign.ts'
import { endTransport, startLogger, startTransport, waitForEvent } from '../helpers/logger.ts'
import { loopback } from '../helpers/loopback.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const dayMs = 86_400_000
/** Port 1 of this machine, where no program listens. */
const nobody = 'tcp://127.0.0.1:1'
const tight = { maxBufferBytes: 8192, batchBytes: 1024, stallMs: 100, closeTimeoutMs: 0 }

test('a plain subscriber that reads late gets every line', async t => {
  const subscriber = new XSubscriber()
  t.teardown(() => subscriber.close())
  subscriber.receiveHighWaterMark = 1
  await subscriber.bind(`tcp://${loopback}:*`)
  await subscriber.send(Buffer.of(1))
  const first = subscriber.receive()
  const { logger } = await startLogger(t, { address: subscriber.lastEndpoint ?? '' })
  const count = 4000 // more than the high-water marks of both sockets allow
  for (let line = 1; line <= count; line++) logger.info({ line }, 'x'.repeat(1000))
  const lines = []
  for (let message = await first; ; message = await subscriber.receive()) {
    lines.push((JSON.parse(String(message[1])) as { line: number }).line)
    if (lines.length === count) break
  }
  t.same(
    lines,
    Array.from({ length: count }, (_, index) => index + 1)
  )
})

test('a collector that hangs does not hold up another one', async t => {
  const folder = t.testdir()
  const good = await startCollectorProgram(t, ['--file', join(folder, 'good', '{date}.log')])
  const hanging = await startCollectorProgram(t, ['--file', join(folder, 'bad', '{date}.log')])
  const options = { address: [good.address, hanging.address], stallMs: 300, batchBytes: 8192 }
  const { logger, stream } = await startLogger(t, options)
  await waitForEvent(stream, 'subscribed')
  hanging.child.kill('SIGSTOP')
  t.teardown(() => hanging.child.kill('SIGKILL'))
  const count = 60_000
  for (let line = 1; line <= count; line++) logger.info({ line }, 'x'.repeat(200))
  const lines = await waitForLines(() => readFolder(join(folder, 'good')), count)
  t.equal(lines.length, count)
})

test('under targets, which know no back-pressure, memory is bounded all the same', async t => {
  const options = { ...tight, stallMs: 9000, address: nobody }
  const targets = [
    { target: 'zmq-pub', options },
    { target: 'zmq-pub', options, level: 'fatal' }
  ]
  const stream = await startTransport(t, { targets } as never)
  const logger = pino({}, stream)
  const dropped = waitForEvent(stream, 'dropped')
  for (let line = 0; line < 20_000; line++) logger.info('x'.repeat(1000))
  t.ok((await dropped).records > 0)
})

test('a record that no message can carry is dropped, counted and told, and the others arrive', async t => {
  const { address, waitForLines: wait, collector } = await startCollector(t)
  const { logger, stream } = await startLogger(t, { address })
  const dropped = waitForEvent(stream, 'dropped')
  logger.info({ line: 1 })
  logger.info('x'.repeat(33 * 1024 * 1024))
  logger.info({ line: 2 })
  t.match(await dropped, { records: 1, why: 'record longer than 33554432 bytes' })
  const lines = (await wait(3)).map(line => JSON.parse(line) as Record<string, unknown>)
  t.match(lines, [
    { line: 1 },
    { gap: { from: 2, to: 2, records: 1, why: 'record longer than 33554432 bytes' } },
    { line: 2 }
  ])
  t.equal(collector.totals.badMessages, 0)
})

test('the longest record that there may be arrives', async t => {
  const { address, collector } = await startCollector(t)
  const { logger } = await startLogger(t, { address })
  logger.info('x'.repeat(32 * 1024 * 1024 - 500))
  await waitFor(() => collector.totals.records === 1, 'the record')
})

test('a spool that can not be used is reported, and the oldest records go', async t => {
  const dir = join(t.testdir({ file: 'in the way' }), 'file')
  const options = { ...tight, address: nobody, spool: { dir } }
  const stream = pino.transport({ target: 'zmq-pub', options })
  t.teardown(() => endTransport(stream))
  const trouble = waitForEvent(stream, 'spoolTrouble')
  const logger = pino(stream)
  const dropped = waitForEvent(stream, 'dropped')
  for (let line = 0; line < 1000; line++) logger.info({ line })
  t.match((await trouble).message, /EEXIST|ENOTDIR/)
  t.match(await dropped, { why: 'buffer full, spool cannot be written' })
})

test('a batch that is damaged in the spool is a gap in the log, the others arrive', async t => {
  const dir = join(t.testdir(), 'spool')
  const free = await startCollector(t)
  await free.collector.stop()
  const { logger, stream } = await startLogger(t, {
    ...tight,
    address: free.address,
    spool: { dir }
  })
  for (let line = 1; line <= 1000; line++) logger.info({ line })
  const segments = (): string[] => readdirSync(dir).filter(name => name.endsWith('.seg'))
  await waitFor(
    () => readdirSync(join(dir, '..')).includes('spool') && segments().length > 0,
    'a segment'
  )
  const file = join(dir, segments()[0] ?? '')
  const bytes = await waitFor(() => {
    const content = readFileSync(file)
    return content.length > 20_000 && content
  }, 'some batches')
  bytes[3000] = (bytes[3000] ?? 0) ^ 0xff
  writeFileSync(file, bytes, { flag: 'r+' })
  const { collector, folder } = await startCollector(t, { bind: free.address })
  await waitFor(() => readFolder(folder).includes('"line":1000'), 'the last line')
  const lines = readFolder(folder).split('\n').slice(0, -1)
  t.match(readFolder(folder), 'spool damaged')
  t.equal(lines.length - 1 + collector.totals.missingRecords, 1000)
  await new Promise(resolve => stream.flush(resolve))
})

test('a disk that takes nothing bounds plain records, and the end does not wait for it', async t => {
  const clock = { now: Date.UTC(2026, 0, 1, 12) }
  const folder = t.testdir({ '2026-01-02.log': {} })
  const file = join(folder, '{date}.log')
  const { address, collector } = await startCollector(t, { file, timezone: 'utc' }, () => clock.now)
  clock.now += dayMs // the next file is a folder
  const mebibyte = 'x'.repeat(1024 * 1024)
  await publish(
    t,
    address,
    Array.from({ length: 70 }, () => ['INFO', mebibyte])
  )
  await waitFor(() => collector.totals.droppedPlainRecords > 0, 'a dropped record')
  t.ok(collector.totals.plainRecords >= 64)
  t.equal(await collector.stop(), false)
})

test('a sender that falls silent is named, and named again when it returns', async t => {
  const { address, collector, entries, waitForLines: wait } = await startCollector(t)
  const { logger } = await startLogger(t, { address }, { name: 'shop' })
  logger.info('one')
  await wait(1)
  collector.expireSenders(performance.now() + 91_000)
  t.ok(
    entries.some(
      ({ msg, sender }) =>
        String(msg).startsWith('sender silent: ') && JSON.stringify(sender).includes('shop')
    )
  )
  collector.expireSenders(performance.now() + 8 * dayMs)
  logger.info('two') // the collector forgot the sender, and doesn't acknowledge until its next hello
  await wait(2)
  t.equal(entries.filter(({ msg }) => msg === 'sender connected').length, 2)
})

test('an address that is taken is refused, inside a process as well', async t => {
  const { address } = await startCollector(t)
  await t.rejects(startCollector(t, { bind: address }), { code: 'ERR_ZMQ_PUB_ADDRESS' })
})

test('startCollector starts a collector with the options of a configuration file', async t => {
  const file = join(t.testdir(), 'public.log')
  const collector = await startPublicCollector({
    bind: `tcp://${loopback}:*`,
    file,
    rotate: 'never'
  })
  t.equal(collector.path, file)
  t.equal(await collector.stop(), true)
  t.equal(await collector.stop(), true)
})

test('an app whose stderr has gone ends all the same', async t => {
  const app = startProgram(t, 'test/fixtures/log-lines.js', { env: { ADDRESS: nobody } })
  app.child.stderr?.destroy()
  t.same(await app.exited, { code: 0, signal: null })
})
