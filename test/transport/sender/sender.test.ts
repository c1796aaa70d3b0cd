import { test } from 'tap'
import { SendQueue } from '../../../lib/transport/sender/send-queue.ts'
import {
  maxConnectingCollectors,
  Sender,
  toCollectorOptions
} from '../../../lib/transport/sender/sender.ts'
import { createHello, decodeHello } from '../../../lib/wire/hello.ts'
import { maxDroppedRanges } from '../../../lib/wire/limits.ts'
import { toBytes } from '../../../lib/transport/sender/batch.ts'
import { toBatch } from '../../helpers/batch.ts'

/** A sender of two collectors with one batch in flight to both, sent at 0 ms. */
function startSender(stallMs: number, expectedCollectors = 1): Sender {
  const queue = new SendQueue(1000, 10)
  const sender = new Sender({
    id: 'a-sender',
    queue,
    hello: { ...createHello(), app: 'app' },
    stallMs,
    maxCollectors: 2,
    expectedCollectors
  })
  sender.onSubscribed()
  queue.push(toBatch(1, 10, 'ten records\n'))
  for (let message = sender.next(); message; message = sender.next()) sender.markSent(message, 0)
  return sender
}

/** Lets time pass, while the first collector answers each hello. @returns when all was released */
function waitForRelease(sender: Sender, untilMs: number): number | undefined {
  for (let now = 0; now <= untilMs; now += 250) {
    sender.tick(now)
    for (let message = sender.next(); message; message = sender.next()) {
      sender.markSent(message, now)
      sender.onAck('first', 10, now + 1)
    }
    if (sender.queue.records === 0) return now
  }
  return undefined
}

for (const stallMs of [300, 5000, 9000]) {
  test(`a collector that falls silent holds nothing back for long: stallMs ${stallMs}`, async t => {
    const sender = startSender(stallMs)
    sender.onAck('second', 0, -1)
    t.equal(sender.onAck('first', 10, 1), 0)
    t.ok(waitForRelease(sender, 40_000), 'it had said nothing since the batch was sent')
  })

  test(`nor does one whose last word came after the batch had gone: stallMs ${stallMs}`, async t => {
    const sender = startSender(stallMs)
    sender.onAck('second', 0, -1)
    t.equal(sender.onAck('first', 10, 1), 0)
    t.equal(sender.onAck('second', 0, 2), 0)
    const releasedAt = waitForRelease(sender, 40_000) ?? Number.POSITIVE_INFINITY
    t.ok(
      releasedAt <= stallMs + 1500,
      `it was asked after 1 s, and has not answered: ${releasedAt} ms`
    )
  })
}

test('at the start a record is kept until the collectors of all addresses have it', async t => {
  const sender = startSender(5000, 2)
  t.equal(sender.onAck('first', 10, 1), 0)
  sender.tick(500)
  t.notOk(sender.isDelivered)
  sender.onSubscribed()
  t.equal(sender.onAck('second', 0, 600), 0, 'it has connected later, and gets what the first has')
  for (let message = sender.next(); message; message = sender.next()) sender.markSent(message, 601)
  t.equal(sender.onAck('second', 10, 602), 10)
  t.ok(sender.isDelivered)
})

test('a collector that is not there at the start holds nothing back for more than a second', async t => {
  const sender = startSender(5000, 2)
  sender.tick(2000)
  t.equal(sender.onAck('first', 10, 3000), 0)
  sender.tick(3999)
  t.equal(sender.queue.records, 10)
  sender.tick(4000)
  t.equal(sender.queue.records, 0)
  t.ok(sender.isDelivered)
  sender.queue.push(toBatch(11, 5, 'five\n'))
  for (let message = sender.next(); message; message = sender.next()) sender.markSent(message, 5000)
  t.equal(sender.onAck('first', 15, 5001), 5)
})

test('a peer that names itself anew in each ack counts as no more collectors than there may be', async t => {
  const addressing = { bind: true, address: ['tcp://127.0.0.1:5558'], mode: 'copies' } as const
  const { maxCollectors } = toCollectorOptions(addressing)
  const queue = new SendQueue(1000, 10)
  const hello = { ...createHello(), app: 'app' }
  const sender = new Sender({ id: 'a-sender', queue, hello, stallMs: 5000, maxCollectors })
  sender.onSubscribed()
  queue.push(toBatch(1, 10, 'ten records\n'))
  for (let message = sender.next(); message; message = sender.next()) sender.markSent(message, 0)
  for (let id = 0; id < 100_000; id++) sender.onAck(`invented ${id}`, 0, 1)
  let acks = 0
  for (; queue.records > 0 && acks < 1e6; acks++) sender.onAck(`collector ${acks}`, 10, 2)
  t.equal(acks, maxConnectingCollectors)
})

test('an ack of records that were never sent releases nothing', async t => {
  const sender = startSender(5000)
  sender.queue.push(toBatch(11, 5, 'not sent\n'))
  for (const seq of [11, 15, 16, 2 ** 53 - 2]) t.equal(sender.onAck('first', seq, 1), 0, `${seq}`)
  t.equal(sender.queue.start, 1)
  t.equal(sender.onAck('first', 10, 1), 10)
})

test('an ack of records that were dropped, as the hello has said, is an ack', async t => {
  const queue = new SendQueue(1000, 10)
  const hello = { ...createHello(), app: 'app' }
  const sender = new Sender({ id: 'a-sender', queue, hello, stallMs: 5000, maxCollectors: 1 })
  queue.push(toBatch(1, 10, 'ten records\n'))
  queue.push(toBatch(11, 5, 'five\n'))
  const dropped = queue.dropOldest()
  if (dropped) sender.announceDrop(dropped, 'full')
  sender.onSubscribed()
  for (let message = sender.next(); message; message = sender.next()) sender.markSent(message, 0)
  t.equal(sender.onAck('first', 10, 1), 0, 'up to the dropped ones')
  t.equal(sender.onAck('first', 15, 2), 5)
  t.strictSame(sender.hello.dropped, [])
})

test('a sender that replays a spool takes the ack of what the dead process has sent behind it', async t => {
  const queue = new SendQueue(1000, 10)
  const hello = { ...createHello(), app: 'app' }
  const sender = new Sender({ id: 'a-sender', queue, hello, stallMs: 5000, maxCollectors: 1 })
  queue.push(toBatch(1, 10, 'ten records\n'))
  queue.continueAt(11)
  t.equal(sender.onAck('first', 500, 1), 10)
})

/** A sender that has dropped every second record of `count`, and holds the others or has released them. */
function dropEverySecond(count: number, isHeld: boolean): Sender {
  const queue = new SendQueue(1e6, 1e6)
  const hello = { ...createHello(), app: 'app' }
  const sender = new Sender({ id: 'a-sender', queue, hello, stallMs: 5000, maxCollectors: 1 })
  for (let seq = 1; seq <= count; seq += 2) {
    queue.push(toBatch(seq, 1, 'x\n'))
    queue.markSent()
    if (!isHeld) queue.ack(seq)
    queue.skip({ first: seq + 1, count: 1 })
    sender.announceDrop({ first: seq + 1, count: 1 }, seq % 4 === 1 ? 'a' : 'b')
  }
  return sender
}

function saidBy(sender: Sender): { from: number; to: number; why: string }[] {
  return [...(decodeHello(toBytes(sender.toHello().payload))?.dropped ?? [])]
}

test('the oldest of too many dropped ranges are joined where nothing between them is held', async t => {
  const sender = dropEverySecond(4000, false)
  const dropped = saidBy(sender)
  t.equal(dropped.length, maxDroppedRanges)
  t.strictSame(dropped[0], { from: 2, to: 2002, why: 'several reasons' })
  t.strictSame(dropped[1], { from: 2004, to: 2004, why: 'b' })
  t.match(dropped.at(-1), { from: 4000, to: 4000 })
})

test('where records between them are held the others are said once the oldest are acknowledged', async t => {
  const sender = dropEverySecond(4000, true)
  const toRange = (index: number): object => ({ from: 2 * index + 2, to: 2 * index + 2 })
  t.match(
    saidBy(sender),
    Array.from({ length: maxDroppedRanges }, (_, index) => toRange(index))
  )
  t.equal(sender.onAck('first', 1000, 1), 500)
  sender.queue.push(toBatch(4001, 1, 'x\n'))
  t.match(sender.next(), { header: { kind: 'hello' } }, 'a hello before the next batch')
  const dropped = saidBy(sender)
  t.equal(dropped.length, maxDroppedRanges)
  t.match(dropped[0], { from: 1002, to: 1002 })
})

test('ranges are said in the order of their records, whichever was dropped first', async t => {
  const sender = startSender(5000)
  sender.announceDrop({ first: 30, count: 1 }, 'too long')
  sender.announceDrop({ first: 11, count: 5 }, 'full')
  sender.announceDrop({ first: 16, count: 5 }, 'full')
  t.strictSame(saidBy(sender), [
    { from: 11, to: 20, why: 'full' },
    { from: 30, to: 30, why: 'too long' }
  ])
})

test('a sender that has sent records introduces itself at once to a collector that comes back', async t => {
  const queue = new SendQueue(1000, 10)
  const hello = createHello() // of a logger without a name
  const sender = new Sender({ id: 'a-sender', queue, hello, stallMs: 300, maxCollectors: 1 })
  sender.onSubscribed()
  t.equal(sender.next(), undefined, 'the hello waits for the first record, which may tell the name')
  queue.push(toBatch(1, 10, 'ten records\n'))
  for (let message = sender.next(); message; message = sender.next()) sender.markSent(message, 0)
  sender.onAck('collector', 10, 1)
  t.equal(queue.records, 0)
  sender.onSubscribed()
  t.match(sender.next(), { header: { kind: 'hello', first: 11 } })
})

/** A sender of one collector that is known to it, and as many batches of one record of these bytes. */
function startWithBatches(count: number, bytes: number, queue = new SendQueue(1e7, 100)): Sender {
  const hello = { ...createHello(), app: 'app' }
  const sender = new Sender({ id: 'a-sender', queue, hello, stallMs: 5000, maxCollectors: 1 })
  sender.onSubscribed()
  for (let seq = 1; seq <= count; seq++) queue.push(toBatch(seq, 1, `${'x'.repeat(bytes - 1)}\n`))
  return sender
}

/** Sends what there is to send. @returns the kinds of the messages */
function sendAll(sender: Sender): string {
  const kinds: string[] = []
  for (let message = sender.next(); message; message = sender.next()) {
    kinds.push(message.header.kind)
    sender.markSent(message, 0)
  }
  return kinds.join(' ')
}

test('while nobody waits for an ack nobody asks for one', async t => {
  t.equal(sendAll(startWithBatches(2, 100)), 'hello batch batch')
})

test('who waits has the sender ask once, behind the last batch', async t => {
  const sender = startWithBatches(2, 100)
  sender.awaitedSeq = 2
  t.equal(sendAll(sender), 'hello batch batch hello')
  t.ok(sender.isHurried)
  t.equal(sendAll(sender), '')
  sender.onAck('collector', 1, 1)
  t.ok(sender.isHurried)
  sender.onAck('collector', 2, 1)
  t.notOk(sender.isHurried)
  t.equal(sendAll(sender), '')
})

test('who begins to wait when all was sent has it ask, too, and again for what is sent later', async t => {
  const sender = startWithBatches(1, 100)
  t.equal(sendAll(sender), 'hello batch')
  sender.awaitedSeq = 1
  t.equal(sendAll(sender), 'hello')
  sender.queue.push(toBatch(2, 1, 'x\n'))
  t.equal(sendAll(sender), 'batch', 'nobody waits for this one')
  sender.awaitedSeq = 2
  t.equal(sendAll(sender), 'hello')
})

test('a collector that has come back is asked again', async t => {
  const sender = startWithBatches(1, 100)
  sender.awaitedSeq = 1
  sendAll(sender)
  sender.onSubscribed()
  t.equal(sendAll(sender), 'hello batch hello')
})

test('nobody is asked for what nobody waits for any more', async t => {
  const sender = startWithBatches(1, 100)
  sender.awaitedSeq = 1
  sender.awaitedSeq = 0
  t.equal(sendAll(sender), 'hello batch')
  t.notOk(sender.isHurried)
})

/** Collectors acknowledge unasked, and soon, only where they have much of a sender. */
const windows: [what: string, queue: SendQueue, bytes: number, sent: string][] = [
  ['a small window is full', new SendQueue(250, 100), 100, 'hello batch batch hello'],
  ['few batches fill it', new SendQueue(1e7, 2), 100, 'hello batch batch hello'],
  ['a large window is full', new SendQueue(600_000, 100), 200_000, 'hello batch batch batch'],
  [
    'it has as much as is acknowledged unasked',
    new SendQueue(131_072, 100),
    65_536,
    'hello batch batch'
  ]
]

for (const [what, queue, bytes, sent] of windows) {
  test(`where ${what}, and more waits, the sender does what it takes to get on`, async t => {
    const sender = startWithBatches(4, bytes, queue)
    t.equal(sendAll(sender), sent)
    t.ok(sender.isHurried)
  })
}

test('a collector that acknowledges only what it is asked for gets all', async t => {
  const sender = startWithBatches(50, 100, new SendQueue(1000, 100))
  sender.awaitedSeq = 50
  let taken = 0
  let acks = 0
  for (let message = sender.next(); message; message = sender.next()) {
    sender.markSent(message, 0)
    if (message.header.kind === 'batch') taken = message.header.first
    else if (taken > 0) acks += Math.sign(sender.onAck('collector', taken, 0))
  }
  t.equal(sender.queue.records, 0)
  t.ok(acks <= 6, `${acks} acks`)
})
