/** `zmq-pub-collector check`, as a supervisor runs it. */
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { XSubscriber } from 'zeromq'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { encodeAcks } from '../../lib/wire/acks.ts'
import { toHexId, toPublicId } from '../../lib/wire/id.ts'
import { encodeMarkers } from '../../lib/wire/marker.ts'
import { decodeMessage } from '../../lib/wire/message.ts'
import { encodeSubscription } from '../../lib/wire/subscription.ts'
import { FakeGateway, FakeStream } from '../helpers/fake-gateway.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { makeSocketPath } from '../helpers/ipc.ts'
import { loopback } from '../helpers/loopback.ts'
import { startCollectorProgram, startProgram } from '../helpers/program.ts'
import { RawSender } from '../helpers/raw-sender.ts'

/** Runs a check to its end. @returns its exit code and its one line */
async function check(t: Test, address: string, args: string[] = []) {
  const all = ['check', '--address', address, ...args]
  const program = startProgram(t, 'collector.js', { args: all })
  const { code } = await program.exited
  const [stdout, stderr] = [program.stdout(), program.stderr()]
  t.equal(code === 0 ? stderr : stdout, '', 'only one of both has text')
  t.match(stdout + stderr, /^[^\n]+\n$/, 'one line')
  return { code, text: stdout + stderr }
}

/** A key pair as files. */
function makeKeys(folder: string, name: string) {
  return writeKeyPair(folder, name, createKeyPair())
}

test('a collector answers checks; they leave nothing in its log, in its own log and in its memory', async t => {
  const folder = t.testdir()
  const args = ['--file', join(folder, 'all.log'), '--rotate', 'never', '--topic', 'shop']
  const collector = await startCollectorProgram(t, args)
  const before = collector.entries().length
  const answers = await Promise.all([1, 2, 3].map(() => check(t, collector.address)))
  for (const { code, text } of answers) {
    t.equal(code, 0, text)
    t.match(text, /: the collector answers \(not encrypted, \d+ ms\)/)
  }
  t.equal(collector.entries().length, before, 'nothing is logged')
  t.equal(await collector.stop(), 0)
  t.equal(readFileSync(join(folder, 'all.log'), 'utf8'), '', 'nothing is written')
  t.match(await collector.waitForEntry('totals'), {
    senders: 0,
    busiest: [],
    totals: { records: 0, badMessages: 0, refusedMessages: 0 }
  })
})

test('a check says to which stream a gateway belongs', async t => {
  const { address, stream } = await FakeGateway.open(t, new FakeStream())
  const { code, text } = await check(t, address)
  t.equal(code, 0)
  t.match(text, `${address}: the gateway of the stream ${toHexId(stream.id)} answers`)
})

test('with CURVE a check needs a key that the collector knows, and the key of the collector', async t => {
  const folder = t.testdir()
  const own = makeKeys(folder, 'collector')
  const known = makeKeys(folder, 'check')
  const unknown = makeKeys(folder, 'stranger')
  const collector = await startCollectorProgram(t, [
    '--file',
    join(folder, 'all.log'),
    '--rotate',
    'never',
    '--curve-secret-key',
    own.secretPath,
    '--authorized-keys',
    known.publicPath
  ])
  const withKeys = (server: string, secret: string) => {
    const keys = ['--curve-server-key-file', server, '--curve-secret-key-file', secret]
    return check(t, collector.address, [...keys, '--timeout', '2'])
  }
  const before = collector.entries().length
  const right = await withKeys(own.publicPath, known.secretPath)
  t.equal(right.code, 0, right.text)
  t.match(right.text, /the collector answers \(encrypted, \d+ ms\)/)
  t.strictSame(collector.entries().slice(before), [], 'nothing is logged')
  const refused: [answer: { code: number | null; text: string }, text: RegExp][] = [
    [await withKeys(own.publicPath, unknown.secretPath), /refuses the key of this check .*--auth/],
    [await withKeys(unknown.publicPath, known.secretPath), /the collector has another key/],
    [await check(t, collector.address), /only encrypted connections; give --curve/]
  ]
  for (const [{ code, text }, expected] of refused) {
    t.equal(code, 1)
    t.match(text, expected)
  }
  const missing = await withKeys(join(folder, 'no.key'), known.secretPath)
  t.equal(missing.code, 2)
  t.match(missing.text, /^zmq-pub-collector: ERR_ZMQ_PUB_[A-Z]+: .*no such file/)
  t.equal(await collector.stop(), 0)
})

/** Listens until the end of the test. @returns its address */
async function listen(t: Test, server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, loopback, resolve))
  t.teardown(() => server.close())
  return `tcp://${loopback}:${(server.address() as AddressInfo).port}`
}

const others: [what: string, open: (t: Test) => Promise<string>, text: RegExp][] = [
  ['nothing', () => findFreeAddress(), /nothing listens there; start the collector/],
  ['an HTTP server', t => listen(t, createHttpServer()), /does not speak the protocol of ZeroMQ/],
  ['a program that says nothing', t => listen(t, createServer()), /nothing answers; the program/]
]

for (const [what, open, expected] of others) {
  test(`a check with ${what} at the port fails, and says so`, async t => {
    const { code, text } = await check(t, await open(t), ['--timeout', '1'])
    t.equal(code, 1)
    t.match(text, expected)
  })
}

/** A subscriber that is no collector of this package. */
async function openSubscriber(t: Test, topics: Buffer[]): Promise<[XSubscriber, string]> {
  const socket = new XSubscriber()
  socket.linger = 0
  t.teardown(() => socket.close())
  for (const topic of topics) await socket.send(encodeSubscription(topic))
  await socket.bind(`tcp://${loopback}:*`)
  return [socket, String(socket.lastEndpoint)]
}

test('a Python subscriber is not taken for a collector, nor is one of another version', async t => {
  const all = Buffer.alloc(0)
  const cases: [topics: Buffer[], text: string][] = [
    [[all], 'a ZeroMQ subscriber is there, but it is not a collector of zmq-pub'],
    [[all, ...encodeMarkers(), Buffer.from('\0zmq-pub/3')], 'wire version 3'],
    [[all, ...encodeMarkers()], 'acknowledged nothing']
  ]
  const checks = cases.map(async ([topics, text]) => {
    const [socket, address] = await openSubscriber(t, topics)
    socket.receive().catch(() => undefined) // libzmq does nothing for a socket that nobody uses
    t.match(await check(t, address, ['--timeout', '2']), { code: 1, text })
  })
  await Promise.all(checks)
})

test('a collector that takes the check for a sender gets a final bye, so that it forgets it', async t => {
  const [socket, address] = await openSubscriber(t, [Buffer.alloc(0), ...encodeMarkers()])
  const checking = check(t, address)
  const hello = decodeMessage(await socket.receive())
  t.match(JSON.parse(String(hello?.payload)), { app: 'check', check: true })
  const senderId = toPublicId(hello?.header.senderId ?? '')
  await socket.send(encodeAcks('8 bytes.', [{ senderId, seq: 0 }]))
  t.match(await checking, { code: 0 })
  const bye = decodeMessage(await socket.receive())
  t.match(bye?.header, { kind: 'bye', senderId: hello?.header.senderId })
  t.equal(String(bye?.payload), '{"final":true}')
})

test('a collector that cannot write passes the check: to restart it would help nobody', async t => {
  const folder = t.testdir({ 'all.log': 'not a folder' })
  const args = ['--file', join(folder, '{app}', 'all.log'), '--rotate', 'never']
  const collector = await startCollectorProgram(t, args)
  const sender = await RawSender.connect(t, collector.address)
  await sender.hello(1, { app: 'all.log' }) // so its folder is a file
  await sender.batch(1, 1, '{"msg":"one"}\n')
  await collector.waitForEntry('cannot write; trying again')
  t.match(await check(t, collector.address), { code: 0 })
})

test('an ipc address is checked, and one without a socket is unreachable', async t => {
  const address = `ipc://${makeSocketPath(t)}`
  t.match(await check(t, address), { code: 1, text: 'there is no such socket' })
  const args = ['--bind', address, '--file', join(t.testdir(), 'all.log'), '--rotate', 'never']
  await startCollectorProgram(t, args)
  t.match(await check(t, address), { code: 0 })
})
