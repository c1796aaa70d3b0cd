import { test, type Test } from 'tap'
import { context, XPublisher } from 'zeromq'
import { isEmpty, openCopyingSubscriber } from '../../../lib/collector/intake/copying-subscriber.ts'

/** A subscriber that has received a first message. */
async function connectPair(t: Test) {
  const subscriber = openCopyingSubscriber(context)
  const publisher = new XPublisher()
  t.teardown(() => {
    subscriber.close()
    publisher.close()
  })
  await subscriber.send(Buffer.from([1]))
  await subscriber.bind('tcp://127.0.0.1:*')
  const first = subscriber.receive() // sockets look for connections only meanwhile
  publisher.connect(subscriber.lastEndpoint ?? '')
  await publisher.receive()
  await publisher.send('first')
  await first
  return { subscriber, publisher }
}

const skip = process.platform !== 'linux' && 'how much memory is touched depends on the allocator'

test(
  'a small message keeps its own bytes, not all that libzmq makes for a read',
  { skip },
  async t => {
    const { subscriber, publisher } = await connectPair(t)
    const kept: Buffer[] = []
    const text = 'x'.repeat(300)
    const before = process.memoryUsage.rss()
    for (let message = 0; message < 6000; message++) {
      const received = subscriber.receive()
      await publisher.send(text)
      kept.push(...(await received))
    }
    const mib = (process.memoryUsage.rss() - before) / 1024 / 1024
    t.equal(kept.length, 6000)
    t.ok(mib < 40, `${mib.toFixed(0)} MiB`)
  }
)

test('without a timeout an error says that no message is there', async t => {
  const { subscriber, publisher } = await connectPair(t)
  const receive = async (): Promise<string> => {
    try {
      return String(await subscriber.receive())
    } catch (error) {
      return isEmpty(subscriber, error) ? 'none' : 'another error'
    }
  }
  subscriber.receiveTimeout = 0
  t.equal(await receive(), 'none')
  await publisher.send('second')
  let found = await receive()
  while (found === 'none') {
    await new Promise(resolve => setImmediate(resolve))
    found = await receive()
  }
  t.equal(found, 'second')
  t.equal(await receive(), 'none')
  subscriber.close()
  t.equal(await receive(), 'another error', 'a closed socket is not an empty one')
})

test('other sockets of the context are made as ever', async t => {
  const options = context as unknown as { getBoolOption(option: number): boolean }
  openCopyingSubscriber(context).close()
  t.equal(options.getBoolOption(10), true)
})
