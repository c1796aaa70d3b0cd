import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { test, type Test } from 'tap'
import { toControlPath } from '../../lib/collector/control/control-path.ts'
import { Endpoints } from '../../lib/collector/endpoints.ts'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../lib/collector/options/collector-options.ts'
import { Reporter } from '../../lib/collector/reporting/reporter.ts'
import { findFreePort } from '../helpers/free-address.ts'
import { idleMetricsSource, idleSnapshotSource } from '../helpers/idle-collector.ts'
import { makeSocketPath } from '../helpers/ipc.ts'
import { loopback } from '../helpers/loopback.ts'
import { waitFor } from '../helpers/wait.ts'

/** No interface has this address. */
const foreign = '203.0.113.1'

async function open(t: Test, options: CollectorOptions): Promise<Endpoints> {
  const endpoints = await Endpoints.open(parseCollectorOptions(options))
  t.teardown(() => endpoints.close())
  return endpoints
}

/** What endpoints show, and what they report. */
function prepare(journal: string) {
  const entries: Record<string, unknown>[] = []
  const logger = pino({}, { write: line => void entries.push(JSON.parse(line)) })
  const source = idleSnapshotSource(journal)
  return { source, ofMetrics: idleMetricsSource(), reporter: new Reporter(logger), entries }
}

/** Whether an HTTP server answers there. */
function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false
  )
}

test('without options there is nothing to look into', async t => {
  const endpoints = await open(t, {})
  const { source, ofMetrics, reporter, entries } = prepare(join(t.testdir(), '.journal'))
  t.equal(endpoints.live, undefined)
  t.equal(
    endpoints.serveMetrics(ofMetrics, () => []),
    undefined
  )
  endpoints.servePage(source, reporter)
  await endpoints.closePage()
  t.strictSame(entries, [])
})

test('where the page cannot listen, the metrics are closed', async t => {
  const metrics = `${loopback}:${await findFreePort(loopback)}`
  await t.rejects(open(t, { metrics, ui: `${foreign}:8558` }), {
    code: 'ERR_ZMQ_PUB_ADDRESS',
    message: /cannot serve the page at 203\.0\.113\.1:8558/
  })
  t.notOk(await answers(`http://${metrics}/healthz`))
})

test('metrics and the page are served, and say where; the page ends first', async t => {
  const endpoints = await open(t, { metrics: `${loopback}:0`, ui: `${loopback}:0` })
  const { source, ofMetrics, reporter, entries } = prepare(join(t.testdir(), '.journal'))
  t.ok(endpoints.live)
  t.ok(endpoints.serveMetrics(ofMetrics, () => ['cannot write a']))
  endpoints.servePage(source, reporter)
  const metrics = `http://${String(entries.find(({ msg }) => msg === 'serving metrics')?.['address'])}`
  const page = String(entries.find(({ msg }) => msg === 'serving the page')?.['url'])
  t.equal(entries.length, 2)
  await waitFor(
    async () => (await (await fetch(`${metrics}/readyz`)).text()) === 'not ready: cannot write a\n',
    'the collector'
  )
  t.ok(await answers(page))
  await endpoints.closePage()
  t.notOk(await answers(page))
  t.ok(await answers(`${metrics}/healthz`))
  await endpoints.close()
  t.notOk(await answers(`${metrics}/healthz`))
})

test(
  'the local socket is beside the journal, follows it, and is gone in the end',
  { skip: process.platform === 'win32' && 'no files of sockets' },
  async t => {
    const journal = `${makeSocketPath(t)}.journal`
    const { source, reporter, entries } = prepare(journal)
    const options = parseCollectorOptions({})
    const endpoints = await Endpoints.open(options)
    t.teardown(() => endpoints.close())
    const isThere = (path: string): boolean => existsSync(toControlPath(path)?.path ?? '')
    await endpoints.openControl(source, reporter)
    t.ok(isThere(journal))
    const moved = `${journal}.moved`
    endpoints.follow(options, moved)
    await waitFor(() => isThere(moved), 'the socket at the other journal')
    t.notOk(isThere(journal))
    await endpoints.close()
    t.notOk(isThere(moved))
    t.strictSame(entries, [])
  }
)
