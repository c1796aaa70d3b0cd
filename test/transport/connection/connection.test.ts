import { test, type Test } from 'tap'
import { Connection } from '../../../lib/transport/connection/connection.ts'
import { parseTransportOptions, type TransportOptions } from '../../../lib/transport/options.ts'
import { SendQueue } from '../../../lib/transport/sender/send-queue.ts'
import { Sender } from '../../../lib/transport/sender/sender.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { createId } from '../../../lib/wire/id.ts'
import { toBatch } from '../../helpers/batch.ts'
import { startCollector } from '../../helpers/collector.ts'
import { waitFor } from '../../helpers/wait.ts'

/** A sender with one batch of one record. */
function makeSender(msg: string, topic = 'shop'): Sender {
  const queue = new SendQueue(1000, 10)
  queue.push(toBatch(1, 1, `{"level":30,"msg":"${msg}"}\n`))
  const hello = { ...createHello(), topic }
  return new Sender({ id: createId(), queue, hello, stallMs: 5000, maxCollectors: 1 })
}

async function openConnection(t: Test, options: TransportOptions, live: Sender) {
  const events: unknown[] = []
  const released: Sender[] = []
  const connection = await Connection.open(parseTransportOptions(options), live, {
    refill: () => undefined,
    onRelease: sender => void released.push(sender),
    heldRecords: 1,
    emit: (name, detail) => void events.push({ name, ...detail })
  })
  t.teardown(() => connection.close(0))
  return { connection, events, released }
}

test('every sender of a connection is sent, and each release is told', async t => {
  const { address, waitForLines, collector } = await startCollector(t)
  const live = makeSender('live')
  const { connection, events, released } = await openConnection(t, { address }, live)
  await waitFor(() => released.includes(live), 'the release of the live sender')
  t.strictSame(events, [{ name: 'subscribed', wire: 'batch', heldRecords: 1 }])
  t.ok(connection.isConnected)
  t.notOk(connection.isAwaitingAcks)
  const other = makeSender('other')
  connection.add(other)
  await waitFor(() => released.includes(other), 'the release of the other sender')
  t.strictSame(await waitForLines(2), ['{"level":30,"msg":"live"}', '{"level":30,"msg":"other"}'])
  t.equal(collector.totals.records, 2)
})

test('a collector that takes other topics gets nothing', async t => {
  const { address, collector } = await startCollector(t, { topic: 'web' })
  const live = makeSender('secret')
  const { connection } = await openConnection(t, { address }, live)
  await waitFor(() => connection.isRefused, 'a refusal')
  t.notOk(connection.isConnected)
  t.equal(live.queue.records, 1)
  t.equal(collector.totals.records, 0)
})

test('on the plain wire a batch is released when it was sent', async t => {
  const { address, waitForLines } = await startCollector(t)
  const live = makeSender('plain')
  const { connection, events, released } = await openConnection(t, { address, wire: 'plain' }, live)
  await waitForLines(1)
  t.strictSame(released, [live])
  t.match(events, [{ name: 'subscribed', wire: 'plain' }])
  t.equal(live.queue.records, 0)
  t.notOk(connection.isRefused)
})

test('a sender that was never added, or removed before, takes no other one with it', async t => {
  const { address, waitForLines } = await startCollector(t)
  const live = makeSender('live')
  const { connection, released } = await openConnection(t, { address }, live)
  const other = makeSender('other')
  connection.add(other)
  await waitFor(() => released.includes(other), 'the release of the other sender')
  for (const sender of [makeSender('stranger'), other, other, live]) {
    connection.remove(sender, sender.toBye(2))
  }
  live.queue.push(toBatch(2, 1, '{"level":30,"msg":"live still"}\n'))
  connection.pump()
  t.equal((await waitForLines(3)).at(-1), '{"level":30,"msg":"live still"}')
})
