/** With real sockets: what libzmq asks, and what it makes of the answers. */
import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { Context, Dealer, XPublisher, XSubscriber } from 'zeromq'
import { allowAnyClient } from '../../../lib/collector/access/zap-handler.ts'
import { createKeyPair, toFingerprint, toKeyBytes } from '../../../lib/curve/keys.ts'
import { connectCurve, openServerSocket, startCurveServer } from '../../helpers/curve.ts'
import { waitFor } from '../../helpers/wait.ts'

const seed = 13
const alice = createKeyPair()
const mallory = createKeyPair()
const authorizeAlice = (key: string): string | undefined =>
  key === alice.publicKey ? 'alice' : undefined

test('an authorized client gets in', async t => {
  const { address, keys, handler, messages, refused } = await startCurveServer(t, authorizeAlice)
  const client = connectCurve(t, { address, serverKey: keys.publicKey }, alice)
  await waitFor(() => client.entries === 1, 'the subscription')
  await client.socket.send(['topic', 'line'])
  await waitFor(() => messages.length === 1, 'the message')
  t.strictSame(messages, ['topic line'])
  t.strictSame(handler.counts, { allowed: 1, refused: 0 })
  t.strictSame(refused, [])
})

test('an unknown client is refused, told with fingerprint and IP, and never tries again', async t => {
  const { address, keys, handler, refused } = await startCurveServer(t, authorizeAlice)
  const client = connectCurve(t, { address, serverKey: keys.publicKey }, mallory)
  await waitFor(() => client.events.includes('disconnect'), 'the refusal')
  const fingerprint = toFingerprint(mallory.publicKey)
  t.match(refused, [{ fingerprint, address: /^127\./, reason: 'key not authorized' }])
  t.notMatch(JSON.stringify(refused), mallory.publicKey)
  // Nor does it while another client comes and goes; a client that libzmq connects again does so after 50 ms.
  const other = connectCurve(t, { address, serverKey: createKeyPair().publicKey }, alice)
  await waitFor(() => other.events.filter(type => type === 'connect:retry').length >= 4, 'retries')
  t.strictSame(client.events.filter(type => type.startsWith('connect')).length, 2, 'delay, connect')
  t.ok(client.events.includes('handshake:error:auth'))
  t.equal(client.entries, 0)
  t.strictSame(handler.counts, { allowed: 0, refused: 1 })
})

test('a client with the wrong server key, or without CURVE, never reaches the handler', async t => {
  const { address, handler } = await startCurveServer(t, allowAnyClient)
  const wrong = connectCurve(t, { address, serverKey: createKeyPair().publicKey }, alice)
  const plain = new XPublisher()
  t.teardown(() => plain.close())
  const types: string[] = []
  void (async () => {
    for await (const { type } of plain.events) types.push(type)
  })()
  plain.connect(address)
  await waitFor(() => wrong.events.some(type => type === 'handshake:error:other'), 'its failure')
  await waitFor(() => types.some(type => type.startsWith('handshake:error')), 'the plain failure')
  t.equal(wrong.entries, 0)
  t.strictSame(handler.counts, { allowed: 0, refused: 0 })
})

test('where any client may connect, its name is the fingerprint of its key', async t => {
  const { address, keys, handler } = await startCurveServer(t, allowAnyClient)
  const client = connectCurve(t, { address, serverKey: keys.publicKey }, mallory)
  await waitFor(() => client.entries === 1, 'the subscription')
  t.strictSame(handler.counts, { allowed: 1, refused: 0 })
  t.equal(allowAnyClient(mallory.publicKey), toFingerprint(mallory.publicKey))
})

test('a client that was revoked is cut off with another socket, and not let in again', async t => {
  let isRevoked = false
  const { address, keys, cutOff, messages, refused } = await startCurveServer(t, key =>
    isRevoked && key === alice.publicKey ? undefined : 'somebody'
  )
  const client = connectCurve(t, { address, serverKey: keys.publicKey }, alice)
  const other = connectCurve(t, { address, serverKey: keys.publicKey }, mallory)
  await waitFor(() => client.entries === 1 && other.entries === 1, 'the subscriptions')
  isRevoked = true
  await client.socket.send('still connected')
  await waitFor(() => messages.length === 1, 'libzmq asks once a connection: this one lives on')
  await cutOff()
  await waitFor(() => client.events.includes('handshake:error:auth'), 'the refusal')
  await waitFor(() => other.entries === 2, 'the other one is in again')
  t.equal(refused.length, 1)
  t.equal(client.entries, 1)
})

test('an exception while deciding refuses the client', async t => {
  const { address, keys, refused } = await startCurveServer(t, () => {
    throw new Error('list is broken')
  })
  const client = connectCurve(t, { address, serverKey: keys.publicKey }, alice)
  await waitFor(() => client.events.includes('handshake:error:auth'), 'the refusal')
  t.match(refused, [{ reason: 'cannot decide: list is broken' }])
})

test('without a handler any key gets in; with the domain that secure() sets, nobody does', async t => {
  for (const [zapDomain, zapEnforceDomain, getsIn] of [
    [null, false, true],
    ['zmq-pub', false, true],
    [null, true, true],
    ['zmq-pub', true, false]
  ] as const) {
    const socket = openServerSocket(new Context())
    t.teardown(() => socket.close())
    const keys = createKeyPair()
    socket.curveServer = true
    socket.curveSecretKey = keys.secretKey.reveal()
    if (zapDomain !== null) socket.zapDomain = zapDomain
    socket.zapEnforceDomain = zapEnforceDomain
    await socket.bind('tcp://127.0.0.1:*')
    void socket.receive().catch(() => undefined)
    const server = { address: String(socket.lastEndpoint), serverKey: keys.publicKey }
    const client = connectCurve(t, server, mallory)
    if (getsIn) await waitFor(() => client.entries === 1, 'the subscription')
    else {
      const retries = (): number => client.events.filter(type => type === 'connect:retry').length
      await waitFor(() => retries() >= 2, 'it tries again by itself')
      t.equal(client.entries, 0)
    }
  }
})

test('once the handler is closed nobody gets in, and who is in stays in', async t => {
  const { address, keys, handler, messages } = await startCurveServer(t, allowAnyClient)
  const server = { address, serverKey: keys.publicKey }
  const early = connectCurve(t, server, alice)
  await waitFor(() => early.entries === 1, 'the subscription')
  await handler.close()
  const late = connectCurve(t, server, mallory)
  await waitFor(() => late.events.includes('connect:retry'), 'the failure')
  await early.socket.send('line')
  await waitFor(() => messages.length === 1, 'the message')
  t.equal(late.entries, 0)
})

test('sockets of another Context are refused, for they would ask nobody', async t => {
  const { handler } = await startCurveServer(t, allowAnyClient)
  const socket = new XSubscriber()
  t.teardown(() => socket.close())
  t.throws(() => handler.secure(socket, alice.secretKey), /not of this Context/)
})

const noIpc = process.platform !== 'linux' && 'only Linux tells who the peer is'

test('over ipc the address is user, group and process of the peer', { skip: noIpc }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'zap-')) // testdir() is too long for a socket's path
  t.teardown(() => rmSync(folder, { recursive: true }))
  const bind = `ipc://${join(folder, 's')}`
  const { keys, refused } = await startCurveServer(t, authorizeAlice, bind)
  const client = connectCurve(t, { address: bind, serverKey: keys.publicKey }, mallory)
  await waitFor(() => client.events.includes('handshake:error:auth'), 'the refusal')
  const self = `localhost:${process.getuid?.()}:${process.getgid?.()}:${process.pid}`
  t.equal(refused[0]?.address, self)
})

/** A request as libzmq makes it, behind the empty frame. */
const valid: (string | Buffer)[] = [
  '1.0',
  '1',
  'zmq-pub',
  '192.0.2.1',
  '',
  'CURVE',
  toKeyBytes(alice.publicKey)
]

function change(index: number, frame: string | Buffer): (string | Buffer)[] {
  return valid.with(index, frame)
}

const requests: [what: string, frames: (string | Buffer)[], status: string, reason?: string][] = [
  ['the valid one', valid, '200'],
  ['another version', change(0, '1.1'), '400', 'not ZAP 1.0'],
  ['another domain', change(2, 'global'), '400', 'another ZAP domain'],
  ['no domain', change(2, ''), '400', 'another ZAP domain'],
  ['NULL', change(5, 'NULL').slice(0, 6), '400', 'no CURVE'],
  ['NULL with a key', change(5, 'NULL'), '400', 'no CURVE'],
  ['PLAIN', [...change(5, 'PLAIN').slice(0, 6), 'user', 'password'], '400', 'no CURVE'],
  ['no key', valid.slice(0, 6), '400', 'no CURVE key'],
  ['a short key', change(6, Buffer.alloc(31)), '400', 'no CURVE key'],
  ['a long key', change(6, Buffer.alloc(33)), '400', 'no CURVE key'],
  ['a key as text', change(6, alice.publicKey), '400', 'no CURVE key'],
  ['another key', change(6, Buffer.alloc(32)), '400', 'key not authorized'],
  ['two keys', [...valid, toKeyBytes(alice.publicKey)], '400', 'no CURVE key'],
  ['nothing', [], '400', 'not ZAP 1.0'],
  ['a version', ['1.0'], '400', 'another ZAP domain']
]

test('each request gets an answer, and only the valid one is allowed', async t => {
  const { handler, refused } = await startCurveServer(t, authorizeAlice)
  const ask = openAsker(handler.context)
  t.teardown(() => ask.close())
  for (const [what, frames, status, reason] of requests) {
    const reply = await ask.ask(frames)
    t.strictSame(
      reply.slice(1).map(String),
      [
        '1.0',
        String(frames[1] ?? ''),
        status,
        status === '200' ? 'OK' : 'not authorized',
        status === '200' ? 'alice' : '',
        ''
      ],
      what
    )
    const [refusal] = refused.splice(0)
    if (reason !== undefined && refusal) t.equal(refusal.reason, reason, what)
  }
  t.equal(handler.counts.refused, requests.length - 1)
})

test('whatever is asked is answered', async t => {
  const { handler } = await startCurveServer(t, authorizeAlice)
  const ask = openAsker(handler.context)
  t.teardown(() => ask.close())
  const frame = fc.oneof(
    fc.constantFrom(...valid),
    fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))
  )
  const frames = fc.array(frame, { maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(frames, async given => {
      const reply = await ask.ask(given)
      return reply.length === 7 && reply[3]?.toString() === '400'
    }),
    { seed, numRuns: 300 }
  )
})

test('an address that goes into the log has no control characters and an end', async t => {
  const { handler, refused } = await startCurveServer(t, authorizeAlice)
  const ask = openAsker(handler.context)
  t.teardown(() => ask.close())
  await ask.ask(change(6, Buffer.alloc(32)).with(3, `\n\u001B${'x'.repeat(100)}`))
  await waitFor(() => refused.length > 0, 'the refusal')
  t.equal(refused[0]?.address, `??${'x'.repeat(62)}`)
})

/** Asks a handler as libzmq does. */
function openAsker(context: Context) {
  const socket = new Dealer({ context })
  socket.linger = 0
  socket.connect('inproc://zeromq.zap.01')
  return {
    close: () => socket.close(),
    async ask(frames: (string | Buffer)[]): Promise<Buffer[]> {
      await socket.send(['', ...frames])
      return socket.receive()
    }
  }
}

test('many clients that are cut off at once all get in again', async t => {
  const { address, keys, cutOff, handler } = await startCurveServer(t, allowAnyClient)
  const server = { address, serverKey: keys.publicKey }
  const clients = Array.from({ length: 60 }, () => connectCurve(t, server, createKeyPair()))
  await waitFor(() => clients.every(({ entries }) => entries === 1), 'all subscriptions')
  await cutOff()
  await waitFor(() => clients.every(({ entries }) => entries === 2), 'all to be in again')
  t.strictSame(handler.counts, { allowed: 120, refused: 0 })
})
