/** Transport and collector of different versions, and what version 1 has left behind. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { XSubscriber } from 'zeromq'
import { parseTransportOptions, type TransportOptions } from '../../lib/transport/options.ts'
import { Connection } from '../../lib/transport/connection/connection.ts'
import { pauses } from '../../lib/transport/connection/reachability.ts'
import { SendQueue } from '../../lib/transport/sender/send-queue.ts'
import { Sender } from '../../lib/transport/sender/sender.ts'
import { encodeAcks } from '../../lib/wire/acks.ts'
import { createHello, decodeHello } from '../../lib/wire/hello.ts'
import { createSenderId, toHexId } from '../../lib/wire/id.ts'
import { encodeMarkers } from '../../lib/wire/marker.ts'
import { decodeMessage, type Message } from '../../lib/wire/message.ts'
import { encodeSubscription } from '../../lib/wire/subscription.ts'
import { toBatch } from '../helpers/batch.ts'
import { startCollector } from '../helpers/collector.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { encodeEntry } from '../helpers/spool.ts'
import { startReplay } from '../helpers/replay.ts'
import { waitFor } from '../helpers/wait.ts'

/** A collector that subscribes to these markers, and acknowledges nothing by itself. */
async function bindCollector(t: Test, address: string, markers: Buffer[]) {
  const socket = new XSubscriber()
  socket.linger = 0
  const close = (): void => socket.close()
  t.teardown(close)
  for (const topic of [Buffer.from(''), ...markers]) await socket.send(encodeSubscription(topic))
  // A socket that was closed gives its port back a moment later.
  await waitFor(
    () =>
      socket.bind(address).then(
        () => true,
        () => false
      ),
    'the port'
  )
  const messages: Message[] = []
  void (async () => {
    for await (const frames of socket) {
      const message = decodeMessage(frames)
      if (message) messages.push(message)
    }
  })()
  return { socket, messages, close }
}

/** A connection whose live sender has these records. */
async function openConnection(
  t: Test,
  options: TransportOptions,
  records: string[],
  maxCollectors = 1
) {
  const queue = new SendQueue(1e7, 100)
  queue.push(toBatch(1, records.length, records.map(text => `${text}\n`).join('')))
  const live = new Sender({
    id: createSenderId(),
    queue,
    hello: { ...createHello(), app: 'shop' },
    stallMs: 5000,
    maxCollectors
  })
  const events: { name: string }[] = []
  const connection = await Connection.open(
    parseTransportOptions(options),
    [live],
    (name, detail) => {
      events.push({ name, ...detail })
    }
  )
  t.teardown(() => connection.close(0))
  return { live, events }
}

test('a collector of version 1 gets nothing, and the one that replaces it gets all records', async t => {
  t.teardown(() => (pauses.reconnectMs = 5000))
  pauses.reconnectMs = 100
  const address = await findFreeAddress()
  const former = await bindCollector(t, address, [Buffer.from('\0zmq-pub/1')])
  const { live, events } = await openConnection(t, { address, reconnectIntervalMs: 20 }, ['{}'])
  await waitFor(() => events.length > 0, 'what the connection says')
  t.strictSame(events, [
    { name: 'otherVersion', addresses: [address], version: 1, ownVersion: 2, heldRecords: 1 }
  ])
  t.strictSame(former.messages, [])
  t.equal(live.queue.records, 1)
  former.close()
  const { messages } = await bindCollector(t, address, encodeMarkers())
  await waitFor(() => messages.length >= 2, 'hello and batch')
  t.match(messages, [{ header: { kind: 'hello' } }, { header: { kind: 'batch', first: 1 } }])
  t.match(events.slice(1), [{ name: 'subscribed', wire: 'batch' }])
})

test('one of two collectors that is replaced by one of this version no longer holds up the other', async t => {
  t.teardown(() => (pauses.reconnectMs = 5000))
  pauses.reconnectMs = 100
  const address = [await findFreeAddress(), await findFreeAddress()] as const
  const first = await bindCollector(t, address[0], encodeMarkers())
  const former = await bindCollector(t, address[1], [Buffer.from('\0zmq-pub/1')])
  const options = { address: [...address], reconnectIntervalMs: 20 }
  const { events } = await openConnection(t, options, ['{}'], 2)
  await waitFor(() => events.some(({ name }) => name === 'otherVersion'), 'what it says')
  former.close()
  const second = await bindCollector(t, address[1], encodeMarkers())
  for (const { messages } of [first, second]) {
    await waitFor(() => messages.some(({ header }) => header.kind === 'batch'), 'the batch')
  }
  t.strictSame(former.messages, [])
})

test('a batch is sent in parts to a collector that takes less, and a longer record is dropped', async t => {
  const address = await findFreeAddress()
  const limit = 128 * 1024
  const { messages, socket } = await bindCollector(t, address, encodeMarkers(limit))
  const records = [1000, 100_000, 100_000, 200_000, 50].map(size => 'x'.repeat(size))
  const { live } = await openConnection(t, { address }, records)
  const batches = (): Message[] => messages.filter(({ header }) => header.kind === 'batch')
  await waitFor(() => batches().length >= 3, 'three parts')
  t.strictSame(
    batches().map(({ header: { first, count } }) => [first, count]),
    [
      [1, 2],
      [3, 1],
      [5, 1]
    ]
  )
  t.ok(batches().every(({ payload }) => payload.length <= limit))
  const hello = messages.findLast(({ header }) => header.kind === 'hello')
  t.match(decodeHello(hello?.payload as Buffer)?.dropped, [
    { from: 4, to: 4, why: "record longer than the collector's limit" }
  ])
  await socket.send(encodeAcks('collectr', [{ senderId: live.publicId, seq: 5 }]))
  await waitFor(() => live.queue.records === 0, 'the release')
})

test('a spool of version 1 is sent under a secret id that survives, and goes on where it was', async t => {
  const dir = t.testdir()
  const spoolId = 'a-sender'
  const base = join(dir, toHexId(spoolId))
  mkdirSync(dir, { recursive: true })
  writeFileSync(`${base}.hello`, JSON.stringify({ app: 'shop', pid: 7, host: 'web' }))
  writeFileSync(`${base}-0000000000000001.seg`, encodeEntry({ spoolId }))
  const { added, replay } = startReplay(t, dir)
  t.match(added, [{ hello: { app: 'shop', formerId: toHexId(spoolId) }, queue: { records: 10 } }])
  replay.close()
  t.match(JSON.parse(readFileSync(`${base}.hello`, 'utf8')), { id: added[0]?.id })
  const next = startReplay(t, dir)
  t.equal(next.added[0]?.id, added[0]?.id, 'the next process sends under the same id')
  t.equal(readdirSync(dir).length, 3)
})

test('what a collector has of a sender of version 1 is not written again', async t => {
  const folder = t.testdir()
  const formerId = '612d73656e646572'
  writeFileSync(
    join(folder, '.app.log.journal'),
    `${JSON.stringify({ collector: '00000000000000aa', positions: { [formerId]: [4, Date.now()] } })}\n`
  )
  const file = join(folder, 'app.log')
  const { address } = await startCollector(t, { file, rotate: 'never' })
  const queue = new SendQueue(1e6, 10)
  queue.push(toBatch(1, 5, '{"n":1}\n{"n":2}\n{"n":3}\n{"n":4}\n{"n":5}\n'))
  const live = new Sender({
    id: createSenderId(),
    queue,
    hello: { ...createHello(), app: 'shop', formerId },
    stallMs: 5000,
    maxCollectors: 1
  })
  const connection = await Connection.open(
    parseTransportOptions({ address }),
    [live],
    () => undefined
  )
  t.teardown(() => connection.close(0))
  await waitFor(() => queue.records === 0, 'the release')
  t.equal(readFileSync(file, 'utf8'), '{"n":4}\n{"n":5}\n')
})
