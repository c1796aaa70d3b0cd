/** What a collector serves by HTTP: numbers that promtool accepts, and whether it is ready. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { findBlock } from '../helpers/code-blocks.ts'
import { publish } from '../helpers/foreign.ts'
import { readQueries, readNames, readSamples } from '../helpers/metrics.ts'
import {
  root,
  startCollectorProgram,
  startProgram,
  type CollectorProgram,
  type ProgramOptions
} from '../helpers/program.ts'
import { RawSender } from '../helpers/raw-sender.ts'
import { waitFor } from '../helpers/wait.ts'

const skip =
  spawnSync('promtool', ['--version']).status !== 0 &&
  'promtool is not installed: apt-get install prometheus'

/** Runs promtool, and expects that it finds nothing wrong. */
function runPromtool(t: Test, args: string[], input = ''): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    input,
    encoding: 'utf8',
    cwd: root
  })
  t.equal(status, 0, `${stdout}${stderr}`)
}

/** A collector with metrics, and its pages. */
async function start(t: Test, args: string[], options: ProgramOptions = {}) {
  const collector = await startCollectorProgram(t, ['--metrics', '127.0.0.1:0', ...args], options)
  const { address } = await collector.waitForEntry('serving metrics')
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://${String(address)}${path}`)
    return { status: response.status, text: await response.text() }
  }
  /** Waits until a sample has this value. */
  const waitForSample = (name: string, value: number): Promise<string> =>
    waitFor(
      async () => {
        const { text } = await get('/metrics')
        return readSamples(text).get(name) === value && text
      },
      `${name} ${value}`,
      20_000
    )
  return { collector, get, waitForSample }
}

/** An app that logs some lines and ends. */
async function runApp(t: Test, { address }: CollectorProgram, name: string, lines: number) {
  const env = { ADDRESS: address, NAME: name, LINES: `${lines}` }
  const app = startProgram(t, 'test/fixtures/log-lines.js', { env })
  t.equal((await app.exited).code, 0, app.stderr())
}

test('what real senders send is counted, and promtool finds no fault', { skip }, async t => {
  const file = join(t.testdir(), 'all.log')
  const { collector, waitForSample } = await start(t, ['--file', file, '--rotate', 'never'])
  await runApp(t, collector, 'shop', 30)
  await publish(
    t,
    collector.address,
    Array.from({ length: 10 }, () => ['jobs.INFO.db', 'from Python'])
  )
  const name = '"\\\n\u001B[31m{}=,é'
  const hostile = await RawSender.connect(t, collector.address)
  const dropped = [{ from: 1, to: 5, why: 'buffer full' }]
  await hostile.hello(1, { app: name, host: name, dropped })
  await hostile.batch(6, 1, '{"msg":"six"}\n')
  await hostile.batch(6, 1, '{"msg":"six"}\n')
  await hostile.send('nonsense')
  await waitForSample(`zmq_pub_written_records_total{output="${file}"}`, 30 + 10 + 1)
  await waitForSample('zmq_pub_rejected_messages_total{reason="format"}', 1)
  const text = await waitForSample('zmq_pub_duplicate_records_total', 1)
  runPromtool(t, ['check', 'metrics'], text)
  const samples = readSamples(text)
  const ofShop = [...samples].filter(([key]) => key.includes('{app="shop",host='))
  t.match(
    ofShop.map(([key, value]) => `${key.split('{')[0]} ${value}`),
    [
      'zmq_pub_received_records_total 30',
      /^zmq_pub_received_bytes_total [1-9]/,
      'zmq_pub_gap_records_total 0',
      'zmq_pub_senders 0'
    ]
  )
  const labels = String.raw`{app="\"\\\\u000a\\u001b[31m{}=,é",host="\"\\\\u000a\\u001b[31m{}=,é"}`
  t.equal(samples.get(`zmq_pub_gap_records_total${labels}`), 5)
  t.equal(samples.get(`zmq_pub_senders${labels}`), 1)
  t.equal(samples.get('zmq_pub_received_records_total{app="jobs",host=""}'), 10)
  t.ok((samples.get('zmq_pub_lag_seconds_count') ?? 0) >= 1)
  t.strictSame(readNames(text).toSorted(), readDocumented().toSorted(), 'docs/metrics.md has each')
  t.equal(await collector.stop(), 0)
})

/** The names in the table of docs/metrics.md, with their types. */
function readDocumented(): string[] {
  const page = readFileSync(join(root, 'docs', 'metrics.md'), 'utf8')
  const rows = page.matchAll(/^\| `(\w+)` +\| (?:counter|gauge|histogram) +\|/gm)
  return [...rows].map(([, name = '']) => name)
}

test('counters go on across reloads, also for an output that comes back', async t => {
  const folder = t.testdir()
  const configure = (name: string): void =>
    writeFileSync(
      join(folder, 'c.json'),
      JSON.stringify({ rotate: 'never', file: join(folder, `${name}.log`) })
    )
  configure('a')
  const { collector, waitForSample } = await start(t, ['--config', join(folder, 'c.json')])
  const expected: [name: string, written: number][] = [
    ['a', 10],
    ['b', 10],
    ['a', 20]
  ]
  for (const [index, [name, written]] of expected.entries()) {
    if (index > 0) {
      configure(name)
      collector.child.kill('SIGHUP')
      const isReloaded = (): boolean =>
        collector.entries().filter(({ msg }) => msg === 'configuration reloaded').length === index
      await waitFor(isReloaded, 'the configuration')
    }
    await runApp(t, collector, 'shop', 10)
    const file = join(folder, `${name}.log`)
    await waitForSample(`zmq_pub_written_records_total{output="${file}"}`, written)
  }
  t.equal(await collector.stop(), 0)
})

test('a collector that cannot write is not ready, says why, and is ready again', async t => {
  const folder = t.testdir({ 'shop.log': {} })
  const file = join(folder, '{app}.log')
  const { collector, get, waitForSample } = await start(t, ['--file', file, '--rotate', 'never'])
  await waitFor(async () => (await get('/readyz')).text === 'ready\n', 'a collector that is ready')
  const sender = await RawSender.connect(t, collector.address)
  await sender.hello(1, { app: 'shop' })
  await sender.batch(1, 1, '{"msg":"one"}\n')
  const unready = await waitFor(async () => {
    const answer = await get('/readyz')
    return answer.status === 503 && answer
  }, 'a collector that is not ready')
  t.equal(unready.text, `not ready: cannot write ${file}: EISDIR\n`)
  t.strictSame(await get('/healthz'), { status: 200, text: 'ok\n' })
  await waitForSample(`zmq_pub_output_up{output="${file}"}`, 0)
  rmdirSync(join(folder, 'shop.log'))
  await waitFor(async () => (await get('/readyz')).status === 200, 'a collector that is ready')
  const text = await waitForSample(`zmq_pub_output_up{output="${file}"}`, 1)
  t.ok((readSamples(text).get(`zmq_pub_write_errors_total{output="${file}"}`) ?? 0) > 0)
  t.equal(await collector.stop(), 0)
})

test('a collector that stops is not ready', async t => {
  const folder = t.testdir({ 'shop.log': {} })
  const file = join(folder, '{app}.log')
  const { collector, get } = await start(t, ['--file', file, '--rotate', 'never'])
  const sender = await RawSender.connect(t, collector.address)
  await sender.hello(1, { app: 'shop' })
  await sender.batch(1, 1, '{"msg":"one"}\n')
  await waitFor(async () => (await get('/readyz')).status === 503, 'trouble that holds up the end')
  collector.child.kill('SIGTERM')
  await waitFor(async () => (await get('/readyz')).text === 'not ready: stopping\n', 'the end')
  rmdirSync(join(folder, 'shop.log'))
  t.equal((await collector.exited).code, 0)
})

test('another address is used after a restart', async t => {
  const folder = t.testdir({ 'c.json': '{ "metrics": "127.0.0.1:0" }' })
  const path = join(folder, 'c.json')
  const collector = await startCollectorProgram(t, ['--config', path], { cwd: folder })
  writeFileSync(path, '{ "metrics": "localhost:0" }')
  collector.child.kill('SIGHUP')
  const { options } = await collector.waitForEntry('restart to use these options')
  t.strictSame(options, ['metrics'])
  t.equal(await collector.stop(), 0)
})

test('an address that other hosts reach is a warning', async t => {
  const collector = await startCollectorProgram(t, ['--metrics', '*:0'], { cwd: t.testdir() })
  const { level } = await collector.waitForEntry(/^metrics have no authentication: /)
  t.equal(level, 40)
  t.equal(await collector.stop(), 0)
})

test('a port in use ends the start', async t => {
  const folder = t.testdir()
  const { collector } = await start(t, ['--file', join(folder, 'a.log')])
  const address = String((await collector.waitForEntry('serving metrics'))['address'])
  const args = ['--bind', 'tcp://127.0.0.1:*', '--file', join(folder, 'b', 'b.log')]
  const second = startProgram(t, 'collector.js', { args: [...args, '--metrics', address] })
  t.equal((await second.exited).code, 1)
  t.match(second.stderr(), `ERR_ZMQ_PUB_ADDRESS: cannot serve metrics at ${address}: the port is`)
  t.notOk(existsSync(join(folder, 'b', 'b.log')), 'and nothing was written')
})

test('without --metrics nothing of it is loaded', async t => {
  const code = `
    import { createRequire } from 'node:module'
    import { startCollector } from ${JSON.stringify(join(root, 'collector.js'))}
    const { METRICS: metrics } = process.env
    const collector = await startCollector({ bind: 'tcp://127.0.0.1:*', ...(metrics && { metrics }) })
    await collector.stop()
    const { cache } = createRequire(import.meta.url)
    console.log(Object.keys(cache).some(path => path.includes('prom-client')))`
  for (const [METRICS, isLoaded] of [
    ['', 'false\n'],
    ['127.0.0.1:0', 'true\n']
  ] as const) {
    const args = ['--input-type=module', '-e', code]
    const program = startProgram(t, '', { args, env: { METRICS } })
    t.equal((await program.exited).code, 0, program.stderr())
    t.equal(program.stdout(), isLoaded)
  }
})

test('where prom-client is not installed, the error says what to do, and all else works', async t => {
  // Not inside of the repository, whose packages would be found.
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-metrics-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'c.json'), '{ "metrics": "127.0.0.1:0" }')
  for (const name of ['collector.js', 'package.json', 'lib'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== 'prom-client')
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
  }
  const message =
    'ERR_ZMQ_PUB_OPTION: metrics needs the package prom-client, which is not installed here; install it beside zmq-pub: npm install prom-client'
  for (const [args, code] of [
    [['--bind', 'tcp://127.0.0.1:*', '--config', 'c.json'], 2],
    [['validate', '--config', 'c.json'], 78]
  ] as const) {
    const script = [join(folder, 'collector.js'), ...args]
    const program = startProgram(t, '', { args: script, cwd: folder })
    t.equal((await program.exited).code, code)
    t.match(program.stderr(), message)
  }
})

test('the alert rules fire when docs/metrics.md says so', { skip }, async t => {
  runPromtool(t, ['check', 'rules', 'contrib/prometheus-alerts.yml'])
  runPromtool(t, ['test', 'rules', 'test/fixtures/prometheus-alerts.yml'])
})

test('the configuration and the rule in docs/metrics.md are valid', { skip }, async t => {
  const folder = t.testdir({
    'prometheus.yml': findBlock('docs/metrics.md', 'scrape').code,
    'rule.yml': findBlock('docs/metrics.md', 'rule').code
  })
  cpSync(join(root, 'contrib', 'prometheus-alerts.yml'), join(folder, 'prometheus-alerts.yml'))
  runPromtool(t, ['check', 'config', join(folder, 'prometheus.yml')])
  runPromtool(t, ['check', 'rules', join(folder, 'rule.yml')])
})

test('each query of the dashboard is valid', { skip }, async t => {
  const rules = readQueries().map((expr, index) => ({ record: `panel_${index}`, expr }))
  t.ok(rules.length > 10)
  const folder = t.testdir({ 'rules.yml': JSON.stringify({ groups: [{ name: 'panels', rules }] }) })
  runPromtool(t, ['check', 'rules', join(folder, 'rules.yml')])
})

test('the dashboard shows what was lost before the first look at an app', { skip }, async t => {
  const queries = readQueries().filter(expr => expr.includes('zmq_pub_gap_records_total'))
  t.equal(queries.length, 2)
  const labels = '{instance="logs:9464", job="zmq-pub", app="shop", host="web-1"}'
  const values: [expected: number, labels: string][] = [
    [5000, '{}'],
    [5000, '{app="shop", host="web-1"}']
  ]
  const rules = {
    evaluation_interval: '15s',
    tests: [
      {
        interval: '15s',
        input_series: [
          { series: `zmq_pub_gap_records_total${labels}`, values: '_x40 5000x40' },
          { series: 'zmq_pub_discarded_records_total{instance="logs:9464"}', values: '0x80' }
        ],
        promql_expr_test: queries.map((expr, index) => {
          const [value, seriesLabels] = values[index] ?? []
          return { expr, eval_time: '630s', exp_samples: [{ labels: seriesLabels, value }] }
        })
      }
    ]
  }
  const folder = t.testdir({ 'test.yml': JSON.stringify(rules) })
  runPromtool(t, ['test', 'rules', join(folder, 'test.yml')])
})
