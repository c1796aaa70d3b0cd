import { createServer, type AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { XSubscriber } from 'zeromq'
import type { CheckRequest } from '../../lib/cli/check-arguments.ts'
import { check } from '../../lib/cli/check.ts'
import { encodeAcks } from '../../lib/wire/acks.ts'
import { toPublicId } from '../../lib/wire/id.ts'
import { encodeMarkers } from '../../lib/wire/marker.ts'
import { decodeMessage } from '../../lib/wire/message.ts'
import { encodeSubscription } from '../../lib/wire/subscription.ts'
import { startCollector } from '../helpers/collector.ts'
import { findFreeAddress } from '../helpers/free-address.ts'
import { loopback } from '../helpers/loopback.ts'

function run(address: string, more: Partial<CheckRequest> = {}) {
  const nameOf = (name: string): string => `the flag of ${name}`
  return check({ address, timeoutMs: 60_000, curve: undefined, nameOf, ...more })
}

/** Listens, and sends this to whoever connects. */
async function listen(t: Test, text: string): Promise<string> {
  const server = createServer(client => {
    t.teardown(() => client.destroy())
    client.on('error', () => undefined).write(text)
  })
  await new Promise<void>(resolve => void server.listen(0, loopback, resolve))
  t.teardown(() => server.close())
  return `tcp://${loopback}:${(server.address() as AddressInfo).port}`
}

test('a collector answers, and writes and remembers nothing of the check', async t => {
  const { address, collector, read } = await startCollector(t)
  const { isAnswered, text } = await run(address)
  t.equal(isAnswered, true)
  t.match(text, /^tcp:\/\/[\d.]+:\d+: the collector answers \(not encrypted, \d+ ms\)$/)
  t.equal(read(), '')
  t.equal(collector.totals.records, 0)
})

test('a check says that it is one, asks for an ack, and says goodbye for ever', async t => {
  const socket = new XSubscriber()
  socket.linger = 0
  t.teardown(() => socket.close())
  for (const topic of [Buffer.from('shop'), ...encodeMarkers()]) {
    await socket.send(encodeSubscription(topic))
  }
  await socket.bind(`tcp://${loopback}:*`)
  const checking = run(String(socket.lastEndpoint))
  const frames = await socket.receive()
  const hello = decodeMessage(frames)
  t.match(JSON.parse(String(hello?.payload)), { app: 'check', check: true })
  t.equal(String(frames[0]).split('\0')[0], 'shop', 'a topic that the collector has subscribed to')
  const senderId = toPublicId(hello?.header.senderId ?? '')
  await socket.send(encodeAcks('8 bytes.', [{ senderId: 'f'.repeat(16), seq: 0 }]))
  await socket.send(encodeAcks('8 bytes.', [{ senderId, seq: 0 }]))
  t.match(await checking, { isAnswered: true })
  const bye = decodeMessage(await socket.receive())
  t.equal(bye?.header.kind, 'bye')
  t.equal(String(bye?.payload), '{"final":true}')
})

const others: [what: string, open: (t: Test) => Promise<string>, text: RegExp][] = [
  ['nothing', () => findFreeAddress(), /: nothing listens there; start the collector/],
  ['an HTTP server', t => listen(t, 'HTTP/1.1 400 Bad Request\r\n\r\n'), /: an HTTP server answers/]
]

test('other programs, and none, are told apart from a collector long before the time is over', async t => {
  const checks = others.map(async ([what, open, expected]) => {
    const { isAnswered, text } = await run(await open(t))
    t.equal(isAnswered, false, what)
    t.match(text, expected)
  })
  await Promise.all(checks)
})

test('what says nothing is given up when the time is over', async t => {
  const { isAnswered, text } = await run(await listen(t, ''), { timeoutMs: 20 })
  t.equal(isAnswered, false)
  t.match(text, /, but nothing answers; /)
})

test('an address that cannot be used is an error that names its flag', async t => {
  for (const address of ['logs:5558', 'tcp://logs', 'tcp://logs:0x16', 'http://logs:5558', '']) {
    await t.rejects(run(address), { message: /^ERR_ZMQ_PUB_\w+: --address / }, `'${address}'`)
  }
})

test('keys that cannot be used are an error that names where they came from', async t => {
  await t.rejects(run('tcp://127.0.0.1:1', { curve: { serverKey: 'x' } }), {
    code: 'ERR_ZMQ_PUB_OPTION',
    message: /: the flag of curve\.secretKeyFile must be given: .* keygen creates one$/
  })
  const curve = { serverKeyFile: '/nowhere/a.key', secretKeyFile: '/nowhere/b' }
  await t.rejects(run('tcp://127.0.0.1:1', { curve }), {
    code: 'ERR_ZMQ_PUB_KEY',
    message: /cannot read \/nowhere\//
  })
})
