/** How a collector with a page starts, reloads, fails in part, and stops. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import workerThreads, { type Worker } from 'node:worker_threads'
import { test, type Test } from 'tap'
import { loopback } from '../helpers/loopback.ts'
import { countDescriptors, noProc } from '../helpers/memory.ts'
import { ask, logIn, readLines } from '../helpers/page-requests.ts'
import { startPage, watchLive } from '../helpers/page.ts'
import { root, startCollectorProgram, startProgram } from '../helpers/program.ts'
import { RawSender } from '../helpers/raw-sender.ts'
import { waitFor } from '../helpers/wait.ts'

const ui = `${loopback}:0`

/** The worker threads that this process starts from now on. */
function watchWorkers(t: Test): Worker[] {
  const { Worker } = workerThreads
  const workers: Worker[] = []
  workerThreads.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args)
      workers.push(this)
    }
  }
  syncBuiltinESMExports()
  t.teardown(() => {
    workerThreads.Worker = Worker
    syncBuiltinESMExports()
  })
  return workers
}

async function send(t: Test, address: string, message: string): Promise<void> {
  const sender = await RawSender.connect(t, address)
  await sender.hello(1, { app: 'shop', host: 'web-1' })
  await sender.batch(1, 1, `{"level":30,"msg":"${message}"}\n`)
}

test('where the thread of the page ends, the collector works on, and the page is there again', async t => {
  const workers = watchWorkers(t)
  const page = await startPage(t)
  const { events } = await watchLive(t, page)
  await send(t, page.address, 'before')
  await readLines(events, lines => lines.length === 1)
  await workers[0]?.terminate()
  await send(t, page.address, 'meanwhile')
  await page.waitForLines(2)
  const served = (): unknown[] => page.entries.filter(({ msg }) => msg === 'serving the page')
  await waitFor(() => served().length === 2, 'the page')
  t.match(served(), [{ url: page.url }, { url: page.url }], 'at the same URL')
  const failed = page.entries.filter(({ msg }) => String(msg).startsWith('the page has failed'))
  t.match(failed, [{ level: 50, restartMs: 1000, err: { message: String } }])
  t.equal((await ask(page.port, '/api/senders', { headers: page.session })).status, 401)
  const again = { ...page, session: await logIn(page.port, page.token) }
  const { events: newEvents } = await watchLive(t, again)
  await send(t, page.address, 'after')
  t.match(await readLines(newEvents, lines => lines.length === 1), [/after/])
  t.equal(await page.collector.stop(), true)
})

test('a collector with open streams stops at once, and ends them', async t => {
  const page = await startPage(t)
  const watching = await Promise.all([1, 2, 3].map(() => watchLive(t, page)))
  const ended = watching.map(async ({ events }) => {
    while ((await events.next()).done !== true);
  })
  const startedAt = performance.now()
  t.equal(await page.collector.stop(), true)
  await Promise.all(ended)
  t.ok(performance.now() - startedAt < 8000)
  await t.rejects(ask(page.port, '/'), { code: 'ECONNREFUSED' })
})

test('the senders are what top shows', async t => {
  const page = await startPage(t)
  await send(t, page.address, 'one')
  await page.waitForLines(1)
  const { body, headers } = await ask(page.port, '/api/senders', { headers: page.session })
  t.equal(headers['content-type'], 'application/json')
  t.match(JSON.parse(body), {
    form: 1,
    connected: 1,
    senders: [{ app: 'shop', host: 'web-1', records: 1 }]
  })
})

test('a reload shows other logs; another address is used after a restart', async t => {
  const folder = t.testdir()
  const path = join(folder, 'c.json')
  const configure = (more: object): void => writeFileSync(path, JSON.stringify({ ui, ...more }))
  configure({ file: join(folder, 'a.log'), rotate: 'never', timeKey: 'at', messageKey: 'body' })
  const { child, waitForEntry, stop } = await startCollectorProgram(t, ['--config', path])
  const { url } = await waitForEntry('serving the page')
  const [, port, token = ''] = /:(\d+)\/#token=(.*)$/.exec(String(url)) ?? []
  const headers = await logIn(Number(port), token)
  const listed = async (): Promise<unknown> =>
    JSON.parse((await ask(Number(port), '/api/outputs', { headers })).body)
  const keys = { timeKey: 'at', levelKey: '', messageKey: 'body' }
  t.strictSame(await listed(), [
    { output: 0, file: join(folder, 'a.log'), format: 'ndjson', isDefault: true, ...keys }
  ])
  const outputs = ['b.log', 'c.log'].map(name => ({ file: join(folder, name) }))
  configure({ ui: `${loopback}:1`, rotate: 'never', outputs })
  child.kill('SIGHUP')
  const { options } = await waitForEntry('restart to use these options')
  t.strictSame(options, ['ui'])
  await waitFor(async () => JSON.stringify(await listed()).includes('c.log'), 'the new logs')
  t.match(await listed(), [{ output: 0 }, { output: 1, file: join(folder, 'c.log') }])
  t.equal(await stop(), 0)
})

test('an address that cannot be used ends the start, and validate says so before', async t => {
  const page = await startPage(t)
  const used = `${loopback}:${page.port}`
  const folder = t.testdir()
  const cases: [address: string, message: RegExp, exitCode: number][] = [
    [used, /ERR_ZMQ_PUB_ADDRESS: cannot serve the page at [\d.:]+: the port is in use/, 0],
    ['192.0.2.1:8558', /cannot serve the page at 192.0.2.1:8558: this machine has no such/, 78]
  ]
  for (const [address, message, exitCode] of cases) {
    const path = join(folder, 'c.json')
    writeFileSync(path, JSON.stringify({ bind: `tcp://${loopback}:*`, ui: address }))
    const started = startProgram(t, 'collector.js', { args: ['--config', path], cwd: folder })
    t.equal((await started.exited).code, 1)
    t.match(started.stderr(), message)
    const checked = startProgram(t, 'collector.js', { args: ['validate', '--config', path] })
    t.equal((await checked.exited).code, exitCode, 'a port in use may be that of the running one')
    if (exitCode !== 0) t.match(checked.stderr(), message)
  }
})

test('an address that other hosts reach is a warning', async t => {
  const collector = await startCollectorProgram(t, ['--ui', '*:0'], { cwd: t.testdir() })
  const { level } = await collector.waitForEntry(/^the page is not encrypted: .*--ui-name$/)
  t.equal(level, 40)
  t.equal(await collector.stop(), 0)
})

test(
  'without --ui nothing of it is loaded, and no descriptor is used',
  { skip: noProc },
  async t => {
    // Without these files a collector that loads one of them can't start.
    const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-page-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    for (const name of ['collector.js', 'package.json', 'lib'])
      cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    const parts = ['lib/viewer', 'lib/collector/ui-endpoint.js', 'lib/collector/live/page-feed.js']
    for (const part of parts) rmSync(join(folder, part), { recursive: true })
    const args = [join(folder, 'collector.js'), '--bind', `tcp://${loopback}:*`]
    const bare = startProgram(t, '', { args, cwd: folder })
    await waitFor(() => bare.stderr().includes('"listening"'), 'a collector')
    const whole = await startCollectorProgram(t, [], { cwd: t.testdir() })
    await waitFor(
      () => countDescriptors(whole.child.pid) === countDescriptors(bare.child.pid),
      'as many descriptors'
    )
    t.pass()
  }
)
