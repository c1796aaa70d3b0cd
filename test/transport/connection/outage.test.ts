import { test } from 'tap'
import { Outage } from '../../../lib/transport/connection/outage.ts'
import { parseTransportOptions } from '../../../lib/transport/options.ts'

const explanation = { isKeyRefused: false, why: 'nothing listens', advice: 'start it' }
const addresses = ['tcp://127.0.0.1:5555']

function makeOutage() {
  const events: unknown[] = []
  const options = parseTransportOptions({ address: addresses[0] })
  const outage = new Outage(options, (name, detail) => void events.push({ name, ...detail }))
  return { outage, events }
}

test('an outage lasts from the first silence to the first record that is taken again', async t => {
  const { outage, events } = makeOutage()
  outage.report(explanation, 5000.4, 7, false, 10_000)
  outage.report(explanation, 65_000, 8, false, 70_000)
  t.ok(outage.isOngoing)
  outage.end(3, 80_000)
  t.notOk(outage.isOngoing)
  t.strictSame(events, [
    { name: 'unreachable', addresses, silentMs: 5000, heldRecords: 7, ...explanation },
    { name: 'unreachable', addresses, silentMs: 65_000, heldRecords: 8, ...explanation },
    { name: 'reachable', addresses, silentMs: 75_000, heldRecords: 3 }
  ])
})

test('where another collector takes records there is no outage that could end', async t => {
  const { outage, events } = makeOutage()
  outage.report(explanation, 0, 0, true, 10_000)
  t.notOk(outage.isOngoing)
  outage.end(0, 20_000)
  t.equal(events.length, 1)
})
