/** A transport with keys: who gets its lines, and what it says where they aren't taken. */
import { test, type Test } from 'tap'
import { XSubscriber } from 'zeromq'
import { createKeyPair, toFingerprint } from '../../lib/curve/keys.ts'
import { pauses } from '../../lib/transport/connection/reachability.ts'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { parseTransportOptions, type TransportOptions } from '../../lib/transport/options.ts'
import { TransportStream } from '../../lib/transport/transport-stream.ts'
import { startCurveServer } from '../helpers/curve.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { loopback } from '../helpers/loopback.ts'
import { waitFor } from '../helpers/wait.ts'

Object.assign(pauses, {
  firstProbeMs: 200,
  unreachableMs: 1000,
  reconnectMs: 500,
  refusedMs: 500,
  graceMs: 300
})

const keys = createKeyPair()
const ownKeys = { publicKey: keys.publicKey, secretKey: keys.secretKey.reveal() }

type Unreachable = TransportEvents['unreachable']

async function openStream(t: Test, options: TransportOptions) {
  const unreachable: Unreachable[] = []
  const undelivered: string[] = []
  const all = { closeTimeoutMs: 0, reconnectMaxIntervalMs: 100, topic: 'shop', ...options }
  const stream = await TransportStream.open(parseTransportOptions(all), (name, detail) => {
    if (name === 'unreachable') unreachable.push(detail as Unreachable)
    if (name === 'undelivered') undelivered.push((detail as TransportEvents['undelivered']).why)
  })
  const close = (): Promise<void> =>
    new Promise(resolve => void stream.once('close', resolve).end())
  t.teardown(() => (stream.destroyed ? undefined : close()))
  return { stream, unreachable, undelivered, close }
}

async function startPlainServer(t: Test, bind: string): Promise<string> {
  const socket = new XSubscriber()
  t.teardown(() => socket.close())
  await socket.bind(bind)
  void socket.send(Buffer.of(1))
  socket.receive().catch(() => undefined) // a socket that doesn't receive takes no connections
  return String(socket.lastEndpoint)
}

const line = '{"level":30,"msg":"paid"}'

test('a server that takes the key gets the lines', async t => {
  const server = await startCurveServer(t, key => (key === keys.publicKey ? 'shop' : undefined))
  const curve = { serverKey: server.keys.publicKey, ...ownKeys }
  const { stream, unreachable } = await openStream(t, { address: server.address, curve })
  stream.write(`${line}\n`)
  await waitFor(() => server.messages.includes(`shop.INFO ${line}\n`), 'the line')
  t.strictSame([unreachable, server.refused], [[], []])
})

const other = createKeyPair()

const misfits: [
  what: string,
  serverMode: 'secure' | 'plain',
  curve: object | undefined,
  why: RegExp
][] = [
  [
    'a key that is not in the list',
    'secure',
    ownKeys,
    new RegExp(
      `accept this app's key \\(fingerprint ${toFingerprint(keys.publicKey)}\\): add its public key to the collector's --authorized-keys$`
    )
  ],
  [
    'the key of another server',
    'secure',
    { ...ownKeys, serverKey: other.publicKey },
    new RegExp(`has another key than .* \\(fingerprint ${toFingerprint(other.publicKey)}\\): give`)
  ],
  [
    'no key',
    'secure',
    undefined,
    /takes only encrypted connections: give the option curve, .*keygen/
  ],
  [
    'a key for a server that has none',
    'plain',
    { ...ownKeys, serverKey: other.publicKey },
    /isn't encrypted: start the collector with --curve-secret-key, or leave out the option curve$/
  ]
]

for (const [what, serverMode, curve, why] of misfits) {
  test(`${what}: the event and the end say what doesn't fit; nothing is sent`, async t => {
    const server = await startCurveServer(t, () => undefined)
    const address =
      serverMode === 'secure' ? server.address : await startPlainServer(t, `tcp://${loopback}:*`)
    const { stream, unreachable, undelivered, close } = await openStream(t, {
      address,
      ...(curve && { curve: { serverKey: server.keys.publicKey, ...curve } })
    })
    stream.write(`${line}\n`)
    const [event] = await waitFor(() => unreachable.length > 0 && unreachable, 'the event')
    t.match(event, { addresses: [address], heldRecords: 1, isKeyRefused: true })
    t.match(event?.why, why)
    t.ok(event?.why.startsWith(`${address} answers, but `))
    t.ok((event?.silentMs ?? 0) >= 1000)
    await close()
    t.strictSame(undelivered, [event?.why])
    t.strictSame([unreachable.length, server.messages], [1, []])
  })
}

test('an app that ends before it has said anything says at its end what does not fit', async t => {
  const server = await startCurveServer(t, () => undefined)
  const curve = { serverKey: server.keys.publicKey, ...ownKeys }
  const options = { address: server.address, curve, closeTimeoutMs: 1500 }
  const { stream, undelivered, close } = await openStream(t, options)
  stream.write(`${line}\n`)
  await close()
  t.match(undelivered, [/doesn't accept this app's key/])
})

test('a key that is added later gets in by itself, and no line is lost', async t => {
  const authorized = new Set<string>()
  const server = await startCurveServer(t, key => (authorized.has(key) ? 'shop' : undefined))
  const curve = { serverKey: server.keys.publicKey, ...ownKeys }
  const { stream, unreachable } = await openStream(t, { address: server.address, curve })
  stream.write(`${line}\n`)
  await waitFor(() => unreachable.length > 0, 'the event')
  const { refused } = server.handler.counts
  await waitFor(() => server.handler.counts.refused > refused + 1, 'more attempts')
  authorized.add(keys.publicKey)
  await waitFor(() => server.messages.includes(`shop.INFO ${line}\n`), 'the line')
  t.equal(unreachable.length, 1, 'it was said once')
})

test('who was not there at first and then refuses is told of again', async t => {
  const address = await findFreeAddress()
  const { unreachable } = await openStream(t, {
    address,
    curve: { serverKey: other.publicKey, ...ownKeys }
  })
  await waitFor(() => unreachable.length === 1, 'the event')
  t.match(unreachable, [{ isKeyRefused: false, why: `nothing listens at ${address}` }])
  await startPlainServer(t, address)
  await waitFor(() => unreachable.length === 2, 'another event')
  t.match(unreachable[1], { isKeyRefused: true, why: /isn't encrypted/ })
})
