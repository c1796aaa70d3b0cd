import { test, type Test } from 'tap'
import { XSubscriber } from 'zeromq'
import { Publisher, type PublisherListener } from '../../../lib/transport/connection/publisher.ts'
import { parseTransportOptions, type TransportOptions } from '../../../lib/transport/options.ts'
import { startCollector } from '../../helpers/collector.ts'
import { loopback } from '../../helpers/loopback.ts'
import { latch } from '../../helpers/wait.ts'

const quiet: PublisherListener = {
  onSubscription: () => undefined,
  onUnsubscription: () => undefined,
  onUpstream: () => undefined,
  isAwaitingAcks: false
}

async function openPublisher(
  t: Test,
  options: TransportOptions,
  listener: Partial<PublisherListener> = {}
): Promise<Publisher> {
  const publisher = await Publisher.open(parseTransportOptions(options), { ...quiet, ...listener })
  t.teardown(() => publisher.close(0))
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
