import { test } from 'tap'
import { AckLedger } from '../../../lib/transport/sender/ack-ledger.ts'

type Ack = [id: string, seq: number, now: number]

/** A ledger with room for three collectors. */
function makeLedger(...acks: Ack[]): AckLedger {
  const ledger = new AckLedger(3)
  for (const [id, seq, now] of acks) ledger.ack(id, seq, now)
  return ledger
}

const cases: [what: string, acks: Ack[], released: number][] = [
  ['without a collector nothing is released', [], 0],
  ['a collector releases what it has', [['a', 5, 0]], 5],
  ['a collector that has nothing releases nothing', [['a', 0, 0]], 0],
  [
    'what all collectors have is released',
    [
      ['a', 5, 0],
      ['b', 3, 0],
      ['c', 9, 0]
    ],
    3
  ],
  [
    'one that has nothing holds all back',
    [
      ['a', 5, 0],
      ['b', 0, 0]
    ],
    0
  ],
  [
    'the last word of a collector counts',
    [
      ['a', 5, 0],
      ['b', 3, 0],
      ['b', 8, 1]
    ],
    5
  ],
  [
    'also where it has less than it said',
    [
      ['a', 5, 0],
      ['a', 2, 1]
    ],
    2
  ]
]

for (const [what, acks, released] of cases) {
  test(what, async t => {
    t.equal(makeLedger(...acks).released, released)
  })
}

test('of gateways, which acknowledge with one id, the highest ack counts', async t => {
  const ledger = new AckLedger(1, 1, true)
  for (const [seq, released] of [
    [5, 5],
    [0, 5],
    [4, 5],
    [6, 6]
  ] as const) {
    ledger.ack('stream', seq, 0)
    t.equal(ledger.released, released)
  }
  ledger.ack('another', 2, 0)
  t.equal(ledger.released, 2, 'another stream has only what it has acknowledged itself')
})

for (const [before, released] of [
  [1000, 3],
  [1001, 5],
  [2000, 5],
  [2001, 9],
  [3000, 9],
  [3001, 3]
] as const) {
  test(`of collectors heard at 1000, 2000 and 3000 those before ${before} hold nothing back, unless it is all`, async t => {
    const ledger = makeLedger(['b', 5, 2000], ['a', 3, 1000], ['c', 9, 3000])
    ledger.expire(before)
    t.equal(ledger.released, released)
  })
}

test('the only collector is never forgotten', async t => {
  const ledger = makeLedger(['a', 5, 0])
  ledger.expire(Number.MAX_VALUE)
  t.equal(ledger.released, 5)
})

test('a collector that was forgotten counts again when it is heard', async t => {
  const ledger = makeLedger(['a', 3, 0], ['b', 5, 10])
  ledger.expire(5)
  t.equal(ledger.released, 5)
  ledger.ack('a', 4, 20)
  t.equal(ledger.released, 4)
})

test('a ledger without collectors has nothing to forget', async t => {
  const ledger = makeLedger()
  ledger.expire(1)
  t.equal(ledger.released, 0)
})

test('nothing is released before all expected collectors are known, unless they are expected no more', async t => {
  const ledger = new AckLedger(3, 2)
  ledger.ack('a', 5, 0)
  t.equal(ledger.released, 0)
  ledger.ack('b', 4, 0)
  t.equal(ledger.released, 4)
  const other = new AckLedger(3, 2)
  other.ack('a', 5, 0)
  other.stopExpecting()
  t.equal(other.released, 5)
})

test('one collector too many takes the place of the one that was silent for longest', async t => {
  const ledger = makeLedger(['a', 1, 0], ['b', 2, 1], ['c', 3, 2], ['a', 1, 3])
  t.equal(ledger.released, 1)
  ledger.ack('d', 9, 4)
  t.equal(ledger.released, 1, 'b has gone, a was heard since')
  ledger.ack('e', 9, 5)
  ledger.ack('f', 9, 6)
  t.equal(ledger.released, 9)
})
