import { test } from 'tap'
import {
  decodeAcks,
  decodeHeader,
  decodeSubscription,
  encodeAcks,
  encodeHeader,
  encodeSubscription,
  markerTopic,
  type Header
} from '../../lib/wire/frame.ts'
import { createId, toHexId } from '../../lib/wire/id.ts'

const senderId = '\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u00ff'
const collectorId = 'collectr'

/** Header fields as the wire has them, in hexadecimal digits. */
const headers: [what: string, header: Header, hex: string][] = [
  [
    'a hello of a sender that holds nothing',
    { kind: 1, senderId, first: 1, count: 0 },
    '007a7001 01 000000 01020304050607ff 0100000000000000 00000000'
  ],
  [
    'a batch',
    { kind: 2, senderId, first: 0x01_02_03_04, count: 0x0a_0b },
    '007a7001 02 000000 01020304050607ff 0403020100000000 0b0a0000'
  ],
  [
    'a batch beyond 2 ** 32 records',
    { kind: 2, senderId, first: 2 ** 32 + 5, count: 2 ** 32 - 1 },
    '007a7001 02 000000 01020304050607ff 0500000001000000 ffffffff'
  ],
  [
    'a batch just below 2 ** 32',
    { kind: 2, senderId, first: 2 ** 32 - 1, count: 1 },
    '007a7001 02 000000 01020304050607ff ffffffff00000000 01000000'
  ],
  [
    'a bye at the highest number',
    { kind: 3, senderId, first: Number.MAX_SAFE_INTEGER, count: 0 },
    '007a7001 03 000000 01020304050607ff ffffffffffff1f00 00000000'
  ]
]

for (const [what, header, hex] of headers) {
  test(`${what} has these bytes, and is read from them`, async t => {
    const bytes = hex.replaceAll(' ', '')
    t.equal(encodeHeader(header).toString('hex'), bytes)
    t.strictSame(decodeHeader(Buffer.from(bytes, 'hex')), header)
  })
}

const foreign: [what: string, frame: Buffer][] = [
  ['an empty frame', Buffer.alloc(0)],
  ['three bytes', Buffer.from('007a70', 'hex')],
  ['text', Buffer.from('a third frame that is 28 byte')],
  ['an ack', encodeAcks(collectorId, [{ senderId, seq: 1 }])],
  ['a header of version 2', Buffer.concat([Buffer.from('007a7002', 'hex'), Buffer.alloc(24)])]
]

for (const [what, frame] of foreign) {
  test(`no header of ours: ${what}`, async t => {
    t.equal(decodeHeader(frame), undefined)
  })
}

const header = encodeHeader({ kind: 2, senderId, first: 1, count: 1 })

function withKind(kind: number): Buffer {
  const frame = Buffer.from(header)
  frame[4] = kind
  return frame
}

const broken: [frame: Buffer, got: string][] = [
  [header.subarray(0, 4), '4 bytes, kind 0'],
  [header.subarray(0, 27), '27 bytes, kind 0'],
  [Buffer.concat([header, Buffer.of(0)]), '29 bytes, kind 0'],
  [withKind(0), '28 bytes, kind 0'],
  [withKind(4), '28 bytes, kind 4'],
  [withKind(255), '28 bytes, kind 255']
]

for (const [frame, got] of broken) {
  test(`a header of ${got} is refused`, async t => {
    t.throws(() => decodeHeader(frame), {
      code: 'ERR_ZMQ_PUB_FRAME',
      message: `ERR_ZMQ_PUB_FRAME: a header must have 28 bytes and kind 1, 2 or 3, got ${got}`
    })
  })
}

/** A header with any numbers, also those that encodeHeader can't write. */
function withNumbers(kind: number, first: bigint, count: number): Buffer {
  const frame = withKind(kind)
  frame.writeBigUInt64LE(first, 16)
  frame.writeUInt32LE(count, 24)
  return frame
}

const [maxU64, maxFirst] = [2n ** 64n - 1n, 2n ** 53n - 2n]
const impossible: [what: string, kind: number, first: bigint, count: number][] = [
  ['a hello of a sender whose records begin at 0', 1, 0n, 0],
  ['a hello beyond the highest number', 1, maxFirst + 2n, 0],
  ['a hello with the highest number that fits', 1, maxU64, 0],
  ['a hello with records', 1, 1n, 1],
  ['a batch that begins at 0', 2, 0n, 1],
  ['a batch without records', 2, 1n, 0],
  ['a batch that ends beyond the highest number', 2, maxFirst, 2],
  ['a batch far beyond the highest number', 2, 2n ** 63n, 2 ** 32 - 1],
  ['a batch with all bits set', 2, maxU64, 2 ** 32 - 1],
  ['a bye at 0', 3, 0n, 0],
  ['a bye beyond the highest number', 3, maxFirst + 2n, 0],
  ['a bye with records', 3, 5n, 3]
]

for (const [what, kind, first, count] of impossible) {
  test(`refused: ${what}`, async t => {
    t.throws(() => decodeHeader(withNumbers(kind, first, count)), {
      code: 'ERR_ZMQ_PUB_FRAME',
      message: /records are numbered from 1 to 2\^53 - 2;.* got first \d+, count \d+, kind \d$/
    })
  })
}

test('the last batch that a sender can have is read', async t => {
  t.match(decodeHeader(withNumbers(2, maxFirst, 1)), { first: Number(maxFirst), count: 1 })
})

const other = 'another!'
const acks = encodeAcks(collectorId, [
  { senderId: other, seq: 7 },
  { senderId, seq: 2 ** 40 + 3 }
])

test('acks have these bytes', async t => {
  t.equal(
    acks.toString('hex'),
    ['027a7001', '636f6c6c65637472', '616e6f7468657221', '0700000000000000'].join('') +
      ['01020304050607ff', '0300000000010000'].join('')
  )
  t.equal(encodeAcks(collectorId, []).toString('hex'), '027a7001636f6c6c65637472')
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
  ['a header', header],
  ['a subscription', encodeSubscription(Buffer.from('a topic of some length'))],
  ['an empty frame', Buffer.alloc(0)]
]

for (const [what, frame] of silent) {
  test(`no ack: ${what}`, async t => {
    t.equal(decodeAcks(frame), undefined)
  })
}

test('an id is 8 bytes, shown as 16 digits, and each is another', async t => {
  const ids = Array.from({ length: 100 }, createId)
  t.equal(new Set(ids).size, 100)
  for (const id of ids) t.equal(Buffer.from(id, 'latin1').length, 8)
  t.equal(toHexId(senderId), '01020304050607ff')
})

test('a subscription has one byte before its topic, and is read from it', async t => {
  t.equal(encodeSubscription(markerTopic).toString('hex'), '01007a6d712d7075622f31')
  t.same(decodeSubscription(Buffer.from('\u0001web')), {
    isSubscribed: true,
    topic: Buffer.from('web')
  })
  t.same(decodeSubscription(Buffer.of(0)), { isSubscribed: false, topic: Buffer.alloc(0) })
})

for (const frame of [Buffer.alloc(0), Buffer.from('web'), acks]) {
  test(`no subscription: '${frame.toString('hex')}'`, async t => {
    t.equal(decodeSubscription(frame), undefined)
  })
}
