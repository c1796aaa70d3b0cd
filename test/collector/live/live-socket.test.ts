import { existsSync, rmSync } from 'node:fs'
import { test, type Test } from 'tap'
import { Subscriber, XSubscriber } from 'zeromq'
import {
  LiveSocket,
  maxSubscriptionBytes,
  sendHighWaterMark
} from '../../../lib/collector/live/live-socket.ts'
import { maxSubscriptions, Watchers } from '../../../lib/collector/live/watchers.ts'
import { encodeLiveFilter, maxFilterBytes } from '../../../lib/wire/live-filter.ts'
import { encodeSubscription } from '../../../lib/wire/subscription.ts'
import { makeSocketPath } from '../../helpers/ipc.ts'
import { loopback } from '../../helpers/loopback.ts'
import { waitFor } from '../../helpers/wait.ts'

/** A live socket, and what it has told. */
async function openSocket(t: Test, address = `tcp://${loopback}:*`) {
  const watchers = new Watchers()
  const told: string[] = []
  const socket = await LiveSocket.open([address], undefined, watchers, {
    onIpcFileLost: (_address, isRepaired) => told.push(`lost, repaired: ${isRepaired}`),
    onCannotListen: (_address, why) => told.push(why),
    onTooManySubscriptions: () => told.push('too many')
  })
  t.teardown(() => socket.close())
  return { socket, watchers, told, address: socket.addresses[0] ?? '' }
}

/** Connects, and subscribes to all. */
function watch(t: Test, address: string): Subscriber {
  const subscriber = new Subscriber()
  t.teardown(() => subscriber.close())
  subscriber.linger = 0
  subscriber.reconnectInterval = 20
  subscriber.subscribe('')
  subscriber.connect(address)
  return subscriber
}

/** Whether less than `count` messages are there. */
async function isMissing(subscriber: Subscriber, count: number): Promise<boolean> {
  subscriber.receiveTimeout = 500
  try {
    for (let received = 0; received < count; received++) await subscriber.receive()
    return false
  } catch {
    return true
  }
}

test('a message reaches who watches; who comes and goes is noticed', async t => {
  const { socket, watchers, address } = await openSocket(t)
  t.notOk(watchers.isWatched)
  socket.publish('shop.INFO', 'nobody is there')
  const subscriber = watch(t, address)
  await waitFor(() => watchers.isWatched, 'a watcher')
  socket.publish('shop.INFO', 'text')
  t.strictSame((await subscriber.receive()).map(String), ['shop.INFO', 'text'])
  subscriber.close()
  await waitFor(() => !watchers.isWatched, 'the end of the watcher')
})

test('a watcher that does not read misses messages; sending goes on, and others get all', async t => {
  const { socket, watchers, address } = await openSocket(t)
  const idle = watch(t, address)
  idle.receiveHighWaterMark = 1
  await waitFor(() => watchers.isWatched, 'the idle one')
  const text = 'x'.repeat(16 * 1024)
  const sent = 2 * sendHighWaterMark
  const startedAt = performance.now()
  for (let index = 0; index < sent; index++) socket.publish(`${index}`, text)
  t.ok(performance.now() - startedAt < 30_000)
  const other = watch(t, address)
  await waitFor(() => {
    socket.publish('probe', '')
    return other.readable
  }, 'the other one')
  t.ok(await isMissing(idle, sent), 'the idle one has missed some')
})

test('all are disconnected, and connect again', async t => {
  const { socket, watchers, address } = await openSocket(t)
  const subscriber = watch(t, address)
  await waitFor(() => watchers.isWatched, 'a watcher')
  const received = subscriber.receive() // libzmq does nothing for a socket that nobody uses
  await socket.cutOff()
  t.strictSame(socket.addresses, [address])
  await waitFor(() => watchers.isWatched, 'the same watcher')
  socket.publish('a', 'again')
  t.match((await received).map(String), ['a', 'again'])
})

test('watchers with subscriptions without end are disconnected', async t => {
  const { watchers, told, address } = await openSocket(t)
  const subscriber = new XSubscriber()
  t.teardown(() => subscriber.close())
  subscriber.linger = 0
  subscriber.sendHighWaterMark = 0 // or it would drop subscriptions
  subscriber.connect(address)
  for (let index = 0; index <= maxSubscriptions; index++)
    await subscriber.send(encodeSubscription(Buffer.from(`topic ${index}`)))
  await waitFor(() => told.includes('too many'), 'a word about it', 20_000)
  subscriber.close()
  await waitFor(() => !watchers.isWatched, 'the end')
})

test('the longest filter fits into a frame, and a longer subscription ends the connection', async t => {
  const { watchers, address } = await openSocket(t)
  const filter = { level: 0, hosts: [], topics: [] }
  const { length } = encodeLiveFilter({ ...filter, apps: [''] })
  const longest = encodeLiveFilter({ ...filter, apps: ['x'.repeat(maxFilterBytes - length)] })
  t.equal(longest.length, maxFilterBytes)
  const subscriber = watch(t, address)
  subscriber.subscribe(longest)
  const source = { root: 'shop', app: 'shop', host: '' }
  await waitFor(() => watchers.isWatched && !watchers.interestIn(source), 'the filter')
  let ends = 0
  void (async () => {
    for await (const { type } of subscriber.events) if (type === 'disconnect') ends++
  })()
  subscriber.subscribe('x'.repeat(maxSubscriptionBytes))
  await waitFor(() => ends > 0, 'the end of the connection')
})

test('an address that is taken is an error', async t => {
  const { address } = await openSocket(t)
  await t.rejects(openSocket(t, address), {
    code: 'ERR_ZMQ_PUB_ADDRESS',
    message: `ERR_ZMQ_PUB_ADDRESS: cannot use ${address}: the port is in use; stop the other program or choose another port`
  })
})

test('a socket file that was deleted is made again', async t => {
  const path = makeSocketPath(t)
  const { socket, told } = await openSocket(t, `ipc://${path}`)
  t.ok(existsSync(path))
  rmSync(path)
  await socket.checkIpcFiles()
  t.strictSame(told, ['lost, repaired: true'])
  t.ok(existsSync(path))
})
