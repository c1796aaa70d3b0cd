/** What becomes of an app's records when a container or a supervisor stops it: real processes, a real SIGTERM. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import type { TransportOptions } from '../../transport.ts'
import { startCollector } from '../helpers/collector.ts'
import { root, startProgram, type Program } from '../helpers/program.ts'
import { waitFor } from '../helpers/wait.ts'

const list = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder))
    .filter(name => name.endsWith(ending))
    .map(name => join(folder, name))

const nobody = 'tcp://127.0.0.1:1'
const count = 20_000

/** Starts an app, and sends SIGTERM as soon as it has logged. */
async function stopApp(t: Test, options: TransportOptions, stop: string): Promise<Program> {
  const env = { OPTIONS: JSON.stringify(options), STOP: stop }
  const app = startProgram(t, 'test/fixtures/signal-app.js', { env })
  await waitFor(() => app.stdout().includes('logged'), 'the lines')
  app.child.kill('SIGTERM')
  t.strictSame(await app.exited, { code: 0, signal: null }, app.stderr())
  return app
}

const handlers: [stop: string, what: string][] = [
  ['exit', 'whose handler calls process.exit()'],
  ['end', 'whose handler leaves nothing to do'],
  ['flush', 'that logs from its own thread, and whose handler waits for logger.flush()']
]

for (const [stop, what] of handlers) {
  test(`SIGTERM right behind 20,000 lines: an app ${what} delivers all of them`, async t => {
    const { address, waitForLines } = await startCollector(t)
    const app = await stopApp(t, { address }, stop)
    const records = (await waitForLines(count + 1)).map(
      line => JSON.parse(line) as { line?: number; msg: string }
    )
    t.equal(records.length, count + 1)
    t.ok(records.slice(0, -1).every(({ line }, index) => line === index + 1))
    t.equal(records.at(-1)?.msg, 'stopping')
    t.equal(app.stderr(), '')
  })
}

test('without a collector SIGTERM takes closeTimeoutMs, and the app says what it loses', async t => {
  const startedAt = performance.now()
  const app = await stopApp(t, { address: nobody, closeTimeoutMs: 300 }, 'exit')
  t.ok(performance.now() - startedAt > 300)
  t.equal(
    app.stderr(),
    `zmq-pub (shop): no collector at ${nobody}; records: ${count + 1} undelivered and lost\n`
  )
})

for (const [stop, what] of handlers) {
  test(`a second SIGTERM does not end an app ${what} before it has said what it loses`, async t => {
    const options = { address: nobody, closeTimeoutMs: 1000 }
    const env = { OPTIONS: JSON.stringify(options), STOP: stop }
    const app = startProgram(t, 'test/fixtures/signal-app.js', { env })
    await waitFor(() => app.stdout().includes('logged'), 'the lines')
    app.child.kill('SIGTERM')
    await waitFor(() => app.stdout().includes('stopping'), 'the first')
    app.child.kill('SIGTERM')
    t.strictSame(await app.exited, { code: 0, signal: null }, app.stderr())
    t.match(app.stderr(), /records: \d+ undelivered and lost\n$/)
  })
}

test('no page or example uses a handler that the first signal removes', async t => {
  const paths = [
    'README.md',
    ...list('docs', '.md'),
    ...list('contrib', '.ts'),
    ...list('examples', '.ts')
  ]
  t.ok(paths.length > 10)
  for (const path of paths)
    t.notMatch(readFileSync(join(root, path), 'utf8'), /process\.once\((signal|'SIG)/, path)
})

test('without a collector, but with a spool, SIGTERM loses nothing', async t => {
  const dir = join(t.testdir(), 'spool')
  const app = await stopApp(t, { address: nobody, spool: { dir } }, 'exit')
  t.match(app.stderr(), `records: ${count + 1} kept in the spool for the next start\n`)
  t.ok(readdirSync(dir).some(name => name.endsWith('.seg')))
})
