import { test, type Test } from 'tap'
import { Subscriber } from 'zeromq'
import { Connection } from '../../../lib/transport/connection/connection.ts'
import { pauses } from '../../../lib/transport/connection/reachability.ts'
import { parseTransportOptions, type TransportOptions } from '../../../lib/transport/options.ts'
import { SendQueue } from '../../../lib/transport/sender/send-queue.ts'
import { Sender } from '../../../lib/transport/sender/sender.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { createSenderId } from '../../../lib/wire/id.ts'
import { toBatch } from '../../helpers/batch.ts'
import { startCollector } from '../../helpers/collector.ts'
import { findFreeAddress } from '../../helpers/free-address.ts'
import { waitFor } from '../../helpers/wait.ts'

/** The senders of which records were released, each time. */
const released: Sender[] = []

/** A sender with one batch of one record. */
function makeSender(msg: string, topic = 'shop'): Sender {
  const queue = new SendQueue(1000, 10)
  queue.push(toBatch(1, 1, `{"level":30,"msg":"${msg}"}\n`))
  const hello = { ...createHello(), topic }
  const sender: Sender = new Sender({
    id: createSenderId(),
    queue,
    hello,
    stallMs: 5000,
    maxCollectors: 1,
    onProgress: () => void released.push(sender)
  })
  return sender
}

async function openConnection(t: Test, options: TransportOptions, live: Sender) {
  const events: unknown[] = []
  const connection = await Connection.open(
    parseTransportOptions(options),
    [live],
    (name, detail) => {
      events.push({ name, ...detail })
    }
  )
  t.teardown(() => connection.close(0))
  return { connection, events }
}

test('every sender of a connection is sent, and each release is told', async t => {
  const { address, waitForLines, collector } = await startCollector(t)
  const live = makeSender('live')
  const { connection, events } = await openConnection(t, { address }, live)
  await waitFor(() => released.includes(live), 'the release of the live sender')
  t.match(events, [{ name: 'subscribed', wire: 'batch', addressFrom: 'option', heldRecords: 1 }])
  t.equal(events.length, 1)
  t.ok(connection.isConnected)
  t.notOk(live.isAwaitingAcks)
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
  const { connection, events } = await openConnection(t, { address, wire: 'plain' }, live)
  await waitForLines(1)
  t.strictSame(
    released.filter(sender => sender === live),
    [live]
  )
  t.match(events, [{ name: 'subscribed', wire: 'plain' }])
  t.equal(live.queue.records, 0)
  t.notOk(connection.isRefused)
})

test('on the plain wire a sender that is removed says no bye: subscribers would take it for a record', async t => {
  const address = await findFreeAddress()
  const live = makeSender('live')
  const other = makeSender('other')
  const { connection } = await openConnection(t, { address, bind: true, wire: 'plain' }, live)
  connection.add(other)
  const received: string[] = []
  const socket = new Subscriber()
  t.teardown(() => socket.close())
  socket.connect(address)
  socket.subscribe('')
  void (async () => {
    for await (const frames of socket) received.push(frames.join(': '))
  })()
  await waitFor(() => received.length === 2, 'both records')
  connection.remove(other, other.toBye(2))
  live.queue.push(toBatch(2, 1, '{"level":30,"msg":"last"}\n'))
  connection.pump()
  await waitFor(() => received.some(text => text.includes('last')), 'the last record')
  t.match(received, [/live/, /other/, /last/])
  t.equal(received.length, 3)
})

test('a sender that was never added, or removed before, takes no other one with it', async t => {
  const { address, waitForLines } = await startCollector(t)
  const live = makeSender('live')
  const { connection } = await openConnection(t, { address }, live)
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

test('nobody is unreachable because a sender has said bye, which no collector answers', async t => {
  const former = { ...pauses }
  t.teardown(() => Object.assign(pauses, former))
  Object.assign(pauses, { firstProbeMs: 50, unreachableMs: 100 })
  const { address, entries } = await startCollector(t)
  const live = makeSender('live')
  const { connection, events } = await openConnection(t, { address }, live)
  const other = makeSender('other')
  connection.add(other)
  await waitFor(() => released.includes(live) && released.includes(other), 'both releases')
  connection.remove(other, other.toBye(2))
  await waitFor(() => entries.some(({ msg }) => msg === 'sender gone'), 'the bye')
  await new Promise(resolve => setTimeout(resolve, 1500)) // three looks at who has answered
  t.match(events, [{ name: 'subscribed', wire: 'batch', addressFrom: 'option', heldRecords: 1 }])
  t.equal(events.length, 1)
  t.notOk(connection.isUnreachable)
})

const plainLines = 2000

/** A plain connection with one batch of long records, which binds, and two subscribers of which one doesn't read. */
async function openPlain(t: Test, options: TransportOptions, readers: number) {
  const address = await findFreeAddress()
  const live = makeSender('')
  live.queue.push(toBatch(2, plainLines, `{"msg":"${'x'.repeat(5000)}"}\n`.repeat(plainLines)))
  const all = { address, bind: true, wire: 'plain', stallMs: 300, ...options } as const
  const opened = await openConnection(t, all, live)
  let read = 0
  for (let index = 0; index <= readers; index++) {
    const socket = new Subscriber()
    t.teardown(() => socket.close())
    socket.receiveHighWaterMark = 1
    socket.connect(address)
    socket.subscribe('')
    if (index > 0) void countMessages(socket, () => read++)
  }
  return { ...opened, live, read: () => read }
}

async function countMessages(socket: Subscriber, onMessage: () => void): Promise<void> {
  for await (const _ of socket) onMessage()
}

test('on the plain wire a subscriber that does not read holds up the others for stallMs', async t => {
  const { events, read, live } = await openPlain(t, {}, 1)
  await waitFor(() => read() === plainLines + 1, 'all records')
  t.match(events, [{ name: 'subscribed' }, { name: 'leftBehind', wire: 'plain' }])
  t.equal(live.queue.records, 0)
})

test('on the plain wire the only subscriber is waited for', async t => {
  const { events, live } = await openPlain(t, { stallMs: 100 }, 0)
  await waitFor(() => events.length > 0, 'a subscriber')
  await new Promise(resolve => setTimeout(resolve, 1000))
  t.match(events, [{ name: 'subscribed' }])
  t.equal(live.queue.records, plainLines)
})
