import { test, type Test } from 'tap'
import { loadPromClient, Metrics } from '../../../lib/collector/reporting/metrics.ts'
import { Totals } from '../../../lib/collector/reporting/totals.ts'
import { Traffic } from '../../../lib/collector/reporting/traffic.ts'
import { readSamples } from '../../helpers/metrics.ts'

const output = {
  file: '/logs/{date}.log',
  writtenRecords: 5,
  writeErrors: 2,
  pendingBytes: 100,
  openFiles: 1,
  trouble: undefined
}

/** Metrics of a collector that can be changed. */
async function createMetrics() {
  const state = {
    totals: new Totals(),
    outputs: [output] as (Omit<typeof output, 'trouble'> & { trouble: Error | undefined })[],
    sessions: [] as { isGone: boolean; hello: { app: string; host: string } }[],
    journalErrors: 0
  }
  const metrics: Metrics = new Metrics(await loadPromClient(), {
    totals: () => state.totals,
    traffic: () => traffic,
    outputs: () => state.outputs,
    journalErrors: () => state.journalErrors,
    sessions: state.sessions
  })
  const traffic = new Traffic(metrics.onCounted)
  const read = async (): Promise<Map<string, number>> => readSamples(await metrics.render())
  return { state, traffic, metrics, read }
}

/** Compares some samples. */
function has(t: Test, samples: Map<string, number>, expected: Record<string, number>): void {
  const found = Object.fromEntries(Object.keys(expected).map(name => [name, samples.get(name)]))
  t.strictSame(found, expected)
}

test('what is counted by name is the sum of all minutes', async t => {
  const { traffic, read } = await createMetrics()
  const shop = '{app="shop",host="web-1"}'
  const session = { isGone: false, tally: traffic.ofApp('shop', 'web-1') }
  for (let minute = 1; minute <= 3; minute++) {
    session.tally.records += 2
    session.tally.bytes += 20
    session.tally.missingRecords += 1
    traffic.ofRoot('billing', 0).records += 5
    if (minute < 3) has(t, await read(), { [`zmq_pub_received_records_total${shop}`]: minute * 2 })
    traffic.report([session])
  }
  has(t, await read(), {
    [`zmq_pub_received_records_total${shop}`]: 6,
    [`zmq_pub_received_bytes_total${shop}`]: 60,
    [`zmq_pub_gap_records_total${shop}`]: 3,
    'zmq_pub_received_records_total{app="billing",host=""}': 15
  })
})

test('an app that has lost nothing has a zero, so that an increase can be seen', async t => {
  const { traffic, read } = await createMetrics()
  traffic.ofApp('shop', 'web-1').records++
  has(t, await read(), { 'zmq_pub_gap_records_total{app="shop",host="web-1"}': 0 })
})

test('names that are too many are counted as other, and none decreases', async t => {
  const { traffic, read } = await createMetrics()
  let before = new Map<string, number>()
  for (let round = 1; round <= 3; round++) {
    for (let index = 0; index < 3000; index++)
      traffic.ofRoot(`root-${(index * round) % 4000}`, 0).records++
    if (round === 2) traffic.report([])
    const samples = await read()
    const records = [...samples].filter(([name]) => name.startsWith('zmq_pub_received_records'))
    t.equal(records.length, 501)
    t.equal(sum(records), 3000 * round)
    for (const [name, value] of before) {
      if (name.startsWith('zmq_pub_') && !((samples.get(name) ?? 0) >= value)) t.fail(name)
    }
    before = samples
  }
})

function sum(samples: [string, number][]): number {
  return samples.reduce((total, [, value]) => total + value, 0)
}

test('senders are counted by name; those of which no record came are other', async t => {
  const { state, traffic, read } = await createMetrics()
  const hello = { app: 'shop', host: 'web-1' }
  traffic.ofApp('shop', 'web-1').records++
  state.sessions.push(
    { isGone: false, hello },
    { isGone: false, hello: { ...hello } },
    { isGone: true, hello },
    { isGone: false, hello: { app: 'silent', host: 'web-1' } }
  )
  has(t, await read(), {
    'zmq_pub_senders{app="shop",host="web-1"}': 2,
    'zmq_pub_senders{app="other",host="other"}': 1
  })
  state.sessions.length = 0
  has(t, await read(), { 'zmq_pub_senders{app="shop",host="web-1"}': 0 })
})

test('a sender that is called other is counted with all others', async t => {
  const { state, traffic, read } = await createMetrics()
  const hello = { app: 'other', host: 'other' }
  traffic.ofApp('other', 'other').records++
  state.sessions.push({ isGone: false, hello })
  const name = 'zmq_pub_senders{app="other",host="other"}'
  await read()
  has(t, await read(), { [name]: 1 })
  state.sessions.push({ isGone: false, hello: { app: 'silent', host: 'web-1' } })
  has(t, await read(), { [name]: 2 })
})

test('outputs have their numbers, and those that are no longer configured have none', async t => {
  const { state, read } = await createMetrics()
  state.journalErrors = 3
  const labels = '{output="/logs/{date}.log"}'
  has(t, await read(), {
    [`zmq_pub_written_records_total${labels}`]: 5,
    [`zmq_pub_write_errors_total${labels}`]: 2,
    'zmq_pub_write_errors_total{output="journal"}': 3,
    [`zmq_pub_pending_bytes${labels}`]: 100,
    [`zmq_pub_open_files${labels}`]: 1,
    [`zmq_pub_output_up${labels}`]: 1
  })
  state.outputs = [{ ...output, file: '/other.log', trouble: new Error('full') }]
  const samples = await read()
  has(t, samples, { 'zmq_pub_output_up{output="/other.log"}': 0 })
  t.notOk(samples.has(`zmq_pub_output_up${labels}`))
})

test('each total is a number, by its reason where there are several', async t => {
  const { state, read } = await createMetrics()
  Object.assign(state.totals, {
    duplicateRecords: 1,
    deferredBatches: 2,
    refusedClients: 3,
    refusedMessages: 4,
    badMessages: 5,
    droppedPlainRecords: 6,
    droppedOptionalRecords: 7,
    failedRecords: 8
  } satisfies Partial<Totals>)
  has(t, await read(), {
    zmq_pub_duplicate_records_total: 1,
    zmq_pub_deferred_batches_total: 2,
    zmq_pub_rejected_clients_total: 3,
    'zmq_pub_rejected_messages_total{reason="key"}': 4,
    'zmq_pub_rejected_messages_total{reason="format"}': 5,
    'zmq_pub_discarded_records_total{reason="required_output_full"}': 6,
    'zmq_pub_discarded_records_total{reason="optional_output_full"}': 7,
    'zmq_pub_discarded_records_total{reason="output_failed"}': 8
  })
})

test('the lag is a histogram in seconds', async t => {
  const { metrics, read } = await createMetrics()
  metrics.observeLag(40)
  metrics.observeLag(20_000)
  has(t, await read(), {
    'zmq_pub_lag_seconds_bucket{le="0.05"}': 1,
    'zmq_pub_lag_seconds_bucket{le="10"}': 1,
    'zmq_pub_lag_seconds_bucket{le="30"}': 2,
    zmq_pub_lag_seconds_sum: 20.04,
    zmq_pub_lag_seconds_count: 2
  })
})
