import { test } from 'tap'
import {
  openMetrics,
  openSource,
  openUi,
  type SourceParts
} from '../../lib/collector/optional-parts.ts'
import { parseCollectorOptions } from '../../lib/collector/options/collector-options.ts'
import { NatsEngine } from '../../lib/engine/nats/nats-engine.ts'
import { FakeEngine } from '../helpers/fake-engine.ts'
import { loopback } from '../helpers/loopback.ts'

test('what no option asks for is not opened', async t => {
  const options = parseCollectorOptions({})
  t.equal(await openMetrics(options.metrics), undefined)
  t.equal(await openUi(options), undefined)
  t.equal(await openSource(options), undefined)
})

test('metrics and the page listen where the options say', async t => {
  const options = parseCollectorOptions({ ui: `${loopback}:0` })
  const opened = await Promise.all([openMetrics(`${loopback}:0`), openUi(options)])
  for (const endpoint of opened) {
    t.teardown(() => endpoint?.close())
    t.match(endpoint?.address, new RegExp(`^${loopback}:[1-9]`))
  }
})

test('a writer has a source of the partitions that its options name, and ends the connection', async t => {
  const engine = new FakeEngine(4)
  t.intercept(NatsEngine, 'openForWriter', { value: async () => engine })
  const nats = { servers: 'nats://127.0.0.1:1', partitions: [2, 3] }
  const opened = await openSource(parseCollectorOptions({ from: { nats } }))
  const parts = { journal: { readUpTo: () => 0 } }
  const source = opened?.open(parts as unknown as SourceParts)
  t.strictSame(source?.partitions, [2, 3])
  await opened?.close()
  t.ok(engine.isClosed)
})
