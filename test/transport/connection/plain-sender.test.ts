import { test, type Test } from 'tap'
import type { PlainFrames } from '../../../lib/transport/connection/plain-encoder.ts'
import { PlainSender } from '../../../lib/transport/connection/plain-sender.ts'
import { parseTransportOptions, type TransportOptions } from '../../../lib/transport/options.ts'
import { SendQueue } from '../../../lib/transport/sender/send-queue.ts'
import { Sender } from '../../../lib/transport/sender/sender.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { createSenderId } from '../../../lib/wire/id.ts'
import { toBatch } from '../../helpers/batch.ts'

/** A sender with batches of two records, and a plain sender whose connection is closed after some messages. */
function make(t: Test, options: TransportOptions = {}, room = Number.POSITIVE_INFINITY) {
  const queue = new SendQueue(1000, 10)
  const hello = { ...createHello(), app: 'shop', levels: { 35: 'notice' } }
  let progress = 0
  const sender = new Sender({
    id: createSenderId(),
    queue,
    hello,
    stallMs: 5000,
    maxCollectors: 1,
    onProgress: () => void progress++
  })
  const messages: PlainFrames[] = []
  const plain = new PlainSender(parseTransportOptions(options), async message => {
    if (messages.length >= room) return false
    messages.push(message)
    return true
  })
  t.teardown(() => plain.close())
  const lines = ['{"level":35,"msg":"db::one"}', '{"level":50,"msg":"two"}']
  queue.push(toBatch(1, 2, `${lines.join('\n')}\n`))
  queue.push(toBatch(3, 1, '{"level":30,"msg":"three"}\n'))
  return { plain, sender, queue, messages, lines, progress: () => progress }
}

test('each record of the next batch is a message, and the batch is released without an ack', async t => {
  const { plain, sender, queue, messages, lines, progress } = make(t)
  t.equal(await plain.sendBatch(sender, 'shop'), true)
  t.strictSame(messages, [
    ['shop.NOTICE.db', `${lines[0]}\n`],
    ['shop.ERROR', `${lines[1]}\n`]
  ])
  t.strictSame([queue.records, queue.start, progress()], [1, 3, 1])
  t.equal(sender.ackedRecords, 0)
  await plain.sendBatch(sender, 'shop')
  t.equal(messages.length, 3)
  t.ok(sender.isDelivered)
})

test('the form of the messages is that of the options', async t => {
  const plainLevels = { notice: 'NOTE' }
  const { plain, sender, messages } = make(t, { plainFormat: 'text', plainLevels })
  await plain.sendBatch(sender, '')
  t.strictSame(messages, [
    ['NOTE.db', 'one\n'],
    ['ERROR', 'two\n']
  ])
})

test('where nothing waits nothing is sent', async t => {
  const { plain, sender, messages } = make(t)
  for (let count = 0; count < 4; count++) t.equal(await plain.sendBatch(sender, ''), true)
  t.equal(messages.length, 3)
})

test('while a batch is sent it is in flight, so that it is not dropped', async t => {
  const { plain, sender, queue } = make(t)
  const sending = plain.sendBatch(sender, '')
  t.ok(queue.inFlightBytes > 0)
  t.match(queue.dropOldest(), { first: 3, count: 1 })
  await sending
  t.equal(queue.records, 0)
})

test('a batch whose connection was closed before its last message is held', async t => {
  const { plain, sender, queue, messages, progress } = make(t, {}, 1)
  t.equal(await plain.sendBatch(sender, ''), false)
  t.strictSame([messages.length, queue.records, progress()], [1, 3, 0])
  sender.onSubscribed()
  t.equal(queue.next()?.first, 1, 'it is sent again to who subscribes next')
})
