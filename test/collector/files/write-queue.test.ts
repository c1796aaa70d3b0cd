import { test } from 'tap'
import {
  toPieces,
  WriteJoiner,
  WriteQueue,
  type Piece,
  type QueuedWrite,
  type Source
} from '../../../lib/collector/files/write-queue.ts'

const a: Source = { senderId: 'sender-a', last: 5 }
const b: Source = { senderId: 'sender-b', last: 9 }

function toWrite(bytes: string | number, source?: Source, onWritten = () => {}): QueuedWrite {
  const buffer = typeof bytes === 'number' ? Buffer.alloc(bytes, 'x') : Buffer.from(bytes)
  return { bytes: buffer, source, onWritten }
}

/** Takes everything out of a queue: the period of each write, and the sizes of what it joins. */
function drain(queue: WriteQueue): [period: string, sizes: number[]][] {
  const drained: [string, number[]][] = []
  for (let period = queue.findPeriod(); period !== undefined; period = queue.findPeriod()) {
    const next = queue.takeNext()
    drained.push([period, next.writes.map(({ bytes }) => bytes.length)])
    queue.finish(next)
  }
  return drained
}

const mib = 1024 * 1024
const queues: [
  what: string,
  pushed: [period: string, size: number][],
  drained: [period: string, sizes: number[]][]
][] = [
  ['nothing is taken from an empty queue', [], []],
  [
    'writes of one period are taken together',
    [
      ['14', 3],
      ['14', 4]
    ],
    [['14', [3, 4]]]
  ],
  [
    'periods are taken one by one, in the order of the appends',
    [
      ['14', 1],
      ['15', 2],
      ['14', 3]
    ],
    [
      ['14', [1]],
      ['15', [2]],
      ['14', [3]]
    ]
  ],
  [
    'at most 1 MiB is taken at once',
    [
      ['14', mib - 1],
      ['14', 1],
      ['14', 1]
    ],
    [
      ['14', [mib - 1, 1]],
      ['14', [1]]
    ]
  ],
  [
    'a write of more than 1 MiB is taken alone',
    [
      ['14', mib + 1],
      ['14', 1]
    ],
    [
      ['14', [mib + 1]],
      ['14', [1]]
    ]
  ],
  [
    'an empty write is taken too',
    [
      ['14', 0],
      ['15', 0]
    ],
    [
      ['14', [0]],
      ['15', [0]]
    ]
  ]
]

for (const [what, pushed, drained] of queues) {
  test(what, async t => {
    const queue = new WriteQueue()
    for (const [period, size] of pushed) queue.push(period, toWrite(size))
    t.strictSame(drain(queue), drained)
    t.strictSame(queue.takeNext(), { writes: [], bytes: 0 })
    queue.push('16', toWrite(1))
    t.strictSame(drain(queue), [['16', [1]]], 'the queue is usable again')
  })
}

const limits: [what: string, sizes: number[], room: number, maxBytes: number, taken: number[]][] = [
  ['what fits into the open file is written to it', [30, 30, 30], 70, 100, [30, 30]],
  ['what does not fit goes to the next file, with what fits there', [30, 30, 30], 20, 70, [30, 30]],
  ['a write that fits nowhere goes alone', [200, 30], 20, 100, [200]],
  ['an empty write is no limit', [0, 30, 30], 30, 100, [0, 30]]
]

for (const [what, sizes, room, maxBytes, taken] of limits) {
  test(what, async t => {
    const queue = new WriteQueue()
    for (const size of sizes) queue.push('14', toWrite(size))
    t.strictSame(
      queue.takeNext(room, maxBytes).writes.map(({ bytes }) => bytes.length),
      taken
    )
  })
}

test('bytes count until their write is finished, which notifies the owners in order', async t => {
  const queue = new WriteQueue()
  const written: string[] = []
  queue.push(
    '14',
    toWrite('one', a, () => written.push('one'))
  )
  queue.push(
    '14',
    toWrite('four', b, () => written.push('four'))
  )
  const taken = queue.takeNext()
  queue.push('14', toWrite('x'))
  t.strictSame([taken.bytes, queue.bytes, written], [7, 8, []])
  queue.finish(taken)
  t.strictSame([queue.bytes, written], [1, ['one', 'four']])
})

const pieces: [what: string, writes: QueuedWrite[], pieces: Piece[]][] = [
  ['no write has no piece', [], []],
  [
    'consecutive writes of one sender are one piece, up to the last of its records',
    [
      toWrite('one', a),
      toWrite('four', { ...a, last: 6 }),
      toWrite('x', b),
      toWrite('yy', { ...a, last: 7 })
    ],
    [
      { length: 7, ...a, last: 6 },
      { length: 1, ...b },
      { length: 2, ...a, last: 7 }
    ]
  ],
  [
    'consecutive writes without a source are one piece',
    [toWrite('one'), toWrite('four'), toWrite('x', a), toWrite('x'), toWrite('yy')],
    [{ length: 7 }, { length: 1, ...a }, { length: 3 }]
  ]
]

for (const [what, writes, expected] of pieces) {
  test(what, async t => {
    t.strictSame(toPieces(writes), expected)
  })
}

test('writes are joined in one buffer, which is used again after its release', async t => {
  const joiner = new WriteJoiner()
  const first = joiner.join([toWrite('one '), toWrite('two')])
  t.equal(first.toString(), 'one two')
  const second = joiner.join([toWrite('three '), toWrite('four')])
  t.strictSame([first.toString(), second.toString()], ['one two', 'three four'])
  t.not(second.buffer, first.buffer, 'the buffer is in use')
  joiner.release(second)
  t.not(joiner.join([toWrite('a'), toWrite('b')]).buffer, first.buffer, 'it is still in use')
  joiner.release(first)
  t.equal(joiner.join([toWrite('a'), toWrite('b')]).buffer, first.buffer)
})

test('a single write is not copied', async t => {
  const write = toWrite(2 * mib)
  t.equal(new WriteJoiner().join([write]), write.bytes)
})
