/** The whole path in real processes: log call, worker, network, collector, file. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readFolder, startCollector } from '../helpers/collector.ts'
import { startLogger } from '../helpers/logger.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'

const app = 'test/fixtures/log-lines.js'

test('100,000 lines of all kinds reach the file byte for byte', async t => {
  const folder = t.testdir({ logs: {} })
  const { address } = await startCollectorProgram(t, ['--file', join(folder, 'logs/{date}.log')])
  const copy = join(folder, 'copy.log')
  const program = startProgram(t, app, { env: { ADDRESS: address, LINES: '100000', COPY: copy } })
  t.same(await program.exited, { code: 0, signal: null })
  t.ok(readFolder(join(folder, 'logs')) === readFileSync(copy, 'utf8'), 'the same bytes')
})

test('two apps at once each keep their order, and lose and double nothing', async t => {
  const folder = t.testdir()
  const { address } = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
  const names = ['shop', 'billing']
  const apps = names.map(NAME =>
    startProgram(t, app, { env: { ADDRESS: address, LINES: '20000', NAME } })
  )
  for (const { exited } of apps) t.equal((await exited).code, 0)
  for (const name of names) {
    const lines = readLines(folder).filter(line => line.includes(`"name":"${name}"`))
    t.ok(isCount(lines, 20_000), `${name}: 1 to 20000, each once, in order`)
  }
})

for (const { how, EXIT, code } of [
  { how: 'ends by itself', EXIT: '', code: 0 },
  { how: 'calls process.exit()', EXIT: 'exit', code: 3 },
  { how: 'ends by an exception', EXIT: 'throw', code: 1 }
]) {
  test(`lines logged right before the app ${how} are in the file`, async t => {
    const folder = t.testdir()
    const { address } = await startCollectorProgram(t, ['--file', join(folder, '{date}.log')])
    const program = startProgram(t, app, { env: { ADDRESS: address, LINES: '1000', EXIT } })
    t.same(await program.exited, { code, signal: null })
    t.ok(isCount(readLines(folder), 1000))
  })
}

test('a collector that is started after the app gets every line', async t => {
  const folder = t.testdir()
  const first = await startCollectorProgram(t)
  await first.stop()
  const program = startProgram(t, app, { env: { ADDRESS: first.address, LINES: '5000' } })
  await startCollectorProgram(t, ['--bind', first.address, '--file', join(folder, '{date}.log')])
  t.equal((await program.exited).code, 0)
  t.ok(isCount(readLines(folder), 5000))
})

test('an app without a collector ends by itself and says what is undelivered', async t => {
  const { exited, stderr } = startProgram(t, app, { env: { ADDRESS: 'tcp://127.0.0.1:1' } })
  t.same(await exited, { code: 0, signal: null })
  t.match(
    stderr(),
    'zmq-pub (app): no collector at tcp://127.0.0.1:1; records: 10 undelivered and lost\n'
  )
})

for (const { zone, at, files } of [
  { zone: 'utc', at: '2026-06-01T00:00:00Z', files: ['2026-05-31', '2026-06-01'] },
  { zone: 'Europe/Berlin', at: '2026-03-28T23:00:00Z', files: ['2026-03-28', '2026-03-29'] },
  { zone: 'Europe/Berlin', at: '2026-03-29T22:00:00Z', files: ['2026-03-29', '2026-03-30'] },
  { zone: 'Europe/Berlin', at: '2026-10-25T23:00:00Z', files: ['2026-10-25', '2026-10-26'] }
]) {
  test(`midnight of ${files[1]} in ${zone} under load parts the lines without loss`, async t => {
    // A clock that reaches midnight in the middle of the load, on any machine.
    const midnight = Date.parse(at)
    let looks = 0
    const clock = (): number => midnight + (looks++ < 40 ? -1 : 0)
    const collector = await startCollector(t, { timezone: zone }, clock)
    const { logger } = await startLogger(t, { address: collector.address, batchBytes: 4096 })
    for (let line = 1; line <= 10_000; line++) logger.info({ line })
    const lines = await collector.waitForLines(10_000)
    const names = readdirSync(collector.folder).filter(name => !name.startsWith('.'))
    t.same(
      names.toSorted(),
      files.map(date => `${date}.log`)
    )
    t.ok(isCount(lines, 10_000))
  })
}

test('the demo shows every line of its two apps in the file', async t => {
  const demo = startProgram(t, 'examples/demo.js', { env: { LINES: '20', RATE: '200' } })
  t.equal((await demo.exited).code, 0)
  t.match(demo.stdout(), '40 lines logged by 2 apps, 40 in ')
})

function readLines(folder: string): string[] {
  return readFolder(folder).split('\n').slice(0, -1)
}

/** Whether the lines are numbered 1 to `count`, each once and in order. */
function isCount(lines: string[], count: number): boolean {
  const numbers = lines.map(line => (JSON.parse(line) as { line: number }).line)
  return numbers.length === count && numbers.every((number, index) => number === index + 1)
}
