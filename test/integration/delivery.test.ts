/** The guarantees when things break: real processes are killed. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { test } from 'tap'
import { readFolder, startCollector, waitForLines } from '../helpers/collector.ts'
import { startLogger, startTransport, waitForEvent } from '../helpers/logger.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'
import { Proxy } from '../helpers/proxy.ts'
import { waitFor } from '../helpers/wait.ts'

interface Line {
  line?: number
  msg: string
  gap?: { from: number; to: number; records: number; why: string; app: string }
}

const parse = (line: string): Line => JSON.parse(line)
const readLines = (folder: string): Line[] => readFolder(folder).split('\n').slice(0, -1).map(parse)
const numbersOf = (folder: string): number[] => readLines(folder).flatMap(({ line = [] }) => line)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

test('what the collector had not yet acknowledged is not written again after a restart', async t => {
  const folder = t.testdir()
  const file = join(folder, '{date}.log')
  const first = await startCollectorProgram(t, ['--file', file])
  const proxy = await Proxy.open(first.address)
  t.teardown(() => proxy.close())
  const { logger } = await startLogger(t, { address: proxy.address })
  logger.info({ line: 1 })
  await waitForLines(() => readFolder(folder), 1)
  proxy.stall() // acks get lost from here on
  first.child.kill('SIGKILL')
  await first.exited
  const second = await startCollectorProgram(t, ['--file', file, '--bind', first.address])
  proxy.cut()
  logger.info({ line: 2 })
  await waitForLines(() => readFolder(folder), 2)
  t.same(
    readLines(folder).map(({ line }) => line),
    [1, 2]
  )
  t.equal(await second.stop(), 0)
})

test('a collector that has lost its journal says so, and goes on', async t => {
  const folder = t.testdir()
  const args = ['--file', join(folder, '{date}.log')]
  const first = await startCollectorProgram(t, args)
  const { logger } = await startLogger(t, { address: first.address })
  logger.info({ line: 1 })
  await waitForLines(() => readFolder(folder), 1)
  await first.stop()
  rmSync(join(folder, '.{date}.log.journal'))
  const second = await startCollectorProgram(t, [...args, '--bind', first.address])
  t.ok(second.entries().some(({ msg }) => String(msg).startsWith('no journal beside the log')))
  logger.info({ line: 2 })
  t.equal((await waitForLines(() => readFolder(folder), 2)).length, 2)
})

test('a second collector for the same log is refused', async t => {
  const folder = t.testdir()
  const args = ['--file', join(folder, '{date}.log')]
  await startCollectorProgram(t, args)
  const second = startProgram(t, 'collector.js', { args: [...args, '--bind', 'tcp://127.0.0.1:*'] })
  t.equal((await second.exited).code, 1)
  t.match(second.stderr(), 'ERR_ZMQ_PUB_FILE: another collector is writing this log')
})

test('records that the app had to drop are one entry in the log, and are counted', async t => {
  const free = await startCollector(t)
  await free.collector.stop()
  const options = { maxBufferBytes: 4096, batchBytes: 512, stallMs: 100 }
  const { logger, stream } = await startLogger(
    t,
    { address: free.address, ...options },
    { name: 'shop' }
  )
  const dropped = waitForEvent(stream, 'dropped')
  for (let line = 1; line <= 1000; line++) logger.info({ line })
  const { records } = await dropped
  const { collector, folder, entries } = await startCollector(t, { bind: free.address })
  await waitFor(() => readLines(folder).some(({ line }) => line === 1000), 'the last line')
  const gaps = readLines(folder).filter(({ gap }) => gap)
  t.match(gaps, [{ gap: { from: 1, to: records, records, why: 'buffer full', app: 'shop' } }])
  t.equal(collector.totals.missingRecords, records)
  t.ok(entries.some(({ msg }) => msg === gaps[0]?.msg))
})

test('an app that ends without its collector leaves the rest to its next start', async t => {
  const folder = t.testdir()
  const dir = join(folder, 'spool')
  const free = await startCollector(t)
  await free.collector.stop()
  const options = { address: free.address, spool: { dir } }
  const first = await startTransport(t, options)
  const logger = pino({ name: 'shop' }, first)
  for (let line = 1; line <= 500; line++) logger.info({ line })
  const undelivered = waitForEvent(first, 'undelivered')
  first.end()
  t.match(await undelivered, { records: 0, spooledRecords: 500 })
  t.ok(readdirSync(dir).some(name => name.endsWith('.seg')))

  const { folder: logs } = await startCollector(t, { bind: free.address })
  const second = await startTransport(t, options)
  pino({ name: 'shop' }, second).info({ line: 501 })
  await waitFor(() => readLines(logs).length === 501, 'all lines')
  t.same(
    readLines(logs)
      .map(({ line = 0 }) => line)
      .toSorted((a, b) => a - b),
    upTo(501)
  )
  await waitFor(() => !readdirSync(dir).some(name => name.endsWith('.seg')), 'an empty spool')
})

test('two collectors each get every line, and one that is away for long holds up nothing', async t => {
  const first = await startCollector(t)
  const second = await startCollector(t)
  const address = [first.address, second.address]
  const { logger, stream } = await startLogger(t, { address, stallMs: 300 })
  await waitFor(() => {
    logger.info('is anybody there?')
    return [first, second].every(({ read }) => read() !== '')
  }, 'both collectors')
  for (let line = 1; line <= 1000; line++) logger.info({ line })
  for (const { read } of [first, second])
    await waitFor(() => read().includes('"line":1000}'), 'all')
  t.same(numbersOf(first.folder), upTo(1000))
  t.same(numbersOf(second.folder), upTo(1000))
  await second.collector.stop()
  for (let line = 1001; line <= 2000; line++) logger.info({ line })
  await waitFor(() => first.read().includes('"line":2000}'), 'the last line')
  t.same(numbersOf(first.folder), upTo(2000))
  await new Promise(resolve => stream.flush(resolve))

  const file = join(second.folder, '{date}.log')
  const third = await startCollector(t, { bind: second.address, file })
  const { totals } = third.collector
  await waitFor(() => totals.missingRecords + totals.records >= 1000, 'its return')
  logger.info({ line: 2001 })
  await waitFor(() => second.read().includes('"line":2001}'), 'the line after its return')
  // libzmq may have kept the first lines, sent before it saw the end, for the next collector at the address.
  const missing = upTo(2001).slice(
    totals.missingRecords > 0 ? -totals.missingRecords - 1 : 2001,
    -1
  )
  const gap = readLines(second.folder).findLast(line => line.gap)?.gap
  const why = 'the sender no longer holds them'
  if (missing.length > 0) t.match(gap, { records: missing.length, why })
  t.same(
    numbersOf(second.folder),
    upTo(2001).filter(line => !missing.includes(line))
  )
})

const noStop = process.platform === 'win32' && 'Windows can not stop a process'

test(
  'of two collectors of a binding transport one that is stopped costs the other nothing',
  { skip: noStop },
  async t => {
    const free = await startCollector(t)
    await free.collector.stop()
    const folder = t.testdir({ one: {}, other: {} })
    const [one, other] = [join(folder, 'one'), join(folder, 'other')]
    const options = { address: free.address, bind: true, stallMs: 300, batchBytes: 65_536 }
    const { logger, stream } = await startLogger(t, options)
    const drops: unknown[] = []
    stream.on('dropped', detail => void drops.push(detail))
    const [, stopped] = [one, other].map(logs => {
      const args = ['--connect', free.address, '--file', join(logs, '{date}.log')]
      return startProgram(t, 'collector.js', { args })
    })
    await waitFor(() => {
      logger.info('is anybody there?')
      return [one, other].every(logs => readLines(logs).length > 0)
    }, 'both collectors')
    const behind = waitForEvent(stream, 'leftBehind')
    stopped?.child.kill('SIGSTOP')
    const text = 'x'.repeat(1000)
    const lines = 50_000 // more than the system's buffers and libzmq take for the one that is stopped
    for (let line = 1; line <= lines; line++) {
      logger.info({ line }, text)
      if (line % 1000 === 0) await new Promise(resolve => setTimeout(resolve, 5))
    }
    await waitFor(() => readFolder(one).includes(`"line":${lines},`), 'the last line')
    const numbers = readLines(one).flatMap(({ line = [] }) => line)
    t.same(numbers, upTo(lines))
    t.same(drops, [])
    t.match(await behind, { wire: 'batch' })

    stopped?.child.kill('SIGCONT')
    await waitFor(() => readLines(other).some(({ gap }) => gap), 'a gap in the log of the other')
    logger.info({ line: lines + 1 }, text)
    await waitFor(() => readFolder(other).includes(`"line":${lines + 1},`), 'the line after that')
    const missing = readLines(other).reduce((sum, { gap }) => sum + (gap?.records ?? 0), 0)
    t.equal(readLines(other).filter(({ line }) => line).length + missing, lines + 1)
  }
)

test(
  'log.fatal() waits for a stopped collector no longer than a second or so',
  { skip: noStop },
  async t => {
    const { address, child } = await startCollectorProgram(t, ['--file', `${t.testdir()}/x.log`])
    const options = { address, stallMs: 9000, closeTimeoutMs: 0 }
    const { logger } = await startLogger(t, options)
    logger.info('first')
    await new Promise(resolve => logger.flush(resolve))
    child.kill('SIGSTOP')
    const text = 'x'.repeat(1000)
    for (let line = 1; line <= 40_000; line++) logger.info({ line }, text)
    const startedAt = performance.now()
    logger.fatal('pino waits until the worker has taken all of it')
    const blockedMs = performance.now() - startedAt
    t.ok(blockedMs < 5000, `blocked for ${Math.round(blockedMs)} ms`)
  }
)

test('with --fsync the lines arrive as well', async t => {
  const { address, waitForLines: wait } = await startCollector(t, { fsync: true })
  const { logger } = await startLogger(t, { address })
  for (let line = 1; line <= 5000; line++) logger.info({ line })
  t.same(
    (await wait(5000)).map(parse).map(({ line }) => line),
    upTo(5000)
  )
})

const noProc = process.platform !== 'linux' && 'memory and CPU of a process are read from /proc'
test('the memory of an app without a collector stays bounded', { skip: noProc }, async t => {
  t.testdir()
  const env = { OPTIONS: '{"maxBufferBytes":4194304,"stallMs":100,"closeTimeoutMs":0}', RATE: '0' }
  const app = startProgram(t, 'benchmarks/programs/drill-app.js', {
    env: { ...env, ADDRESS: 'tcp://127.0.0.1:1' }
  })
  const rss = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${app.child.pid}/status`, 'utf8'))?.[1]) * 1024
  const cpu = (): number =>
    Number(readFileSync(`/proc/${app.child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[11])
  await waitFor(() => cpu() > 200, '2 s of work')
  const before = rss()
  await waitFor(() => cpu() > 500, '3 s more') // hundreds of megabytes of lines
  const grownBytes = rss() - before
  t.ok(grownBytes < 100 * 1024 * 1024, `grown by ${Math.round(grownBytes / 2 ** 20)} MiB`)
  app.child.stdin?.end()
  t.equal((await app.exited).code, 0)
})

test('an app that ends at once delivers to a collector that is there, also with a spool', async t => {
  const folder = t.testdir()
  const { address } = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
  for (let run = 1; run <= 3; run++) {
    const pipe = startProgram(t, 'lib/cli/pipe.js', {
      args: ['--address', address, '--spool', join(folder, 'spool')]
    })
    pipe.child.stdin?.end(`{"line":${run}}\n`)
    t.same(await pipe.exited, { code: 0, signal: null }, pipe.stderr())
  }
  t.same(
    readLines(folder).map(({ line }) => line),
    upTo(3)
  )
  t.same(readdirSync(join(folder, 'spool')), [])
})
