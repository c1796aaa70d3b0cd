import { test, type Test } from 'tap'
import { Subscriber, XSubscriber } from 'zeromq'
import { Publisher, type PublisherListener } from '../../../lib/transport/connection/publisher.ts'
import { parseTransportOptions, type TransportOptions } from '../../../lib/transport/options.ts'
import { startCollector } from '../../helpers/collector.ts'
import { findFreeAddress } from '../../helpers/free-address.ts'
import { lookOften } from '../../helpers/look-often.ts'
import { loopback } from '../../helpers/loopback.ts'
import { latch, waitFor } from '../../helpers/wait.ts'
import { markerTopic } from '../../helpers/marker.ts'

const marker = markerTopic.toString()

const quiet: PublisherListener = {
  onSubscription: () => undefined,
  onUnsubscription: () => undefined,
  onUpstream: () => undefined
}

async function openPublisher(
  t: Test,
  options: TransportOptions,
  listener: Partial<PublisherListener> = {}
): Promise<Publisher> {
  const publisher = await Publisher.open(parseTransportOptions(options), { ...quiet, ...listener })
  t.teardown(() => publisher.close(0))
  lookOften(t, publisher)
  return publisher
}

test('an address that is taken can not be bound, and the error says so', async t => {
  const { address } = await startCollector(t)
  await t.rejects(openPublisher(t, { address, bind: true }), {
    code: 'ERR_ZMQ_PUB_ADDRESS',
    message: `cannot bind ${address}: `
  })
})

test('a host that is no host can not be connected to, and the error says so', async t => {
  await t.rejects(openPublisher(t, { address: 'ipc:///no/such/folder/socket', bind: true }), {
    code: 'ERR_ZMQ_PUB_ADDRESS'
  })
})

test('a full pipe refuses a message, and takes it when there is room', async t => {
  const subscriber = new XSubscriber()
  t.teardown(() => subscriber.close())
  subscriber.receiveHighWaterMark = 1
  await subscriber.bind(`tcp://${loopback}:*`)
  await subscriber.send(Buffer.of(1))
  const subscribed = latch()
  const address = subscriber.lastEndpoint ?? ''
  const publisher = await openPublisher(t, { address }, { onSubscription: () => subscribed.open() })
  const first = subscriber.receive() // a socket that doesn't receive doesn't subscribe, either
  await subscribed.promise
  const payload = Buffer.alloc(256 * 1024, 'x')
  let sent = 0
  while (await publisher.send(['', payload])) sent++
  t.ok(sent > 500, `${sent} messages fit`)
  await first
  for (let received = 1; received < sent; received++) await subscriber.receive()
  t.ok(await publisher.send(['', Buffer.from([0xff, 0xfe, ...payload.subarray(0, 200)])]))
  const [, rubbish] = await subscriber.receive()
  t.equal(rubbish?.readUInt16BE(0), 0xfffe, 'bytes that are not UTF-8 arrive as they are')
})

test('a closed socket can not send', async t => {
  const publisher = await openPublisher(t, { address: 'tcp://127.0.0.1:1' })
  publisher.close(0)
  publisher.close(0)
  await t.rejects(publisher.send(['', 'late']), { code: 'EBADF' })
})

test('a subscriber whose connection is full can be passed over, until it reads again', async t => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const address = await findFreeAddress()
  const publisher = await openPublisher(t, { address, bind: true })
  const [reader, idler] = [subscribe(t, address), subscribe(t, address)]
  await waitFor(() => publisher.hasSeveral, 'both')
  let read = 0
  void (async () => {
    for await (const _ of reader) read++
  })()
  const payload = 'x'.repeat(10_000)
  let sent = 0
  /** Sends a few, so that the reader's connection has room; @returns false where one is full */
  const send = async (): Promise<boolean> => {
    for (let count = 0; count < 100; count++) {
      if (!(await publisher.send(['', payload]))) return false
      sent++
    }
    return true
  }
  await waitFor(async () => !(await send()) && read === sent, 'a full connection')
  await publisher.sendPastFull(['', payload])
  sent++
  const passedAt = sent
  await waitFor(async () => (await send()) && sent > passedAt + 1000, 'what the idler can not take')
  await waitFor(() => read === sent, 'all that was sent')
  let idlerRead = 0
  void (async () => {
    for await (const _ of idler) idlerRead++
  })()
  await waitFor(() => idlerRead === passedAt - 1, 'what waited for it')
  await waitFor(async () => (await send()) && idlerRead > passedAt, 'what is sent now')
  await new Promise(resolve => setImmediate(resolve)) // warnings are emitted in the next tick
  t.strictSame(warnings, [])
})

test('subscribers are counted: with each that goes it is told how many are left', async t => {
  let come = 0
  const left: Record<string, number[]> = { '': [], [marker]: [] }
  const onUnsubscription = (topic: Buffer, count: number): void =>
    void left[topic.toString()]?.push(count)
  const address = await findFreeAddress()
  const publisher = await openPublisher(
    t,
    { address, bind: true },
    {
      onSubscription: () => come++,
      onUnsubscription
    }
  )
  const topics = ['', markerTopic]
  const [one, other] = [subscribe(t, address, topics), subscribe(t, address, topics)]
  await waitFor(() => come === 4, 'both topics of both')
  t.ok(publisher.hasSeveral)
  one.close()
  await waitFor(() => !publisher.hasSeveral, 'the end of one')
  other.close()
  await waitFor(() => left[marker]?.length === 2 && left['']?.length === 2, 'the other')
  t.strictSame(left, { '': [1, 0], [marker]: [1, 0] })
})

/** A subscriber that doesn't read until somebody calls receive(). */
function subscribe(t: Test, address: string, topics: (string | Buffer)[] = ['']): Subscriber {
  const socket = new Subscriber()
  t.teardown(() => socket.close())
  socket.receiveHighWaterMark = 1
  socket.connect(address)
  socket.subscribe(...topics)
  return socket
}
test('a frame from a subscriber that is too large ends its connection', async t => {
  const subscriber = new XSubscriber()
  t.teardown(() => subscriber.close())
  await subscriber.bind(`tcp://${loopback}:*`)
  await subscriber.send(Buffer.of(1))
  const receiving = subscriber.receive().catch(() => undefined)
  const upstream: number[] = []
  const [subscribed, unsubscribed] = [latch(), latch()]
  await openPublisher(
    t,
    { address: subscriber.lastEndpoint ?? '' },
    {
      onSubscription: () => subscribed.open(),
      onUnsubscription: () => unsubscribed.open(),
      onUpstream: ({ length }) => upstream.push(length)
    }
  )
  await subscribed.promise
  await subscriber.send(Buffer.alloc(1024 * 1024, 2))
  await subscriber.send(Buffer.alloc(1024 * 1024 + 1, 2))
  await unsubscribed.promise
  t.strictSame(upstream, [1024 * 1024])
  subscriber.close()
  await receiving
})
