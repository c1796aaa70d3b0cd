import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { t as tap, test, type Test } from 'tap'
import { maxEntryHeaderBytes } from '../../../lib/engine/entry.ts'
import type { EngineMessage, ReadListener, ReadMessage } from '../../../lib/engine/engine.ts'
import { NatsEngine } from '../../../lib/engine/nats/nats-engine.ts'
import type { NatsStreamOptions } from '../../../lib/engine/nats/nats-options.ts'
import { ignoring } from '../../helpers/gateway.ts'
import { loopback } from '../../helpers/loopback.ts'
import { startNats, type NatsNode } from '../../helpers/nats.ts'
import { waitFor } from '../../helpers/wait.ts'

const node = await startNats(tap)
let streams = 0

function toOptions(changed: Partial<NatsStreamOptions> = {}): NatsStreamOptions {
  const stream = `logs-${++streams}`
  return {
    servers: [node.url],
    stream,
    subject: stream,
    credentials: '',
    tls: { ca: '', cert: '', key: '' },
    partitions: 2,
    replicas: 1,
    maxBytes: 0,
    ...changed
  }
}

async function openEngine(t: Test, options: NatsStreamOptions): Promise<NatsEngine> {
  const engine = await NatsEngine.openForGateway(options)
  t.teardown(() => engine.close())
  return engine
}

function message(id: string, partition = 0, payload = `{"msg":"${id}"}\n`): EngineMessage {
  return { partition, id, headers: { 'Zmq-Pub': `2 ☂ ${id}` }, payload: Buffer.from(payload) }
}

/** Of a test in which everything can be read. */
function failOnTrouble(t: Test): ReadListener {
  return { ...ignoring, onTrouble: error => t.fail(error) }
}

/** Reads until it has `count` messages. */
async function readSome(
  t: Test,
  engine: NatsEngine,
  count: number,
  { partition = 0, from = 1 } = {}
): Promise<ReadMessage[]> {
  const found: ReadMessage[] = []
  const ended = new AbortController()
  t.teardown(() => ended.abort())
  for await (const read of engine.read(partition, from, ended.signal, failOnTrouble(t))) {
    found.push(read)
    if (found.length === count) break
  }
  return found
}

test('what is published is read in order, from any position, by partition', async t => {
  const engine = await openEngine(t, toOptions())
  t.equal(engine.partitions, 2)
  await engine.publish(message('other', 1))
  for (const id of ['a', 'b', 'c']) await engine.publish(message(id))
  const found = await readSome(t, engine, 3)
  t.strictSame(
    found.map(({ header, payload }) => [header('Zmq-Pub'), payload.toString()]),
    ['a', 'b', 'c'].map(id => [`2 ☂ ${id}`, `{"msg":"${id}"}\n`])
  )
  t.equal(found[0]?.header('Zmq-Pub-Why'), undefined)
  const from = found[1]?.position ?? 0
  const [second] = await readSome(t, engine, 1, { from })
  t.equal(second?.header('Zmq-Pub'), '2 ☂ b')
})

test('a reader that is behind gets all messages by one consumer, without a pause', async t => {
  const options = toOptions()
  const engine = await openEngine(t, options)
  const count = 300
  for (let n = 0; n < count; n++) await engine.publish(message(`${n}`))
  const connection = await connect({ servers: node.url })
  t.teardown(() => connection.close())
  const manager = await jetstreamManager(connection)
  const ended = new AbortController()
  t.teardown(() => ended.abort())
  let found = 0
  for await (const { position } of engine.read(0, 1, ended.signal, failOnTrouble(t))) {
    found++
    if (position < count) continue
    const [consumer] = await manager.consumers.list(options.stream).next()
    t.equal(consumer?.delivered.consumer_seq, count)
    break
  }
  t.equal(found, count)
})

test('a reader gets what is published later, soon', async t => {
  const engine = await openEngine(t, toOptions())
  const reading = readSome(t, engine, 2)
  await engine.publish(message('a'))
  const sentAt = performance.now()
  await engine.publish(message('b'))
  await reading
  t.ok(performance.now() - sentAt < 3000)
})

test('a message that is published twice under one id is stored once', async t => {
  const engine = await openEngine(t, toOptions())
  for (const id of ['a', 'a', 'b']) await engine.publish(message(id))
  const found = await readSome(t, engine, 2)
  t.strictSame(
    found.map(({ header }) => header('Zmq-Pub')),
    ['2 ☂ a', '2 ☂ b']
  )
})

test('all who use a stream see the same id of it, and another stream has another', async t => {
  const options = toOptions()
  const engine = await openEngine(t, options)
  const same = await openEngine(t, options)
  const writer = await NatsEngine.openForWriter(options)
  t.teardown(() => writer.close())
  const other = await openEngine(t, toOptions())
  t.strictSame([same.id, writer.id], [engine.id, engine.id])
  t.equal(engine.id.length, 8)
  t.not(other.id, engine.id)
})

test('gateways of one stream must agree on its partitions', async t => {
  const options = toOptions()
  await openEngine(t, options)
  await t.rejects(NatsEngine.openForGateway({ ...options, partitions: 3 }), {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message: /exists with 2 partitions of .* and the options say 3/
  })
})

test('a writer needs a stream that a gateway has made', async t => {
  await t.rejects(NatsEngine.openForWriter(toOptions()), {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message: /cannot use the stream .*; start a gateway first/
  })
})

test('replicas need a cluster, and the error says where to look', async t => {
  await t.rejects(NatsEngine.openForGateway(toOptions({ replicas: 3 })), {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message: /cannot use the stream .*replicas/
  })
})

test('without a server the error says where none was found', async t => {
  await t.rejects(NatsEngine.openForGateway(toOptions({ servers: ['nats://127.0.0.1:1'] })), {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message: /cannot connect to NATS at nats:\/\/127\.0\.0\.1:1: /
  })
})

test('the largest payload fits with the largest headers', async t => {
  const engine = await openEngine(t, toOptions())
  const payload = 'x'.repeat(engine.maxPayloadBytes)
  const headers = { 'Zmq-Pub-Sender': 'y'.repeat(maxEntryHeaderBytes - 1024) }
  await engine.publish({ ...message('large', 0, payload), headers })
  const [found] = await readSome(t, engine, 1)
  t.equal(found?.payload.length, engine.maxPayloadBytes)
  t.ok(engine.maxPayloadBytes > 900_000)
})

test('a server whose largest message has no room for a hello is refused, with the least that it needs', async t => {
  const folder = t.testdir({ 'nats.conf': 'max_payload: 131072\n' })
  const { url } = await startNats(t, join(folder, 'nats'), ['-c', join(folder, 'nats.conf')])
  await t.rejects(openEngine(t, toOptions({ servers: [url] })), {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message: /max_payload of nats-server .* must be at least 172032 bytes, got 131072; the default/
  })
})

test('a full stream refuses messages, and has room when what was read is deleted', async t => {
  const engine = await openEngine(t, toOptions({ maxBytes: 10_000 }))
  const payload = 'x'.repeat(2000)
  for (const id of ['a', 'b', 'c', 'd']) await engine.publish(message(id, 0, payload))
  await t.rejects(engine.publish(message('e', 0, payload)), /maximum bytes/)
  await engine.deleteBelow(0, 4)
  await engine.publish(message('e', 0, payload))
  const found = await readSome(t, engine, 2)
  t.strictSame(
    found.map(({ header }) => header('Zmq-Pub')),
    ['2 ☂ d', '2 ☂ e']
  )
})

test('nothing is deleted while a stream has room', async t => {
  const engine = await openEngine(t, toOptions({ maxBytes: 10_000_000 }))
  for (const id of ['a', 'b']) await engine.publish(message(id))
  await engine.deleteBelow(0, 100)
  const unlimited = await openEngine(t, toOptions())
  await unlimited.publish(message('c'))
  await unlimited.deleteBelow(0, 100)
  t.equal((await readSome(t, engine, 2)).length, 2)
  t.equal((await readSome(t, unlimited, 1)).length, 1)
})

test('after the server was killed, publishing fails until it is back, and a reader continues behind what it had', async t => {
  const own: NatsNode = await startNats(t)
  const engine = await openEngine(t, toOptions({ servers: [own.url] }))
  const found: string[] = []
  const ended = new AbortController()
  t.teardown(() => ended.abort())
  const reading = (async () => {
    for await (const { header } of engine.read(0, 1, ended.signal, ignoring))
      found.push(header('Zmq-Pub') ?? '')
  })()
  await engine.publish(message('a'))
  await waitFor(() => found.length === 1, 'the first message')
  await own.kill()
  await own.restart()
  await waitFor(
    () =>
      engine.publish(message('b')).then(
        () => true,
        () => false
      ),
    'the server'
  )
  await waitFor(() => found.length >= 2, 'the second message')
  t.strictSame(found, ['2 ☂ a', '2 ☂ b'])
  ended.abort()
  await reading
})

test('a reader does not mistake a stream that was made again for the one that it has read', async t => {
  const options = toOptions()
  const engine = await openEngine(t, options)
  await engine.publish(message('a'))
  const ended = new AbortController()
  t.teardown(() => ended.abort())
  const errors: string[] = []
  const found: string[] = []
  const reading = (async () => {
    const onTrouble = ({ message: why }: Error): void => void errors.push(why)
    for await (const { header } of engine.read(0, 1, ended.signal, { ...ignoring, onTrouble }))
      found.push(header('Zmq-Pub') ?? '')
  })()
  await waitFor(() => found.length === 1, 'the first message')
  const connection = await connect({ servers: node.url })
  t.teardown(() => connection.close())
  const manager = await jetstreamManager(connection)
  await manager.streams.delete(options.stream)
  const again = await openEngine(t, options)
  for (const id of ['b', 'c', 'd']) await again.publish(message(id))
  await waitFor(() => errors.some(why => why.includes('was deleted and made again')), 'an error')
  t.strictSame(found, ['2 ☂ a'])
  ended.abort()
  await reading
})

test('of a stream that was made again nothing is deleted before it is read', async t => {
  const options = toOptions({ maxBytes: 10_000 })
  const former = await openEngine(t, options)
  const connection = await connect({ servers: node.url })
  t.teardown(() => connection.close())
  const manager = await jetstreamManager(connection)
  await manager.streams.delete(options.stream)
  const again = await openEngine(t, options)
  const payload = 'x'.repeat(2000)
  for (const id of ['a', 'b', 'c', 'd']) await again.publish(message(id, 0, payload))
  await former.deleteBelow(0, 4)
  const [first] = await readSome(t, again, 1)
  t.equal(first?.header('Zmq-Pub'), '2 ☂ a')
})

test('a message whose headers cannot be read is one without headers, and is no trouble of the stream', async t => {
  const options = toOptions()
  const engine = await openEngine(t, options)
  const client = connectSocket(Number(new URL(node.url).port), loopback)
  t.teardown(() => client.destroy())
  const headers = 'NATS/1.0\r\nnot a name: x\r\n\r\n'
  client.write(
    `CONNECT {"headers":true}\r\nHPUB ${options.subject}.0 ${headers.length} ${headers.length}\r\n${headers}\r\nPING\r\n`
  )
  await once(client, 'data')
  const [found] = await readSome(t, engine, 1)
  t.equal(found?.header('Zmq-Pub'), undefined)
})
