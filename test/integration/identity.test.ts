/** Who speaks for whom over encrypted connections: names that are pinned to keys, spools that belong to a key, ids that stay secret. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair, type KeyPair } from '../../lib/curve/keys.ts'
import { parseTransportOptions } from '../../lib/transport/options.ts'
import { toProof } from '../../lib/transport/proof.ts'
import { TransportStream } from '../../lib/transport/transport-stream.ts'
import { createHello, encodeHello } from '../../lib/wire/hello.ts'
import { createSenderId } from '../../lib/wire/id.ts'
import { encodeMessage, type MessageKind } from '../../lib/wire/message.ts'
import { readFolder, startCollector } from '../helpers/collector.ts'
import { connectCurve } from '../helpers/curve.ts'
import { waitFor } from '../helpers/wait.ts'

const server = createKeyPair()
const [shop, bill] = [createKeyPair(), createKeyPair()]

/** The keys of a collector, and of two apps that may connect, as files. */
function writeKeys(t: Test) {
  const folder = t.testdir()
  const clients = join(folder, 'clients')
  mkdirSync(clients)
  const { publicPath, secretPath } = writeKeyPair(folder, 'collector', server)
  for (const [name, pair] of [['shop', shop] as const, ['bill', bill] as const]) {
    writeKeyPair(folder, name, pair)
    copyFileSync(join(folder, `${name}.key`), join(clients, `${name}.key`))
  }
  return {
    folder,
    collectorOptions: { curveSecretKey: secretPath, authorizedKeys: clients },
    curveOf: (name: string) => ({
      serverKeyFile: publicPath,
      secretKeyFile: join(folder, `${name}.key_secret`)
    })
  }
}

/** A client of libzmq with these keys, which sends what it likes. */
async function connectRaw(t: Test, address: string, keys: KeyPair) {
  const client = connectCurve(t, { address, serverKey: server.publicKey }, keys)
  await waitFor(() => client.entries > 0, 'the subscriptions')
  const send = (
    senderId: string,
    kind: MessageKind,
    [first, count]: [number, number],
    payload: string
  ): Promise<void> =>
    client.socket.send(encodeMessage('', { kind, senderId, first, count }, payload))
  return { send, socket: client.socket, frames: client.frames }
}

/** A hello with the proof of a key. */
function prove(senderId: string, keyPair: KeyPair, app: string): string {
  const curve = { keyPair, serverKeys: [server.publicKey], warnings: [] }
  return encodeHello({ ...createHello(), app, ...toProof(senderId, curve) })
}

test('one client can neither take over the id of another nor send without a proof', async t => {
  const { collectorOptions } = writeKeys(t)
  const { address, collector, waitForLines } = await startCollector(t, collectorOptions)
  const honest = await connectRaw(t, address, shop)
  const thief = await connectRaw(t, address, bill)
  const id = createSenderId()
  const other = createSenderId()
  await honest.send(id, 'hello', [1, 0], prove(id, shop, 'shop'))
  await honest.send(id, 'batch', [1, 1], '{"msg":"honest 1"}\n')
  await waitForLines(1)
  await thief.send(id, 'hello', [5, 0], prove(id, bill, 'shop')) // its own key
  await thief.send(other, 'hello', [1, 0], prove(id, bill, 'shop')) // a proof for another id
  await thief.send(other, 'hello', [1, 0], encodeHello(createHello())) // none
  await waitFor(() => collector.totals.refusedMessages === 3, 'three refusals')
  await thief.send(other, 'batch', [1, 1], '{"msg":"forged"}\n')
  await thief.send(other, 'hello', [1, 0], prove(other, bill, 'bill'))
  await thief.send(other, 'batch', [1, 1], '{"msg":"its own"}\n')
  await honest.send(id, 'batch', [2, 1], '{"msg":"honest 2"}\n')
  const lines = await waitForLines(3)
  t.strictSame(lines.toSorted(), ['{"msg":"honest 1"}', '{"msg":"honest 2"}', '{"msg":"its own"}'])
  t.equal(collector.totals.missingRecords, 0)
})

test('with pinNames the folder of an app is the name of its key, and plain messages are refused', async t => {
  const { folder, collectorOptions } = writeKeys(t)
  const { address, collector } = await startCollector(t, {
    ...collectorOptions,
    pinNames: ['app', 'host'],
    file: join(folder, 'logs', '{host}', '{app}.log'),
    rotate: 'never'
  })
  const { send, socket } = await connectRaw(t, address, bill)
  const id = createSenderId()
  await socket.send(['shop.INFO', 'forged'])
  await send(id, 'hello', [1, 0], prove(id, bill, 'shop'))
  await send(id, 'batch', [1, 1], '{"level":30,"msg":"a"}\n')
  const read = (): string => readFolder(join(folder, 'logs', 'bill'))
  await waitFor(() => read() !== '', 'a line')
  t.equal(read(), '{"level":30,"msg":"a"}\n')
  t.strictSame(
    readdirSync(join(folder, 'logs')).filter(name => !name.startsWith('.')),
    ['bill']
  )
  t.equal(collector.totals.refusedMessages, 1)
  t.equal(collector.totals.plainRecords, 0)
})

async function openStream(options: object) {
  const events: { name: string; detail: object }[] = []
  const given = { closeTimeoutMs: 0, ...options }
  const stream = await TransportStream.open(parseTransportOptions(given), (name, detail) =>
    events.push({ name, detail })
  )
  const end = (): Promise<void> => new Promise(resolve => void stream.once('close', resolve).end())
  return { stream, events, end }
}

test('a spool is sent by a process with its key only; another one says so and leaves it', async t => {
  const { folder, collectorOptions, curveOf } = writeKeys(t)
  const spool = { dir: join(folder, 'spool') }
  const nobody = { address: 'tcp://127.0.0.1:9', topic: 'shop', spool }
  const dead = await openStream({ ...nobody, curve: curveOf('shop') })
  dead.stream.write('{"level":30,"msg":"left"}\n')
  await dead.end()
  const { address, waitForLines, collector, read } = await startCollector(t, collectorOptions)
  const billed = { topic: 'bill', spool, curve: curveOf('bill'), closeTimeoutMs: 5000 }
  const other = await openStream({ address, ...billed })
  other.stream.write('{"level":30,"msg":"of another"}\n')
  await waitForLines(1)
  await other.end()
  t.match(
    other.events.filter(({ name }) => name === 'spoolTrouble'),
    [{ detail: { message: /\.hello is left where it is: .* a sender with another CURVE key/ } }]
  )
  t.notMatch(read(), 'left')
  const next = await openStream({ address, topic: 'shop', spool, curve: curveOf('shop') })
  t.strictSame((await waitForLines(2)).toSorted(), [
    '{"level":30,"msg":"left"}',
    '{"level":30,"msg":"of another"}'
  ])
  t.match(next.events, [{ name: 'adopted' }, { name: 'subscribed' }])
  await next.end()
  t.equal(collector.totals.refusedMessages, 0)
})

test('a secret id is on the wire and in the spool, and nowhere else', async t => {
  const { collectorOptions } = writeKeys(t)
  const { address, collector, entries, folder, waitForLines } = await startCollector(
    t,
    collectorOptions
  )
  const { send, frames } = await connectRaw(t, address, shop)
  const isAck = (frame: Buffer): boolean => frame[0] === 2
  const id = createSenderId()
  await send(id, 'hello', [1, 0], prove(id, shop, 'shop'))
  await send(id, 'batch', [1, 1], '{"msg":"one"}\n')
  await send(id, 'batch', [1, 5], '{"msg":"not five"}\n') // refused
  await send(id, 'hello', [9, 0], prove(id, shop, 'shop')) // a gap
  await waitForLines(2)
  await waitFor(() => frames.some(isAck), 'acks')
  await collector.stop()
  const said = [
    JSON.stringify(entries),
    ...readdirSync(folder).map(name => readFileSync(join(folder, name), 'latin1')),
    ...frames.map(frame => frame.toString('latin1'))
  ]
  const bytes = Buffer.from(id, 'base64url').toString('latin1')
  for (const text of said) t.notOk(text.includes(id) || text.includes(bytes))
  t.ok(said.some(text => text.includes('"gap"')))
})
