import { once } from 'node:events'
import { test } from 'tap'
import { parseTransportOptions } from '../../lib/transport/options.ts'
import { TransportStream } from '../../lib/transport/transport-stream.ts'
import { startCollector } from '../helpers/collector.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { waitFor } from '../helpers/wait.ts'

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
  const expected = [
    { name: 'counters', queuedRecords: 1, heldRecords: 1 },
    { name: 'undelivered', records: 1 }
  ]
  t.match(events, expected, 'and says what it had taken')
})

test('a small buffer holds no more than it may, however large a batch would be', async t => {
  let dropped = 0
  const given = { address: await findFreeAddress(), maxBufferBytes: 1024, stallMs: 100 }
  const stream = await TransportStream.open(
    parseTransportOptions({ ...given, closeTimeoutMs: 0 }),
    (name, detail) => {
      if (name === 'dropped') dropped += (detail as { records: number }).records
    }
  )
  t.teardown(() => stream.destroy())
  for (let line = 0; line < 100; line++) stream.write(`${'x'.repeat(99)}\n`)
  await waitFor(() => dropped >= 80, 'all but 1 KiB, and a few batches, to be dropped')
  t.ok(dropped < 100, `${dropped} of 100 records of 100 bytes`)
})
