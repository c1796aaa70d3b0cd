import { once } from 'node:events'
import { test } from 'tap'
import { parseTransportOptions } from '../../lib/transport/options.ts'
import { Outlet } from '../../lib/transport/transport-stream.ts'
import { startCollector } from '../helpers/collector.ts'

for (const characters of [1, 300_000, 6_000_000]) {
  test(`what was written before a flush is delivered after it: ${characters} characters`, async t => {
    const { collector, address } = await startCollector(t)
    const outlet = await Outlet.open(parseTransportOptions({ address }), () => undefined)
    const line = `${JSON.stringify({ msg: 'x'.repeat(characters) })}\n`
    for (let written = 0; written < 3; written++) outlet.write(line)
    await new Promise<void>(resolve => outlet.flush(resolve))
    t.equal(collector.totals.records, 3)
    const closed = once(outlet, 'close')
    outlet.end(line)
    await closed
    await new Promise<void>(resolve => outlet.flush(resolve))
    t.equal(collector.totals.records, 4)
  })
}

test('an outlet that is destroyed takes nothing more', async t => {
  const outlet = await Outlet.open(parseTransportOptions({}), () => undefined)
  outlet.write('x'.repeat(300_000))
  const closed = once(outlet, 'close')
  outlet.destroy()
  await closed
  await new Promise<void>(resolve => outlet.flush(resolve))
  t.equal(outlet.openRecords, 0)
})
