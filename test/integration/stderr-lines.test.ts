/** What an app that listens to no event sees on stderr: real processes, each with its own trouble. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import type { TransportOptions } from '../../transport.ts'
import { startCollector } from '../helpers/collector.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { loopback } from '../helpers/loopback.ts'
import { startProgram, type Program } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

interface App extends Program {
  log(text: string): void
  lines(): string[]
  /** Ends stdin. @returns the exit code */
  end(): Promise<number | null>
}

function startApp(t: Test, options: TransportOptions, env: NodeJS.ProcessEnv = {}): App {
  const all = { OPTIONS: JSON.stringify(options), NAME: 'shop', ...env }
  const program = startProgram(t, 'test/fixtures/stdin-app.js', { env: all })
  return {
    ...program,
    log: text => void program.child.stdin?.write(`${text}\n`),
    lines: () => program.stderr().split('\n').slice(0, -1),
    end: async () => {
      program.child.stdin?.end()
      return (await program.exited).code
    }
  }
}

async function startHttp(t: Test): Promise<string> {
  const server = createServer().listen(0, loopback)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `tcp://${loopback}:${(server.address() as AddressInfo).port}`
}

const held = '1 record is held'
const troubles: [what: string, find: (t: Test) => Promise<string>, line: (at: string) => string][] =
  [
    [
      'nothing listens',
      findFreeAddress,
      at =>
        `nothing listens at ${at}; ${held}; check the address, and that the collector runs there (npx zmq-pub-collector --bind '${at}')`
    ],
    [
      'an HTTP server listens',
      startHttp,
      at =>
        `what listens at ${at} is an HTTP server, not a collector; ${held}; check the address: its port must be the collector's`
    ],
    [
      'the host is unknown', // a name that no resolver asks for
      async () => 'tcp://no..host:5558',
      at =>
        `the host is unknown: ${at}; ${held}; check the host name, and that DNS knows it on this machine`
    ]
  ]

/** There an app notices after 1 s that nobody answers. */
const ownThread = { OWN_THREAD: '1' }

for (const env of [{ OWN_THREAD: '' }, ownThread]) {
  const where = env === ownThread ? "the app's own thread" : "pino's worker"
  test(`an app that reaches no collector says why, once, and what it loses at the end: ${where}`, async t => {
    await Promise.all(
      troubles.map(async ([what, find, line]) => {
        const at = await find(t)
        const app = startApp(t, { address: at, closeTimeoutMs: 100 }, env)
        app.log('held')
        const lines = await waitFor(() => app.lines().length > 0 && app.lines(), what)
        t.equal(
          lines[0]?.replace(/ \d+ s: /, ' 5 s: '),
          `zmq-pub (shop): no collector has answered for 5 s: ${line(at)}`
        )
        t.equal(await app.end(), 0)
        t.strictSame(app.lines().slice(1), [
          `zmq-pub (shop): no collector at ${at}; records: 1 undelivered and lost`
        ])
      })
    )
  })
}

test('an app says once that it is connected', async t => {
  const address = await findFreeAddress()
  const app = startApp(t, { address, reconnectMaxIntervalMs: 100 })
  app.log('held')
  await waitFor(() => app.lines().length === 1, 'the trouble')
  const { waitForLines } = await startCollector(t, { bind: address })
  t.equal((await waitForLines(1)).length, 1)
  const line = await waitFor(() => app.lines()[1], 'the recovery')
  t.match(line, /^zmq-pub \(shop\): connected to tcp:\S+ after \d+ s; 1 record is being sent$/)
  t.equal(await app.end(), 0)
  t.equal(app.lines().length, 2)
  t.match(app.stdout(), '{"event":"reachable","addresses":["tcp://')
})

test('a binding transport says that its last collector has gone, and that one is there again', async t => {
  const address = await findFreeAddress()
  const app = startApp(t, { address, bind: true }, ownThread)
  app.log('one')
  const first = await startCollector(t, { connect: address })
  await first.waitForLines(1)
  await first.collector.stop()
  app.log('two')
  const trouble = await waitFor(() => app.lines()[0], 'the trouble')
  t.match(
    trouble,
    /^zmq-pub \(shop\): no collector has answered for \d s: no collector that has con/
  )
  await startCollector(t, { connect: address })
  t.match(await waitFor(() => app.lines()[1], 'the recovery'), /: connected again/)
  t.equal(await app.end(), 0)
})

test('an app whose topic no collector takes says so', async t => {
  const { address } = await startCollector(t, { topic: 'billing' })
  const app = startApp(t, { address, closeTimeoutMs: 100 }, ownThread)
  app.log('held')
  t.match(
    await waitFor(() => app.lines()[0], 'the trouble'),
    /^zmq-pub \(shop\): the collector at tcp:\S+ receives only other topics than "shop", the topic of this app; 1 record is held; start/
  )
  t.equal(await app.end(), 0)
})

test('dropped records are said at once, and the rest of them at the end, with their sum', async t => {
  const options = { maxBufferBytes: 1024, stallMs: 100, closeTimeoutMs: 0 }
  const app = startApp(t, { ...options, address: await findFreeAddress() })
  const logging = setInterval(() => app.log('x'.repeat(500)), 5)
  const first = await waitFor(() => app.lines()[0], 'the trouble')
  t.match(
    first,
    /^zmq-pub \(shop\): [\d,]+ records? w\w+ dropped \(buffer full\); to keep more records, set the option spool, or a larger maxBufferBytes$/
  )
  const count = (): number => app.stdout().split('"event":"dropped"').length - 1
  await waitFor(() => count() >= 2, 'more of them')
  clearInterval(logging)
  t.equal(await app.end(), 0)
  t.match(app.lines().at(-1), /dropped \(buffer full\), [\d,]+ since the start; to keep more/)
  t.equal(app.lines().filter(line => line.includes('dropped (buffer full)')).length, 2)
})

test('with quiet an app writes nothing but what is lost at its end', async t => {
  const address = await findFreeAddress()
  const dir = join(t.testdir({ file: '' }), 'file')
  const options = { address, quiet: true, closeTimeoutMs: 100, spool: { dir } }
  const app = startApp(t, options, ownThread)
  app.log('held')
  for (const event of ['spoolTrouble', 'unreachable']) {
    await waitFor(() => app.stdout().includes(`"event":"${event}"`), event)
  }
  t.equal(app.stderr(), '')
  t.equal(await app.end(), 0)
  t.strictSame(app.lines(), [
    `zmq-pub (shop): no collector at ${address}; records: 1 undelivered and lost`
  ])
})

test('a spool that can not be made is said at the start', async t => {
  const { address } = await startCollector(t)
  const dir = join(t.testdir({ file: '' }), 'file')
  const app = startApp(t, { address, spool: { dir } })
  const line = await waitFor(() => app.lines()[0], 'the trouble')
  t.match(
    line,
    /^zmq-pub: trouble with the spool: E\w+: .*file'; records that memory cannot hold, .* are lost without the folder: let this user create it and write to it, or set another folder \(option spool, or ZMQ_PUB_SPOOL\)$/
  )
  await waitFor(() => app.stdout().includes('"event":"spoolTrouble"'), 'the event')
  t.equal(await app.end(), 0)
  t.notMatch(app.lines().join('\n'), 'undelivered and lost')
})
