import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { test } from 'tap'
import { decodeAcks, encodeAcks } from '../../lib/wire/acks.ts'
import { isSeq } from '../../lib/wire/seq.ts'
import { decodeSubscription, encodeSubscription } from '../../lib/wire/subscription.ts'

const seed = 13

const senderId = '\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u00ff'
const collectorId = 'collectr'
const other = 'another!'
const acks = encodeAcks(collectorId, [
  { senderId: other, seq: 7 },
  { senderId, seq: 2 ** 40 + 3 }
])

test('acks have these bytes', async t => {
  t.equal(
    acks.toString('hex'),
    ['027a7002', '636f6c6c65637472', '616e6f7468657221', '0700000000000000'].join('') +
      ['01020304050607ff', '0300000000010000'].join('')
  )
  t.equal(encodeAcks(collectorId, []).toString('hex'), '027a7002636f6c6c65637472')
})

test('acks are read as they were sent', async t => {
  const sent = [
    { senderId: other, seq: 7 },
    { senderId, seq: 2 ** 40 + 3 }
  ]
  t.strictSame(decodeAcks(acks), { collectorId, acks: sent })
  t.strictSame(decodeAcks(encodeAcks(collectorId, [])), { collectorId, acks: [] })
})

test('an ack of a number that no record can have is left out, the others are read', async t => {
  for (const seq of [2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n]) {
    const frame = Buffer.from(acks)
    frame.writeBigUInt64LE(seq, 20)
    t.strictSame(decodeAcks(frame)?.acks, [{ senderId, seq: 2 ** 40 + 3 }])
  }
})

test('an entry that is cut off is no ack', async t => {
  const expected = { collectorId, acks: [{ senderId: other, seq: 7 }] }
  for (const cut of [1, 8, 15, 16]) t.strictSame(decodeAcks(acks.subarray(0, -cut)), expected)
})

const silent: [what: string, frame: Buffer][] = [
  ['a frame shorter than the head of an ack', acks.subarray(0, 11)],
  ['an ack of version 1', Buffer.concat([Buffer.from('027a7001', 'hex'), Buffer.alloc(24)])],
  ['a subscription', encodeSubscription(Buffer.from('a topic of some length'))],
  ['an empty frame', Buffer.alloc(0)]
]

for (const [what, frame] of silent) {
  test(`no ack: ${what}`, async t => {
    t.equal(decodeAcks(frame), undefined)
  })
}

const anyId = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(toLatin1)

function toLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

test('any acks are read as they were sent, and cut anywhere as far as they are whole', async () => {
  const anyAck = fc.record(
    { senderId: anyId, seq: fc.integer({ min: 0, max: 2 ** 53 - 2 }) },
    { noNullPrototype: true }
  )
  fc.assert(
    fc.property(anyId, fc.array(anyAck), fc.nat(), (collector, given, cut) => {
      const frame = encodeAcks(collector, given)
      const left = cut % (frame.length + 1)
      const expected =
        left < 12
          ? undefined
          : { collectorId: collector, acks: given.slice(0, Math.floor((left - 12) / 16)) }
      return isDeepStrictEqual(decodeAcks(frame.subarray(0, left)), expected)
    }),
    { seed, numRuns: 500 }
  )
})

test('whatever bytes come upstream, they have only acks that records can have, in as many as fit', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), fc.boolean(), (bytes, isAck) => {
      const frame = isAck ? Buffer.concat([acks.subarray(0, 4), bytes]) : Buffer.from(bytes)
      const read = decodeAcks(frame)
      if (!isAck || frame.length < 12) return read === undefined
      return (
        read !== undefined &&
        read.acks.length <= (frame.length - 12) / 16 &&
        read.acks.every(({ seq }) => seq === 0 || isSeq(seq)) &&
        decodeSubscription(frame) === undefined
      )
    }),
    { seed, numRuns: 500 }
  )
})
