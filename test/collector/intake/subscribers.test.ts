import { existsSync } from 'node:fs'
import { test, type Test } from 'tap'
import { XPublisher } from 'zeromq'
import { ZapHandler } from '../../../lib/collector/access/zap-handler.ts'
import { Subscribers, type SubscribersOptions } from '../../../lib/collector/intake/subscribers.ts'
import { createKeyPair, type KeyPair } from '../../../lib/curve/keys.ts'
import { connectCurve, type CurveClient } from '../../helpers/curve.ts'
import { makeSocketPath } from '../../helpers/ipc.ts'
import { loopback } from '../../helpers/loopback.ts'
import { waitFor } from '../../helpers/wait.ts'

const alice = createKeyPair()
const bob = createKeyPair()

/** Each entry brings this many subscriptions: all topics, and the marker. */
const subscriptionsEach = 3

/** Sockets of a collector with keys, to which the keys in `authorized` may connect. */
async function openSubscribers(t: Test, options: Partial<SubscribersOptions> = {}) {
  const authorized = new Set([alice.publicKey, bob.publicKey])
  const serverKeys = createKeyPair()
  const handler = await ZapHandler.open(key => (authorized.has(key) ? 'somebody' : undefined), {
    onRefused: () => undefined,
    onMoreRefused: () => undefined
  })
  t.teardown(() => handler.close())
  const guard = {
    context: handler.context,
    secure: (socket: Parameters<ZapHandler['secure']>[0]) =>
      handler.secure(socket, serverKeys.secretKey)
  }
  const bind = [`tcp://${loopback}:*`]
  const defaults = { bind, bindPlain: bind, connect: [], topic: [''], guard }
  const subscribers = await Subscribers.open({ ...defaults, ...options })
  t.teardown(() => subscribers.close())
  const received: string[] = []
  const troubles: string[] = []
  subscribers.receive({
    onMessage: (frames, mode) => received.push(`${mode} ${frames.join(' ')}`),
    onRoundEnd: () => undefined,
    onIpcFileLost: address => troubles.push(`lost ${address}`),
    onCannotListen: (address, why) => troubles.push(`${address}: ${why}`)
  })
  const addressOf = (wanted: string): string =>
    subscribers.addresses.find(({ mode }) => mode === wanted)?.address ?? ''
  const secure = { address: addressOf('secure'), serverKey: serverKeys.publicKey }
  return { subscribers, received, troubles, authorized, secure, plain: addressOf('plain') }
}

/** Waits until a client has come in so many times. */
async function enter(client: CurveClient, times = 1): Promise<void> {
  const isIn = (): boolean => client.entries >= times * subscriptionsEach
  await waitFor(isIn, `entry ${times}`)
}

async function connectSecure(
  t: Test,
  server: { address: string; serverKey: string },
  keys: KeyPair
): Promise<CurveClient> {
  const client = connectCurve(t, server, keys)
  await enter(client)
  return client
}

/** A publisher without keys, and how many frames it has received. */
async function connectPlain(t: Test, address: string) {
  const socket = new XPublisher()
  t.teardown(() => socket.close())
  socket.linger = 0
  socket.verbosity = 'allSubs'
  const frames: string[] = []
  socket.connect(address)
  void (async () => {
    for await (const [frame] of socket) frames.push(String(frame))
  })()
  await waitFor(() => frames.length >= subscriptionsEach, 'the subscriptions')
  return { socket, frames }
}

test('each message is delivered with the mode of the address that it came by', async t => {
  const { secure, plain, received } = await openSubscribers(t)
  const client = await connectSecure(t, secure, alice)
  const other = await connectPlain(t, plain)
  await client.socket.send(['topic', 'one'])
  await waitFor(() => received.length === 1, 'the first message')
  await other.socket.send(['topic', 'two'])
  await waitFor(() => received.length === 2, 'the second message')
  t.strictSame(received, ['secure topic one', 'plain topic two'])
})

test('without a guard all is plain, and on one socket', async t => {
  const { subscribers, plain, received } = await openSubscribers(t, {
    guard: undefined,
    bindPlain: []
  })
  t.match(subscribers.addresses, [{ mode: 'plain' }])
  const { socket } = await connectPlain(t, plain)
  await socket.send(['topic', 'one'])
  await waitFor(() => received.length === 1, 'the message')
  t.strictSame(received, ['plain topic one'])
})

test('what is connected to is plain, also beside secure addresses', async t => {
  const publisher = new XPublisher()
  t.teardown(() => publisher.close())
  await publisher.bind(`tcp://${loopback}:*`)
  const connect = [String(publisher.lastEndpoint)]
  const { received } = await openSubscribers(t, { bindPlain: [], connect })
  for (let count = 0; count < subscriptionsEach; count++) await publisher.receive()
  await publisher.send(['topic', 'one'])
  await waitFor(() => received.length === 1, 'the message')
  t.strictSame(received, ['plain topic one'])
})

test('a frame sent upstream reaches senders of both modes', async t => {
  const { subscribers, secure, plain } = await openSubscribers(t)
  const client = await connectSecure(t, secure, alice)
  const other = await connectPlain(t, plain)
  subscribers.sendUpstream(Buffer.of(1)) // counted as an entry by the helper
  await waitFor(() => client.entries === subscriptionsEach + 1, 'the frame at the secure one')
  await waitFor(() => other.frames.length === subscriptionsEach + 1, 'the frame at the plain one')
})

test('a plain address that is in use leaves no secure socket open', async t => {
  const { plain } = await openSubscribers(t)
  const bind = [`tcp://${loopback}:*`]
  await t.rejects(openSubscribers(t, { bind, bindPlain: [plain] }), {
    code: 'ERR_ZMQ_PUB_ADDRESS'
  })
})

test('cutting off asks all clients again, at the same addresses, and leaves plain ones alone', async t => {
  const { subscribers, secure, plain, received, authorized } = await openSubscribers(t)
  const [first, second] = [
    await connectSecure(t, secure, alice),
    await connectSecure(t, secure, bob)
  ]
  const other = await connectPlain(t, plain)
  authorized.delete(alice.publicKey)
  await subscribers.cutOff()
  await enter(second, 2)
  await waitFor(() => first.events.includes('handshake:error:auth'), 'the refusal')
  t.equal(first.entries, subscriptionsEach)
  t.equal(other.frames.length, subscriptionsEach, 'the plain one has not come again')
  await first.socket.send(['topic', 'revoked'])
  await second.socket.send(['topic', 'again'])
  await other.socket.send(['topic', 'plain'])
  await waitFor(() => received.length === 2, 'two messages')
  t.strictSame(received.toSorted(), ['plain topic plain', 'secure topic again'])
})

test('a key that is revoked while connections are cut has none afterwards', async t => {
  const { subscribers, secure, authorized } = await openSubscribers(t)
  const client = await connectSecure(t, secure, bob)
  const cuts = Array.from({ length: 5 }, () => subscribers.cutOff())
  await enter(client, 2)
  authorized.delete(bob.publicKey)
  await Promise.all([...cuts, subscribers.cutOff()])
  await waitFor(() => client.events.includes('handshake:error:auth'), 'the refusal')
})

test('a subscriber may be closed while connections are cut', async t => {
  for (let turns = 0; turns < 6; turns++) {
    const { subscribers, secure, troubles } = await openSubscribers(t)
    await connectSecure(t, secure, alice)
    const cutting = subscribers.cutOff()
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    await subscribers.close()
    await cutting
    t.strictSame(troubles, [])
  }
})

const skip = process.platform === 'win32' && 'libzmq has no ipc:// on Windows'

test('a secure ipc address is bound anew, round after round', { skip }, async t => {
  const path = makeSocketPath(t)
  const { subscribers, secure } = await openSubscribers(t, { bind: [`ipc://${path}`] })
  const client = await connectSecure(t, secure, alice)
  for (let round = 2; round < 12; round++) {
    await subscribers.cutOff()
    await enter(client, round)
    t.ok(existsSync(path))
  }
})
