/** A subscriber that subscribes without end must not stop an app, or keep its lines from a collector. */
import { test } from 'tap'
import { XSubscriber } from 'zeromq'
import { startCollector } from '../helpers/collector.ts'
import { markerTopic } from '../../lib/wire/frame.ts'
import { startLogger } from '../helpers/logger.ts'

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
