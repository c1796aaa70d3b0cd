import { once } from 'node:events'
import { test } from 'tap'
import { parseTransportOptions } from '../../lib/transport/options.ts'
import { TransportStream } from '../../lib/transport/transport-stream.ts'
import { startCollector } from '../helpers/collector.ts'

for (const characters of [1, 300_000, 6_000_000]) {
  test(`what was written before a flush is delivered after it: ${characters} characters`, async t => {
    const { collector, address } = await startCollector(t)
    const stream = await TransportStream.open(parseTransportOptions({ address }), () => undefined)
    const line = `${JSON.stringify({ msg: 'x'.repeat(characters) })}\n`
    for (let written = 0; written < 3; written++) stream.write(line)
    await new Promise<void>(resolve => stream.flush(resolve))
    t.equal(collector.totals.records, 3)
    const closed = once(stream, 'close')
    stream.end(line)
    await closed
    await new Promise<void>(resolve => stream.flush(resolve))
    t.equal(collector.totals.records, 4)
  })
}

test('a stream that is destroyed delivers nothing more', async t => {
  const events: object[] = []
  const stream = await TransportStream.open(parseTransportOptions({}), (name, detail) => {
    events.push({ name, ...detail })
  })
  stream.write(`${'x'.repeat(300_000)}\n`)
  const closed = once(stream, 'close')
  stream.destroy()
  await closed
  await new Promise<void>(resolve => stream.flush(resolve))
  t.match(events, [{ name: 'undelivered', records: 1 }], 'and says what it had taken')
})
