/** What a probe finds at an address, of libzmq's sockets and of others. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type Test } from 'tap'
import { Publisher as PublisherSocket, Subscriber, XSubscriber } from 'zeromq'
import { createKeyPair } from '../../../lib/curve/keys.ts'
import { probe, type Finding } from '../../../lib/transport/connection/probe.ts'
import { startCurveServer } from '../../helpers/curve.ts'
import { findFreeAddress } from '../../helpers/free-address.ts'
import { makeSocketPath } from '../../helpers/ipc.ts'
import { loopback } from '../../helpers/loopback.ts'

const { publicKey } = createKeyPair()

/** A server that is no ZeroMQ. @returns its address */
async function startServer(t: Test, onConnection: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => undefined))
    onConnection(socket)
  })
  server.listen(0, loopback)
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `tcp://${loopback}:${(server.address() as AddressInfo).port}`
}

/** A probe keeps no process alive, so this does. */
async function find(address: string, serverKey?: string): Promise<Finding> {
  const alive = setInterval(() => undefined, 1000)
  const found = await probe(address, serverKey).found
  clearInterval(alive)
  return found
}

for (const bind of [`tcp://${loopback}:*`, 'ipc://']) {
  test(`a secured server at ${bind} is found to know the key, or to have another`, async t => {
    const address = bind === 'ipc://' ? `ipc://${makeSocketPath(t)}` : bind
    const server = await startCurveServer(t, () => undefined, address)
    const { keys } = server
    t.strictSame(await find(server.address, keys.publicKey), { kind: 'knownServerKey' })
    t.strictSame(await find(server.address, publicKey), { kind: 'otherServerKey' })
    t.strictSame(await find(server.address), { kind: 'otherMechanism', mechanism: 'CURVE' })
    t.strictSame(server.handler.counts, { allowed: 0, refused: 0 }, 'no key was asked about')
  })
}

for (const Socket of [XSubscriber, Subscriber, PublisherSocket]) {
  test(`a plain ${Socket.name} is found to have no keys`, async t => {
    const socket = new Socket()
    t.teardown(() => socket.close())
    await socket.bind(`tcp://${loopback}:*`)
    const address = String(socket.lastEndpoint)
    t.strictSame(await find(address), { kind: 'plain' })
    t.strictSame(await find(address, publicKey), { kind: 'otherMechanism', mechanism: 'NULL' })
  })
}

test('a server with passwords is found to have another mechanism', async t => {
  const socket = new XSubscriber()
  t.teardown(() => socket.close())
  socket.plainServer = true
  await socket.bind(`tcp://${loopback}:*`)
  const expected = { kind: 'otherMechanism', mechanism: 'PLAIN' }
  t.strictSame(await find(String(socket.lastEndpoint), publicKey), expected)
})

test('nobody is found to be absent, with the reason', async t => {
  t.strictSame(await find(await findFreeAddress()), { kind: 'absent', code: 'ECONNREFUSED' })
  const missing = `ipc://${makeSocketPath(t)}`
  t.strictSame(await find(missing), { kind: 'absent', code: 'ENOENT' })
  t.match(await find('tcp://no-such-host.invalid:1'), { kind: 'absent', code: /^E[A-Z_]+$/ })
})

const greeting = Buffer.from(`ff00000000000000017f0300${'00'.repeat(52)}`, 'hex')
const others: [what: string, onConnection: (socket: Socket) => void, kind: string][] = [
  ['says nothing', () => undefined, 'silent'],
  ['ends at once', socket => socket.end(), 'silent'],
  ['resets', socket => socket.once('data', () => socket.resetAndDestroy()), 'silent'],
  ['speaks HTTP', socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'foreign'],
  [
    'is an old ZeroMQ',
    socket => socket.write(Buffer.from('ff00000000000000017f01', 'hex')),
    'foreign'
  ],
  ['stops in its greeting', socket => socket.end(greeting.subarray(0, 20)), 'foreign'],
  ['has no mechanism', socket => socket.write(greeting), 'otherMechanism'],
  ['sends without end', socket => void setInterval(() => socket.write('x'), 1).unref(), 'foreign']
]

for (const [what, onConnection, kind] of others) {
  test(`a server that ${what} is found to be ${kind}`, async t => {
    t.match(await find(await startServer(t, onConnection), publicKey), { kind })
  })
}

/** Python's, Go's and Apache's read a whole line first; some answer it without a line of status. */
for (const answer of ['HTTP/1.1 400 Bad Request\r\n\r\n', '<!DOCTYPE HTML>', '<html>']) {
  test(`an HTTP server that waits for a line and answers ${answer.trim()} is known`, async t => {
    const address = await startServer(t, socket =>
      socket.on('data', data => data.includes('\r\n\r\n') && socket.end(answer))
    )
    for (const key of [undefined, publicKey]) {
      t.strictSame(await find(address, key), { kind: 'foreign', isHttp: true })
    }
  })
}

test('a secured server that answers late is not said to have another key', async t => {
  const curve = Buffer.from(greeting)
  curve.write('CURVE', 12)
  const address = await startServer(t, socket =>
    socket.on('data', data => data.includes('\n') && socket.write(curve))
  )
  t.strictSame(await find(address, publicKey), { kind: 'silent' })
})

test('a server that goes on and on in place of WELCOME is left', async t => {
  const curve = Buffer.from(greeting)
  curve.write('CURVE', 12)
  const address = await startServer(t, socket => {
    socket.write(curve)
    socket.once('data', () => setInterval(() => socket.write('x'.repeat(100)), 1).unref())
  })
  t.strictSame(await find(address, publicKey), { kind: 'foreign', isHttp: false })
})

test('a probe can be stopped', async t => {
  const { found, stop } = probe(await startServer(t, () => undefined), publicKey)
  const alive = setInterval(() => undefined, 1000)
  stop()
  t.match(await found, { kind: /absent|silent/ })
  clearInterval(alive)
})
