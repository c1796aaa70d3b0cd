/** What a collector's own log says about who is connected, and who has sent how much. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { Traffic } from '../../lib/collector/reporting/traffic.ts'
import { findBlock } from '../helpers/code-blocks.ts'
import { publish } from '../helpers/foreign.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'
import { RawSender } from '../helpers/raw-sender.ts'
import { waitForLines } from '../helpers/collector.ts'

test('the totals name the apps and the root topics that have sent most, and what each has lost', async t => {
  const file = join(t.testdir(), 'all.log')
  const collector = await startCollectorProgram(t, ['--file', file, '--rotate', 'never'])
  const { address } = collector
  const apps = [
    ['shop', '30'],
    ['billing', '20']
  ].map(([NAME, LINES]) =>
    startProgram(t, 'test/fixtures/log-lines.js', { env: { ADDRESS: address, NAME, LINES } })
  )
  for (const { exited } of apps) t.equal((await exited).code, 0)
  await publish(
    t,
    address,
    Array.from({ length: 10 }, () => ['jobs.INFO.db', 'from Python'])
  ) // as its PUBHandler does
  const lossy = await RawSender.connect(t, address)
  await lossy.hello(1, { dropped: [{ from: 1, to: 5, why: 'buffer full' }] })
  await lossy.batch(6, 1, '{"msg":"six"}\n')
  await waitForLines(() => readFileSync(file, 'utf8'), 30 + 20 + 10 + 2)
  t.equal(await collector.stop(), 0)
  const { busiest, senders, others } = await collector.waitForEntry('totals')
  t.match(busiest, [
    { app: 'shop', host: String, senders: 0, records: 30, bytes: Number, missingRecords: 0 },
    { app: 'billing', senders: 0, records: 20 },
    { root: 'jobs', records: 10, bytes: 110, droppedPlainRecords: 0 },
    { app: 'raw', host: 'raw', senders: 1, records: 1, bytes: 14, missingRecords: 5 }
  ])
  t.equal(senders, 1)
  t.equal(others, undefined)
})

test('docs/operations.md shows the members that each name has', async t => {
  const block = findBlock('docs/operations.md', 'totals')
  const { busiest } = JSON.parse(block.code) as { busiest: object[] }
  const traffic = new Traffic()
  const sessions = [{ isGone: false, tally: traffic.ofApp('shop', 'web-1') }]
  traffic.ofRoot('billing', 0)
  const shown = traffic.report(sessions).busiest
  t.strictSame(busiest.map(toNames), shown.map(toNames))
})

function toNames(entry: object): string[] {
  return Object.keys(entry)
}
