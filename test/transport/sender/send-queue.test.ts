import { test } from 'tap'
import type { Payload, RecordRange } from '../../../lib/transport/sender/batch.ts'
import type { BatchStore } from '../../../lib/transport/sender/batch-store.ts'
import { SendQueue } from '../../../lib/transport/sender/send-queue.ts'
import { toBatch } from '../../helpers/batch.ts'
import { makeBatch, Shelf, QueuePair } from '../../helpers/queue-pair.ts'

/** A queue with batches of 10 records and 100 bytes each: 1-10, 11-20 … */
function fill(batches: number, maxBytes = 1000, maxBatches = 100, store?: BatchStore): SendQueue {
  const queue = new SendQueue(maxBytes, maxBatches, store)
  for (let index = 0; index < batches; index++) queue.push(makeBatch(index * 10 + 1, 10, 100))
  return queue
}

/** Sends all that `next` returns. @returns the batches' first numbers */
function sendAll(queue: SendQueue): number[] {
  const sent: number[] = []
  for (let batch = queue.next(); batch; batch = queue.next()) {
    sent.push(batch.first)
    queue.markSent()
  }
  return sent
}

test('an empty queue holds nothing and expects record 1', async t => {
  const queue = fill(0)
  t.match(queue, { bytes: 0, records: 0, oldestInFlight: undefined, start: 1, end: 1 })
  t.equal(queue.next(), undefined)
  t.equal(queue.dropOldest(), undefined)
  t.equal(queue.ack(5), 0)
  queue.markSent()
  queue.rewind()
  t.match(queue, { inFlightBytes: 0, waitingBytes: 0, start: 1, end: 1 })
})

/** Which batches go at once, and which after the first is acknowledged. */
const limits: [what: string, queue: SendQueue, sent: number[], afterAck: number[]][] = [
  ['all go where the limits are wide', fill(3), [1, 11, 21], []],
  ['no more bytes go than the limit', fill(3, 200), [1, 11], [21]],
  ['a batch that would pass the limit of bytes waits', fill(3, 299), [1, 11], [21]],
  ['no more batches go than the limit', fill(3, 1000, 2), [1, 11], [21]],
  ['a batch larger than the limit goes alone', fill(3, 50), [1], [11]]
]

for (const [what, queue, sent, afterAck] of limits) {
  test(what, async t => {
    t.strictSame(sendAll(queue), sent)
    t.match(queue, { inFlightBytes: sent.length * 100, bytes: 300, records: 30 })
    queue.ack(10)
    t.strictSame(sendAll(queue), afterAck)
  })
}

test('next shows the same batch until it is marked as sent', async t => {
  const queue = fill(2)
  t.equal(queue.next()?.first, 1)
  t.equal(queue.next()?.first, 1)
  queue.markSent()
  t.equal(queue.next()?.first, 11)
})

test('what waits for long is kept as bytes, what goes soon stays text', async t => {
  const queue = new SendQueue(10, 100)
  for (let line = 0; line < 9; line++) queue.push(toBatch(line + 1, 1, `line${line}\n`))
  const payloads: Payload[] = []
  for (let batch = queue.next(); batch; batch = queue.next()) {
    payloads.push(batch.payload)
    queue.markSent()
    queue.ack(batch.first)
  }
  const text = Array.from({ length: 9 }, (_, line) => `line${line}\n`)
  t.strictSame(payloads, [...text.slice(0, 4), ...text.slice(4).map(line => Buffer.from(line))])
})

const acks: [seq: number, forgotten: number, start: number][] = [
  [0, 0, 1],
  [9, 0, 1],
  [10, 10, 11],
  [15, 10, 11],
  [20, 20, 21],
  [30, 30, 31],
  [40, 40, 41],
  [99, 40, 41]
]

for (const [seq, forgotten, start] of acks) {
  test(`an ack of ${seq} forgets ${forgotten} records, in flight or not`, async t => {
    const queue = fill(4)
    queue.markSent()
    queue.markSent()
    t.equal(queue.ack(seq), forgotten)
    t.match(queue, { records: 40 - forgotten, bytes: 400 - forgotten * 10, start, end: 41 })
    t.equal(queue.ack(seq), 0, 'and nothing when it comes again')
  })
}

test('after a rewind all is sent again, in order', async t => {
  const queue = fill(5, 300)
  t.strictSame(sendAll(queue), [1, 11, 21])
  queue.ack(10)
  queue.rewind()
  t.match(queue, { inFlightBytes: 0, waitingBytes: 400, records: 40, start: 11, end: 51 })
  t.strictSame(sendAll(queue), [11, 21, 31])
})

test('only what waits is dropped, the oldest first', async t => {
  const queue = fill(4)
  queue.markSent()
  t.match(queue.dropOldest(), { first: 11, count: 10 })
  t.match(queue.dropOldest(), { first: 21, count: 10 })
  t.match(queue, { inFlightBytes: 100, waitingBytes: 100, records: 20, start: 1, end: 41 })
  t.strictSame(sendAll(queue), [31])
  t.equal(queue.dropOldest(), undefined)
  t.match(queue, { inFlightBytes: 200, records: 20 })
})

test('what was sent once is not dropped, for it may be in the file', async t => {
  const queue = fill(3)
  queue.markSent()
  queue.rewind()
  t.match(queue.dropOldest(), { first: 11 })
  t.match(queue.dropOldest(), { first: 21 })
  t.equal(queue.dropOldest(), undefined)
  t.strictSame(sendAll(queue), [1])
})

test('an ack passes over what was dropped', async t => {
  const queue = fill(3)
  queue.markSent()
  queue.dropOldest()
  sendAll(queue)
  t.equal(queue.ack(30), 20)
  t.match(queue, { bytes: 0, records: 0, start: 31 })
})

test('a queue without a store spills nothing', async t => {
  const queue = fill(2)
  t.equal(queue.spill(), false)
  t.match(queue, { bytes: 200, records: 20, memoryRecords: 20, hasUnsent: true })
})

test('what is spilled waits in the store, before what waits in memory', async t => {
  const shelf = new Shelf(2)
  const queue = fill(4, 1000, 100, shelf)
  queue.markSent()
  t.strictSame([queue.spill(), queue.spill(), queue.spill()], [true, true, false])
  t.match(queue, { bytes: 200, waitingBytes: 100, records: 40, memoryRecords: 20, start: 1 })
  t.strictSame(sendAll(queue), [11, 21, 31])
  t.equal(queue.hasUnsent, false)
  t.equal(queue.spill(), false, 'nothing waits')
  t.equal(queue.ack(25), 20)
  t.equal(shelf.released, 25)
})

test('what a store holds from before is sent first', async t => {
  const shelf = new Shelf(1)
  shelf.push(makeBatch(91, 10, 100))
  const queue = fill(0, 1000, 100, shelf)
  queue.continueAt(101)
  t.match(queue, { start: 91, end: 101, records: 10, memoryRecords: 0, bytes: 0 })
  queue.push(makeBatch(101, 1, 100))
  t.strictSame(sendAll(queue), [91, 101])
})

test('the store drops before memory does', async t => {
  const queue = fill(3, 1000, 100, new Shelf(1))
  queue.spill()
  t.match(queue.dropOldest(), { first: 1, count: 10 })
  t.match(queue.dropOldest(), { first: 11, count: 10 })
  t.equal(queue.records, 10)
})

test('at the end all goes to the store, and what it refuses is given back', async t => {
  const shelf = new Shelf(3)
  const queue = fill(4, 1000, 100, shelf)
  queue.markSent()
  queue.markSent()
  queue.rewind()
  queue.markSent()
  t.strictSame(
    queue.spillAll().map(({ first }) => first),
    [31]
  )
  t.strictSame(
    shelf.batches.map(({ first }) => first),
    [1, 11, 21]
  )
  t.match(queue, { bytes: 0, records: 30, memoryRecords: 0, start: 1, end: 41 })
})

/** A queue that makes batches of what is added. */
function makeGathering(maxBytes: number, dropped: RecordRange[] = []): SendQueue {
  const onTooLong = (range: RecordRange): void => void dropped.push(range)
  const batching = { batchBytes: 100, batchMs: 25, recordBytes: 200, onTooLong }
  return new SendQueue(maxBytes, 100, undefined, batching)
}

test('what is added becomes a batch when it is due, unless others wait to be sent', async t => {
  const queue = makeGathering(10)
  queue.add('1\n', 1000)
  t.match(queue, { dueAt: 1000, records: 0, bytes: 0, end: 1 })
  t.equal(queue.closeDue(990), false)
  t.equal(queue.closeDue(1000), true)
  t.match(queue, { records: 1, bytes: 2, end: 2 })
  queue.add('2\n', 1010)
  t.equal(queue.dueAt, Number.POSITIVE_INFINITY, 'the first waits')
  t.equal(queue.closeDue(2000), false)
  queue.markSent()
  t.equal(queue.dueAt, 1110)
  t.equal(queue.closeDue(2000), true)
  t.match(queue, { records: 2, nextSeq: 2, end: 3 })
})

test('full batches are made when it is told so, however many others wait', async t => {
  const queue = makeGathering(10)
  for (let line = 0; line < 9; line++) queue.add(`${'x'.repeat(29)}\n`, 1000)
  t.ok(queue.isFull)
  t.equal(queue.records, 0)
  queue.cut()
  t.match(queue, { records: 8, waitingBytes: 240, isFull: false })
  t.equal(queue.countRecords(), 9, 'one is in no batch')
  queue.closeLast()
  t.match(queue, { records: 9, waitingBytes: 270 })
})

test('a record that is too long is left out between the others', async t => {
  const dropped: RecordRange[] = []
  const queue = makeGathering(1000, dropped)
  queue.add(`a\n${'x'.repeat(300)}\nb\n`, 1000)
  queue.close()
  t.strictSame(dropped, [{ first: 2, count: 1 }])
  t.strictSame(sendAll(queue), [1, 3])
  t.equal(queue.end, 4)
})

test('a queue without batching takes no chunks', async t => {
  const queue = fill(1)
  t.equal(queue.add('x\n', 0), false)
  t.equal(queue.closeDue(1e9), false)
  t.match(queue, { isFull: false, dueAt: Number.POSITIVE_INFINITY, records: 10 })
  t.equal(queue.countRecords(), 10)
})

for (const seed of [1, 2, 3, 4, 5]) {
  test(`a queue holds what its model holds after any steps, seed ${seed}`, async t => {
    const pair = new QueuePair(seed)
    const steps = Array.from({ length: 3000 }, () => pair.step())
    t.strictSame(new Set(steps), new Set(['']))
    t.ok(pair.end > 5000)
  })
}
