/** `zmq-pub-collector tail`, `python3 -m zmq.log` and other collectors watch what a collector publishes. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { test, type Test } from 'tap'
import { XPublisher } from 'zeromq'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import zmqPub from '../../transport.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { startCollector } from '../helpers/collector.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { makeSocketPath } from '../helpers/ipc.ts'
import { noProc, readMiB } from '../helpers/memory.ts'
import { startProgram, type Program } from '../helpers/program.ts'
import { python } from '../helpers/python-command.ts'
import { skip } from '../helpers/python.ts'
import { RawSender } from '../helpers/raw-sender.ts'
import { startPublishing, startTail, waitForTail } from '../helpers/tail.ts'
import { waitFor } from '../helpers/wait.ts'

type JsonObject = Record<string, unknown>

/** A logger in this process whose records go to a collector. */
async function connectLogger(t: Test, address: string, name = 'shop', options: object = {}) {
  const stream = await zmqPub({ address, closeTimeoutMs: 0, quiet: true, ...options })
  t.teardown(() => stream.destroy())
  return pino({ name, level: 'trace' }, stream)
}

function parse(lines: string[]): JsonObject[] {
  return lines.map(line => JSON.parse(line) as JsonObject)
}

/** Logs the same again and again until a program has shown it: its subscription may still be under way. */
async function waitUntilShown(log: () => void, program: Program): Promise<void> {
  await waitFor(() => {
    log()
    return program.stdout() !== ''
  }, 'a line')
}

test('tail shows records with their app, host and process, and ends by Ctrl-C', async t => {
  const collector = await startPublishing(t)
  const tail = await startTail(t, collector.liveAddress, [], { env: { TZ: 'UTC' } })
  const logger = await connectLogger(t, collector.address)
  logger.info({ order: 17, time: 1_795_680_926_123 }, 'paid')
  logger.warn({ topic: 'db.query' }, 'slow')
  logger.error(new Error('boom'), 'failed')
  const lines = await waitForTail(tail, 10)
  t.match(lines[0], /^\[[\d:.]{12}\] INFO \(shop\/\d+ on [^)]+\): paid \{"order":17/)
  t.match(lines[1], /WARN \(shop\/\d+ on .*\): slow \{"topic":"db\.query"\}$/)
  t.match(lines[2], /ERROR .*: failed/)
  t.match(lines.slice(3).join('\n'), /^ {4}err: \{[^]*at /)
  tail.child.kill('SIGINT')
  t.strictSame(await tail.exited, { code: 0, signal: null })
})

test('filters are applied where the records are published, and again by tail', async t => {
  const collector = await startPublishing(t)
  const warnings = await startTail(t, collector.liveAddress, ['--json', '--level', 'warn'])
  const args = ['--json', '--app', 'billing', '--topic', 'db.', '--grep', 'order":1[78]']
  const queries = await startTail(t, collector.liveAddress, args)
  const shop = await connectLogger(t, collector.address)
  const billing = await connectLogger(t, collector.address, 'billing')
  billing.info({ topic: 'db.query', order: 16 }, 'other order')
  billing.info({ topic: 'http', order: 17 }, 'other topic')
  billing.info({ topic: 'db.query', order: 17 }, 'found')
  shop.info({ topic: 'db.query', order: 17 }, 'other app')
  shop.warn('first')
  billing.error({ topic: 'db.query', order: 18 }, 'found, too')
  t.match(parse(await waitForTail(queries, 2)), [
    { name: 'billing', msg: 'found' },
    { msg: 'found, too' }
  ])
  const messages = parse(await waitForTail(warnings, 2)).map(({ msg }) => msg)
  t.strictSame(new Set(messages), new Set(['first', 'found, too']))
})

test('what apps send acts on no terminal, and no record looks like two', async t => {
  const collector = await startPublishing(t)
  const tail = await startTail(t, collector.liveAddress)
  const sender = await RawSender.connect(t, collector.address)
  const evil = '\u001b]0;owned\u0007\u009b2J\u202e\r\u2028'
  await sender.hello(1, { app: `a${evil}`, host: `h${evil}`, levels: { 35: `l${evil}` } })
  const records = [
    JSON.stringify({ level: 35, msg: `${evil}\n[08:15:26.123] INFO (forged): line`, [evil]: evil }),
    JSON.stringify({ level: 30, caller: `a\nb${evil}`, err: { type: evil, stack: `${evil}\n x` } }),
    '{"level":30,"a":{"b":"\u001b[2J"}}',
    '\u001b[2J no JSON',
    JSON.stringify({ level: 30, msg: 'x', __defineGetter__: 1, toString: 2 }),
    `{"level":30,"deep":${'['.repeat(7000)}${']'.repeat(7000)}}`,
    '{"level":30,"msg":"last"}'
  ]
  await sender.batch(1, records.length, `${records.join('\n')}\n`)
  await waitFor(() => tail.stdout().includes('last'), 'the last record')
  const shown = tail.stdout()
  t.notMatch(shown, /[^\P{Cc}\n]|[\u2028-\u202e]/u)
  t.notMatch(shown, /^\[08:15:26\.123\]/m)
  t.match(shown, /\\u001b\]0;owned\\u0007/)
})

test(
  'a stopped tail slows down nobody, takes little memory, and loses no line of the file',
  { skip: noProc },
  async t => {
    const collector = await startPublishing(t)
    const stopped = await startTail(t, collector.liveAddress)
    const other = await startTail(t, collector.liveAddress, ['--json'])
    const logger = await connectLogger(t, collector.address)
    await waitUntilShown(() => logger.info('hello'), stopped)
    stopped.child.kill('SIGSTOP')
    const before = readMiB(collector.child.pid)
    const count = 200_000
    for (let index = 0; index < count; index++) {
      logger.info({ index }, 'x'.repeat(100))
      if (index % 1000 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    logger.warn('the end')
    await new Promise<void>(resolve => logger.flush(() => resolve()))
    await waitFor(() => readFileSync(collector.file, 'utf8').includes('the end'), 'the last line')
    const lines = readFileSync(collector.file, 'utf8')
      .split('\n')
      .filter(line => /"index":/.test(line))
    t.equal(lines.length, count, 'the file has all lines')
    t.ok(
      lines.every((line, index) => line.includes(`"index":${index},`)),
      'in order'
    )
    const after = readMiB(collector.child.pid)
    t.ok(after - before < 200, `${Math.round(after - before)} MiB more`)
    await waitFor(() => /no time to publish: \d+/.test(other.stderr()), 'what was skipped')
    t.ok(other.stdout().split('\n').length > 1000, 'the other tail goes on')
    stopped.child.kill('SIGCONT')
    await waitFor(() => stopped.stderr().includes('continued;'), 'a word about what is missing')
    await waitFor(() => {
      logger.warn('after')
      return stopped.stdout().includes('after')
    }, 'new records')
  }
)

test('with a filter tail misses nothing of a flood', async t => {
  const collector = await startPublishing(t)
  const tail = await startTail(t, collector.liveAddress, ['--json', '--level', 'error'])
  const logger = await connectLogger(t, collector.address)
  await waitUntilShown(() => logger.error('hello'), tail)
  for (let index = 0; index < 100_000; index++) {
    logger.info({ index }, 'usual')
    if (index % 1000 === 0) {
      logger.error({ index }, 'rare')
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  await waitFor(() => tail.stdout().split('"rare"').length > 100, 'all errors')
  t.notOk(tail.stdout().includes('usual'))
})

test('the reader of its output has gone: tail ends with 0', async t => {
  const collector = await startPublishing(t)
  const script = '"$0" "$1" tail --connect "$2" --json | head -n 2; echo "${PIPESTATUS[0]}"'
  const args = ['-c', script, process.execPath, join(import.meta.dirname, '../../collector.js')]
  const shell = startProgram(t, '', { command: 'bash', args: [...args, collector.liveAddress] })
  const logger = await connectLogger(t, collector.address)
  const timer = setInterval(() => logger.info('tick'), 10)
  t.teardown(() => clearInterval(timer))
  t.match(await shell.exited, { code: 0 })
  const lines = shell.stdout().trimEnd().split('\n')
  t.equal(lines.length, 3)
  t.equal(lines[2], '0')
})

test('tail says what is there in place of a publisher, and connects when there is one', async t => {
  const address = await findFreeAddress()
  const tail = startProgram(t, 'collector.js', { args: ['tail', '--connect', address] })
  await waitFor(
    () => tail.stderr().includes(`start the collector with --publish ${address}`),
    'advice'
  )
  const first = await startPublishing(t, [], address)
  await waitFor(() => tail.stderr().includes(`connected to ${address}`), 'the connection')
  await first.stop()
  await waitFor(() => /the connection to .* is lost/.test(tail.stderr()), 'the loss')
  const second = await startPublishing(t, [], address)
  await waitFor(() => tail.stderr().includes('connected again'), 'the second connection')
  const logger = await connectLogger(t, second.address)
  await waitUntilShown(() => logger.info('again'), tail)
  t.match(tail.stdout(), /again/)
})

test("the address of the collector's --bind is not where it publishes", async t => {
  const collector = await startPublishing(t)
  const tail = startProgram(t, 'collector.js', { args: ['tail', '--connect', collector.address] })
  await waitFor(
    () => /does not publish; give the address of .*--publish/.test(tail.stderr()),
    'advice'
  )
})

test('with keys only authorized ones can watch, and a revoked one is disconnected', async t => {
  t.match(findBlock('docs/live.md', 'keys').code, /--curve-server-key-file collector\.key \\\n/)
  const folder = t.testdir({ clients: {} })
  const clients = join(folder, 'clients')
  const own = writeKeyPair(folder, 'collector', createKeyPair())
  const shop = writeKeyPair(clients, 'shop', createKeyPair())
  const viewer = writeKeyPair(folder, 'viewer', createKeyPair())
  const list = writeKeyPair(clients, 'viewer2', createKeyPair())
  const args = ['--curve-secret-key', own.secretPath, '--authorized-keys', clients]
  const collector = await startPublishing(t, args)
  t.match(await collector.waitForEntry('publishing'), { mode: 'secure' })
  const serverKey = ['--curve-server-key-file', own.publicPath]
  const keysOf = (secret: string): string[] => [...serverKey, '--curve-secret-key-file', secret]
  const allowed = await startTail(t, collector.liveAddress, ['--json', ...keysOf(list.secretPath)])
  const refused = [
    [keysOf(viewer.secretPath), /refuses the key of this tail \(fingerprint/],
    [[], /only encrypted connections; give --curve-server-key-file/]
  ] as const
  for (const [keys, text] of refused) {
    const tail = startProgram(t, 'collector.js', {
      args: ['tail', '--connect', collector.liveAddress, ...keys]
    })
    await waitFor(() => text.test(tail.stderr()), 'the refusal')
  }
  const curve = { serverKeyFile: own.publicPath, secretKeyFile: shop.secretPath }
  const logger = await connectLogger(t, collector.address, 'shop', { curve })
  await waitUntilShown(() => logger.info('secret'), allowed)
  t.match(parse(await waitForTail(allowed, 1)), [{ name: 'shop', msg: 'secret' }])
  rmSync(list.publicPath)
  collector.child.kill('SIGHUP')
  await waitFor(
    () => /connection to .* is lost/.test(allowed.stderr()),
    'the end of the connection'
  )
  await waitFor(() => /refuses the key of this tail/.test(allowed.stderr()), 'the reason')
})

test('a collector publishes by ipc', async t => {
  const address = `ipc://${makeSocketPath(t)}`
  const collector = await startPublishing(t, [], address)
  const tail = await startTail(t, address)
  const logger = await connectLogger(t, collector.address)
  await waitUntilShown(() => logger.info('by ipc'), tail)
})

test('python3 -m zmq.log shows records', { skip }, async t => {
  t.equal(findBlock('docs/live.md', 'python').code, 'python3 -m zmq.log tcp://127.0.0.1:5559\n')
  const collector = await startPublishing(t)
  const args = ['-u', '-m', 'zmq.log', collector.liveAddress, '--topic', 'shop.']
  const watcher = startProgram(t, '', { command: python ?? '', args })
  const logger = await connectLogger(t, collector.address)
  await waitUntilShown(() => logger.warn({ topic: 'db' }, 'slow'), watcher)
  t.match(watcher.stdout(), /^shop\.WARNING\.db \| \{"level":40,"time":\d+,.*"msg":"slow"\}\n/)
})

test('another collector writes what is published, as it was sent; Python apps are published, too', async t => {
  const collector = await startPublishing(t)
  const copy = await startCollector(t, { connect: collector.liveAddress })
  const logger = await connectLogger(t, collector.address)
  const handler = new XPublisher()
  handler.linger = 0
  t.teardown(() => handler.close())
  handler.connect(collector.address)
  await waitFor(async () => {
    logger.info({ topic: 'db' }, 'from pino')
    await handler.send(['app.WARNING.http', 'from Python\n'])
    return /from pino/.test(copy.read()) && /from Python/.test(copy.read())
  }, 'both')
  const lines = copy.read().split('\n').slice(0, -1)
  // A record is published some milliseconds before it is in the file.
  await waitFor(() => {
    const original = new Set(readFileSync(collector.file, 'utf8').split('\n'))
    return lines.every(line => original.has(line))
  }, 'the same lines, byte for byte')
  t.ok(lines.some(line => /"name":"app","topic":"http","msg":"from Python"/.test(line)))
})

test('tail shows the records of an app that binds', async t => {
  const address = await findFreeAddress()
  const logger = await connectLogger(t, address, 'shop', { bind: true })
  const tail = await startTail(t, address, ['--json', '--level', 'warn'])
  logger.info('no')
  await waitUntilShown(() => logger.warn('yes'), tail)
  t.match(parse(await waitForTail(tail, 1)), [{ level: 40, msg: 'yes' }])
})
