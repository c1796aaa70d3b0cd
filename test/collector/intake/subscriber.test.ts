import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { XPublisher } from 'zeromq'
import { Subscriber, type SubscriberOptions } from '../../../lib/collector/intake/subscriber.ts'
import { maxFrameBytes } from '../../../lib/wire/limits.ts'
import { encodeMarkers } from '../../../lib/wire/marker.ts'
import { makeSocketPath } from '../../helpers/ipc.ts'
import { loopback } from '../../helpers/loopback.ts'
import { waitFor } from '../../helpers/wait.ts'

async function openSubscriber(t: Test, options: Partial<SubscriberOptions> = {}) {
  const received: string[][] = []
  const lost: [address: string, isRepaired: boolean][] = []
  const bind = [`tcp://${loopback}:*`]
  const subscriber = await Subscriber.open({ bind, connect: [], topic: [''], ...options })
  t.teardown(() => subscriber.close())
  subscriber.receive({
    onMessage: frames => received.push(frames.map(String)),
    onRoundEnd: () => undefined,
    onIpcFileLost: (address, isRepaired) => lost.push([address, isRepaired]),
    onCannotListen: (address, why) => t.fail(`cannot listen at ${address}: ${why}`)
  })
  return { subscriber, received, lost, address: subscriber.addresses[0] ?? '' }
}

/** A publisher that has received as many subscriptions. */
async function connectPublisher(t: Test, address: string, count: number) {
  const socket = new XPublisher()
  t.teardown(() => socket.close())
  socket.connect(address)
  const subscriptions: string[] = []
  while (subscriptions.length < count) subscriptions.push(String((await socket.receive())[0]))
  return { socket, subscriptions }
}

test('topics and the markers are subscribed to, and only their messages are received', async t => {
  const { address, received } = await openSubscriber(t, { topic: ['shop', 'bill'] })
  const { socket, subscriptions } = await connectPublisher(t, address, 4)
  t.strictSame(
    subscriptions.toSorted(),
    [
      '\u0001bill',
      '\u0001shop',
      ...encodeMarkers().map(marker => `\u0001${marker.toString()}`)
    ].toSorted()
  )
  await socket.send(['other', '1'])
  await socket.send(['shop.eu', '2', '3'])
  await waitFor(() => received.length > 0, 'a message')
  t.strictSame(received, [['shop.eu', '2', '3']])
})

test('a gateway announces its stream and its limit', async t => {
  const gateway = { streamId: 'stream-a', maxMessageBytes: 1e6 }
  const { address } = await openSubscriber(t, { gateway })
  const { subscriptions } = await connectPublisher(t, address, 3)
  const markers = encodeMarkers(1e6, 'stream-a')
  t.strictSame(
    subscriptions.toSorted(),
    ['\u0001', ...markers.map(marker => `\u0001${marker.toString()}`)].toSorted()
  )
})

test('a subscriber that takes nothing more ends all its subscriptions', async t => {
  const { subscriber, address } = await openSubscriber(t, { topic: ['shop'] })
  const { socket, subscriptions } = await connectPublisher(t, address, 3)
  subscriber.unsubscribe()
  const ended: string[] = []
  while (ended.length < 3) ended.push(String((await socket.receive())[0]))
  t.strictSame(ended.toSorted(), subscriptions.map(text => text.replace('\u0001', '\0')).toSorted())
})

test('a frame sent upstream reaches each publisher', async t => {
  const { subscriber, address } = await openSubscriber(t)
  const publishers = [await connectPublisher(t, address, 3), await connectPublisher(t, address, 3)]
  subscriber.sendUpstream(Buffer.from('\u0002ack'))
  for (const { socket } of publishers) t.equal(String((await socket.receive())[0]), '\u0002ack')
})

test('the addresses are those that are bound, with their ports', async t => {
  const { subscriber, address } = await openSubscriber(t, { connect: [`tcp://${loopback}:9`] })
  t.equal(subscriber.addresses.length, 1)
  t.match(address, new RegExp(`^tcp://${loopback.replaceAll('.', String.raw`\.`)}:[1-9]\\d*$`))
})

test('an address that can not be used is refused', async t => {
  const { address } = await openSubscriber(t)
  await t.rejects(openSubscriber(t, { bind: [address] }), {
    code: 'ERR_ZMQ_PUB_ADDRESS',
    message: /the port is in use/
  })
  await t.rejects(openSubscriber(t, { bind: ['tcp://no.such.host.invalid:1'] }), {
    code: 'ERR_ZMQ_PUB_ADDRESS',
    message: /cannot use tcp:\/\/no\.such/
  })
})

test('a closed subscriber ignores what is sent upstream', async t => {
  const { subscriber } = await openSubscriber(t)
  await subscriber.close()
  t.doesNotThrow(() => subscriber.sendUpstream(Buffer.from('ack')))
})

const skip = process.platform === 'win32' && 'libzmq has no ipc:// on Windows'

test('a socket file that somebody has deleted is made anew', { skip }, async t => {
  const path = makeSocketPath(t)
  const { subscriber, address, received, lost } = await openSubscriber(t, {
    bind: [`ipc://${path}`]
  })
  await subscriber.checkIpcFiles()
  t.strictSame(lost, [])
  const early = await connectPublisher(t, address, 1 + encodeMarkers().length)
  rmSync(path)
  await subscriber.checkIpcFiles()
  t.strictSame(lost, [[address, true]])
  const { socket } = await connectPublisher(t, address, 2)
  await socket.send(['topic', '1'])
  await waitFor(() => received.length > 0, 'a message')
  await subscriber.checkIpcFiles()
  t.equal(lost.length, 1)
  await early.socket.send(['topic', 'of one who was connected'])
  await waitFor(() => received.length > 1, 'its message')
  early.socket.receiveTimeout = 0
  await t.rejects(early.socket.receive(), { code: 'EAGAIN' }, 'its connection was not cut')
})

test('another process in the place of a socket is told of, and left alone', { skip }, async t => {
  const path = makeSocketPath(t)
  const { subscriber, address, lost } = await openSubscriber(t, { bind: [`ipc://${path}`] })
  rmSync(path)
  const other = createServer().listen(path)
  await once(other, 'listening')
  t.teardown(() => other.close())
  await subscriber.checkIpcFiles()
  t.strictSame(lost, [[address, false]])
  t.ok(existsSync(path))
})

test('a frame that is too large ends its connection, and no other', async t => {
  const { address, received } = await openSubscriber(t)
  const bad = await connectPublisher(t, address, 2)
  const good = await connectPublisher(t, address, 2)
  await bad.socket.send(['', Buffer.alloc(64 * 1024 * 1024 + 1)])
  await good.socket.send(['good', Buffer.alloc(64 * 1024 * 1024)])
  await waitFor(() => received.length > 0, 'a message')
  t.strictSame(
    received.map(([topic]) => topic),
    ['good']
  )
  await waitFor(async () => {
    await bad.socket.send(['bad', ''])
    return received.length > 1
  }, 'a message of its new connection')
})

test('a frame of 64 MiB is received, one byte more ends its connection', async t => {
  const sizes: number[] = []
  const subscriber = await Subscriber.open({
    bind: [`tcp://${loopback}:*`],
    connect: [],
    topic: ['']
  })
  t.teardown(() => subscriber.close())
  subscriber.receive({
    onMessage: ([frame]) => sizes.push(frame?.length ?? 0),
    onRoundEnd: () => undefined,
    onIpcFileLost: address => t.fail(address),
    onCannotListen: address => t.fail(address)
  })
  const { socket } = await connectPublisher(t, subscriber.addresses[0] ?? '', 3)
  const ends = waitForDisconnection(socket)
  await socket.send(Buffer.alloc(maxFrameBytes))
  await waitFor(() => sizes.length === 1, 'the message')
  await socket.send(Buffer.alloc(maxFrameBytes + 1))
  await ends
  t.strictSame(sizes, [maxFrameBytes])
})

async function waitForDisconnection(socket: XPublisher): Promise<void> {
  for await (const { type } of socket.events) if (type === 'disconnect') return
}

/** A subscriber, a publisher that is connected to it, and the messages of each round. */
async function openRounds(t: Test) {
  const rounds: string[][] = []
  let round: string[] = []
  const subscriber = await Subscriber.open({
    bind: [`tcp://${loopback}:*`],
    connect: [],
    topic: ['']
  })
  t.teardown(() => subscriber.close())
  subscriber.receive({
    onMessage: ([frame]) => round.push(String(frame?.subarray(0, 10))),
    onRoundEnd() {
      if (round.length > 0) rounds.push(round)
      round = []
    },
    onIpcFileLost: address => t.fail(address),
    onCannotListen: address => t.fail(address)
  })
  const { socket } = await connectPublisher(t, subscriber.addresses[0] ?? '', 2)
  return { subscriber, socket, rounds }
}

test('the first message after a silence is handled at once, those that come during the pause together', async t => {
  const { socket, rounds } = await openRounds(t)
  await socket.send('one')
  await waitFor(() => rounds.length > 0, 'the first round')
  await Promise.all(['two', 'three', 'four'].map(text => socket.send(text)))
  await waitFor(() => rounds.flat().length === 4, 'all messages')
  t.strictSame(rounds[0], ['one'])
  t.ok(rounds.length < 4, `${rounds.length} rounds`)
  await setTimeout(50)
  await socket.send('after a silence')
  await waitFor(() => rounds.flat().length === 5, 'one more')
})

test('during a pause the socket may be cut off or closed, and its last messages are in a round', async t => {
  const { subscriber, socket, rounds } = await openRounds(t)
  await socket.send('one')
  await waitFor(() => rounds.length > 0, 'a message')
  await subscriber.cutOff()
  await waitFor(async () => {
    await socket.send('two')
    return rounds.flat().includes('two')
  }, 'a message of the new connection')
  await subscriber.close()
  t.strictSame([...new Set(rounds.flat())], ['one', 'two'])
})

test('a flood is handled in rounds that end', async t => {
  const { socket, rounds } = await openRounds(t)
  for (let count = 0; count < 40; count++) await socket.send(Buffer.alloc(1024 * 1024, 'x'))
  await waitFor(() => rounds.flat().length === 40, 'all messages')
  t.ok(rounds.length > 3, `${rounds.length} rounds`)
})
