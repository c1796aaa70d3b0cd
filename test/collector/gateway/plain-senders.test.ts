import { test } from 'tap'
import { PlainMessage } from '../../../lib/collector/format/plain-message.ts'
import { recallTopic } from '../../../lib/collector/format/topic-parts.ts'
import { PlainSenders } from '../../../lib/collector/gateway/plain-senders.ts'
import { TimeZone } from '../../../lib/collector/time/time-zone.ts'
import type { Entry } from '../../../lib/engine/entry.ts'

const zone = new TimeZone('utc')

function toMessage(topic: string, text: string): PlainMessage {
  return new PlainMessage(recallTopic(topic), Buffer.from(text), zone, 1000)
}

/** Senders of a gateway, what they have published, and how the stream says that it has an entry. */
function createSenders(maxPayloadBytes = 1_000_000) {
  const entries: Entry[] = []
  const stored: (() => void)[] = []
  const publish = (entry: Entry, onStored: () => void): void => {
    entries.push(entry)
    stored.push(onStored)
  }
  return { senders: new PlainSenders({ publish, maxPayloadBytes }), entries, stored }
}

test('what comes in one round is one batch of its root topic, and numbered from 1 on', async t => {
  const { senders, entries } = createSenders()
  for (const text of ['a', 'b']) t.ok(senders.append(toMessage('shop.INFO', text)))
  t.ok(senders.append(toMessage('billing.ERROR.card', 'c')))
  t.strictSame(entries, [], 'nothing before the end of the round')
  senders.flush()
  t.match(entries, [
    { kind: 'batch', first: 1, count: 2, floor: 1, hello: { app: 'shop', host: '', pid: 0 } },
    { kind: 'batch', first: 1, count: 1, floor: 1, hello: { app: 'billing' } }
  ])
  t.equal(
    entries[0]?.payload.toString(),
    '{"level":30,"time":1000,"name":"shop","msg":"a"}\n{"level":30,"time":1000,"name":"shop","msg":"b"}\n'
  )
  t.not(entries[0]?.senderId, entries[1]?.senderId)
  senders.append(toMessage('shop.WARNING', 'd'))
  senders.flush()
  t.match(entries[2], { senderId: entries[0]?.senderId, first: 3, count: 1, floor: 1 })
  senders.flush()
  t.equal(entries.length, 3, 'a round without messages publishes nothing')
})

test('the floor follows what is stored, in the order of the numbers', async t => {
  const { senders, entries, stored } = createSenders()
  const send = (): void => {
    senders.append(toMessage('shop.INFO', 'x'))
    senders.flush()
  }
  send()
  send()
  stored[1]?.()
  send()
  t.equal(entries[2]?.floor, 1, 'the first one is not stored')
  stored[0]?.()
  send()
  t.equal(entries[3]?.floor, 3)
})

test('what waits is counted in bytes until the stream has it', async t => {
  const { senders, entries, stored } = createSenders()
  senders.append(toMessage('shop.INFO', 'ä€'))
  const { bytes } = senders
  senders.flush()
  t.equal(bytes, entries[0]?.payload.length)
  t.equal(senders.bytes, bytes)
  stored[0]?.()
  t.equal(senders.bytes, 0)
})

test('a message that is too long for the stream is dropped, and others are taken', async t => {
  const { senders, entries } = createSenders(1000)
  t.notOk(senders.append(toMessage('shop.INFO', 'x'.repeat(1000))))
  t.notOk(senders.append(toMessage('shop.INFO', '€'.repeat(400))), 'it is bytes that count')
  t.ok(senders.append(toMessage('shop.INFO', 'x'.repeat(900))))
  senders.flush()
  t.match(entries, [{ first: 1, count: 1 }])
})

for (const [what, text] of [
  ['letters', 'x'.repeat(100)],
  ['characters of three bytes', '€'.repeat(100)]
] as const) {
  test(`messages of ${what} are published apart before they are together too large for the stream`, async t => {
    const maxPayloadBytes = 2000
    const { senders, entries } = createSenders(maxPayloadBytes)
    for (let count = 0; count < 100; count++) t.ok(senders.append(toMessage('shop.INFO', text)))
    senders.flush()
    t.ok(entries.every(({ payload }) => payload.length <= maxPayloadBytes))
    let next = 1
    for (const { first, count, payload } of entries) {
      t.equal(first, next)
      t.equal(payload.toString().split('\n').length - 1, count)
      next += count
    }
    t.equal(next, 101)
  })
}

test('a flood of one round is published in parts of 256 KiB', async t => {
  const { senders, entries } = createSenders()
  for (let count = 0; count < 100; count++)
    senders.append(toMessage('shop.INFO', 'x'.repeat(10_000)))
  senders.flush()
  t.equal(entries.length, 4)
  t.ok(entries.every(({ payload }) => payload.length <= 256 * 1024))
})

test('while the stream takes nothing, 64 MiB wait, and more is dropped until some are stored', async t => {
  const { senders, stored } = createSenders()
  const message = toMessage('shop.INFO', 'x'.repeat(900_000))
  let taken = 0
  while (senders.append(message)) taken++
  t.equal(taken, Math.floor((64 * 1024 * 1024) / Buffer.byteLength(message.toRecord())))
  t.ok(senders.append(toMessage('billing.INFO', 'short')), 'a short one still fits')
  stored[0]?.()
  t.ok(senders.append(message))
})

test('a peer that invents root topics makes the gateway forget senders, and loses no message', async t => {
  const { senders, entries } = createSenders()
  for (let app = 0; app < 1001; app++) senders.append(toMessage(`app-${app}.INFO`, 'x'))
  senders.append(toMessage('app-0.INFO', 'again'))
  senders.flush()
  t.equal(entries.length, 1002)
  const ofFirst = entries.filter(({ hello }) => hello.app === 'app-0')
  t.match(ofFirst, [{ first: 1 }, { first: 1 }])
  t.equal(
    new Set(ofFirst.map(({ senderId }) => senderId)).size,
    2,
    'a new one with its own numbers'
  )
})
