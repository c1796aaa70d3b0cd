/** A subscriber that subscribes without end must not stop an app, or keep its lines from a collector. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'tap'
import { XSubscriber } from 'zeromq'
import { startCollector } from '../helpers/collector.ts'
import { startLogger, waitForEvent } from '../helpers/logger.ts'
import { markerTopic } from '../helpers/marker.ts'

test('100,000 subscriptions and unsubscriptions leave an app and its collector alone', async t => {
  const free = await startCollector(t)
  await free.collector.stop()
  const { address } = free
  const { logger } = await startLogger(t, { address, bind: true })
  const peer = new XSubscriber()
  t.teardown(() => peer.close())
  peer.linger = 0
  peer.sendHighWaterMark = 0
  peer.connect(address)
  await peer.send(Buffer.concat([Buffer.of(1), markerTopic]))
  for (const kind of ['\u0001', '\u0000']) {
    for (let index = 0; index < 50_000; index++) await peer.send(`${kind}topic.${index}`)
  }
  const { waitForLines } = await startCollector(t, { connect: address })
  for (let line = 0; line < 100; line++) logger.info({ line })
  t.equal((await waitForLines(100)).length, 100)
})

test('a peer that subscribes without end keeps no line of an app from its collector', async t => {
  const free = await startCollector(t)
  await free.collector.stop()
  const { address } = free
  const { logger } = await startLogger(t, { address, bind: true })
  const { waitForLines, collector } = await startCollector(t, { connect: address })
  const peer = new XSubscriber()
  t.teardown(() => peer.close())
  peer.linger = 0
  peer.connect(address)
  const marker = Buffer.concat([Buffer.of(1), markerTopic])
  const flood = setInterval(async () => {
    try {
      for (let index = 0; index < 50 && !peer.closed; index++) {
        await peer.send(index % 10 === 0 ? marker : `\u0001topic.${index}`)
      }
    } catch (error) {
      if (!peer.closed) throw error // the test has ended meanwhile
    }
  }, 2)
  t.teardown(() => clearInterval(flood))
  const count = 100_000
  const startedAt = performance.now()
  for (let line = 1; line <= count; line++) {
    logger.info({ line }, 'x'.repeat(100))
    if (line % 1000 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  const lines = await waitForLines(count)
  const ms = performance.now() - startedAt
  t.equal(lines.length, count)
  t.equal(collector.totals.missingRecords, 0)
  const { duplicateRecords } = collector.totals
  t.ok(duplicateRecords < count / 2, `${Math.round(ms)} ms, ${duplicateRecords} came again`)
})

test('an app connects again after another program at the address has broken the protocol', async t => {
  const free = await startCollector(t)
  await free.collector.stop()
  const { hostname, port } = new URL(free.address.replace('tcp:', 'http:'))
  const sockets: Socket[] = []
  const other = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.write(greetingOf('PLAIN'))
  }).listen(Number(port), hostname)
  await once(other, 'listening')
  const options = { address: free.address, reconnectMaxIntervalMs: 100 }
  const { logger, stream } = await startLogger(t, options)
  logger.info({ line: 1 })
  await waitForEvent(stream, 'unreachable')
  for (const socket of sockets) socket.destroy()
  other.close()
  await once(other, 'close')
  const { waitForLines } = await startCollector(t, { bind: free.address })
  t.equal((await waitForLines(1)).length, 1)
})

/** How a ZMTP 3 peer begins. @param mechanism its security, which ours must share */
function greetingOf(mechanism: string): Buffer {
  const signature = Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0])
  return Buffer.concat([signature, Buffer.from(mechanism.padEnd(20, '\0')), Buffer.alloc(32)])
}
