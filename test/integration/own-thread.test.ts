/** `pino(await zmqPub(options))`: a transport in the app's own thread, in real processes that end. */
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { startCollector } from '../helpers/collector.ts'
import { root, startProgram, type Program } from '../helpers/program.ts'
import type { TransportOptions } from '../../transport.ts'

interface Line {
  line?: number
  msg: string
}

const nobody = 'tcp://127.0.0.1:1'
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const toNumbers = (lines: string[]): number[] =>
  lines.flatMap(text => (JSON.parse(text) as Line).line ?? [])

function startApp(t: Test, options: TransportOptions, env: NodeJS.ProcessEnv = {}): Program {
  const all = { OPTIONS: JSON.stringify(options), ...env }
  return startProgram(t, 'test/fixtures/own-thread.js', { env: all })
}

test('an app that has nothing else to do ends by itself, and every line is delivered', async t => {
  const { address, read } = await startCollector(t, { format: 'text' })
  const app = startApp(t, { address }, { LINES: '20000' })
  t.match(await app.exited, { code: 0, signal: null })
  t.equal(app.stderr(), '')
  t.match(app.stdout(), 'subscribed batch\n', 'events are those of the stream')
  const lines = read().split('\n').slice(0, -1)
  t.equal(lines.length, 20_000)
  t.match(lines[0], ' | AUDIT | ', 'the names of levels are known')
})

test('in CommonJS the function is the default export', async t => {
  const { address, waitForLines } = await startCollector(t)
  const code = `
    const { pino } = require('pino')
    const zmqPub = require(${JSON.stringify(join(root, 'transport.js'))}).default
    zmqPub({ address: '${address}' }).then(stream => pino(stream).info({ line: 1 }, 'the only one'))`
  const app = startProgram(t, '', { args: ['--input-type=commonjs', '--eval', code] })
  t.match(await app.exited, { code: 0 })
  t.strictSame(toNumbers(await waitForLines(1)), [1])
})

test('one that ends the transport itself does so, too', async t => {
  const { address, waitForLines } = await startCollector(t)
  const code = `
    import { pino } from 'pino'
    import zmqPub from '${join(root, 'transport.js')}'
    const stream = await zmqPub({ address: '${address}' })
    pino(stream).info({ line: 1 }, 'the only one')
    stream.end()`
  const app = startProgram(t, '', { args: ['--input-type=module', '--eval', code], cwd: root })
  t.match(await app.exited, { code: 0, signal: null }, app.stderr())
  t.strictSame(toNumbers(await waitForLines(1)), [1])
})

test('without a collector an app waits as long as it may, and says what is lost', async t => {
  const app = startApp(t, { address: nobody, closeTimeoutMs: 300 })
  t.match(await app.exited, { code: 0, signal: null })
  t.equal(
    app.stderr(),
    `zmq-pub (app): no collector at ${nobody}; records: 100 undelivered and lost\n`
  )
  t.equal(app.stdout(), 'undelivered 100\n')
})

const ends: [what: string, exit: string, code: number][] = [
  ['ends by itself', '', 0],
  ['calls process.exit()', 'exit', 3],
  ['dies of an exception', 'throw', 1]
]

for (const [what, exit, code] of ends) {
  test(`without a collector an app that ${what} leaves its lines to its next start`, async t => {
    const dir = join(t.testdir(), 'spool')
    const options = { spool: { dir }, closeTimeoutMs: 300 }
    const app = startApp(t, { ...options, address: nobody }, { EXIT: exit })
    t.match(await app.exited, { code, signal: null })
    t.match(app.stderr(), 'records: 100 kept in the spool for the next start\n')
    const { address, waitForLines } = await startCollector(t)
    const events = 'adopted subscribed' // a busy machine may need more than the end of an app waits for a connection
    const next = startApp(t, { spool: { dir }, address }, { LINES: '0', FIRST: events })
    t.strictSame(toNumbers(await waitForLines(101)), upTo(100))
    t.match(await next.exited, { code: 0 })
  })
}

for (const [what, exit, code] of ends.slice(1)) {
  test(`an app that ${what} sends what it may, and says what was not acknowledged`, async t => {
    const { address, waitForLines } = await startCollector(t)
    const app = startApp(t, { address }, { EXIT: exit, FIRST: 'subscribed' })
    t.match(await app.exited, { code, signal: null })
    t.match(
      app.stderr(),
      /^zmq-pub \(app\): not acknowledged in time; records: 10\d undelivered and lost$/m
    )
    t.strictSame(toNumbers(await waitForLines(101)), upTo(100))
  })
}

test("what is logged at each 'beforeExit' keeps no process alive", async t => {
  const { address, read } = await startCollector(t)
  const app = startApp(t, { address }, { EXIT: 'bye' })
  t.match(await app.exited, { code: 0, signal: null })
  t.strictSame(toNumbers(read().split('\n').slice(0, -1)), upTo(100))
  t.match(read(), '"msg":"bye"')
})

test('a worker thread of the app may have a transport of its own', async t => {
  const { address, read } = await startCollector(t)
  const code = `
    const { Worker } = require('node:worker_threads')
    new Worker('${join(root, 'test/fixtures/own-thread.js')}').on('exit', code => process.exit(code))`
  const env = { OPTIONS: JSON.stringify({ address }) }
  const app = startProgram(t, '', { args: ['--eval', code], env })
  t.match(await app.exited, { code: 0, signal: null }, app.stderr())
  t.strictSame(toNumbers(read().split('\n').slice(0, -1)), upTo(100))
})
