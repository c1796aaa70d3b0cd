import { test } from 'tap'
import { parseEntry, type JournalEntry } from '../../../lib/collector/journal/entry-reader.ts'
import { fromHexId } from '../../../lib/wire/id.ts'

const [hexA, hexB] = ['0102030405060708', 'ff00ff00ff00ff00']
const [a, b] = [fromHexId(hexA), fromHexId(hexB)]

const nothing: Extract<JournalEntry, { kind: 'state' }> = {
  kind: 'state',
  collectorId: undefined,
  moves: 0,
  former: [],
  positions: [],
  ahead: [],
  read: [],
  isDamaged: false
}

const understood: [what: string, line: object, entry: JournalEntry][] = [
  ['a head of a new journal', { collector: hexA, positions: {} }, { ...nothing, collectorId: a }],
  [
    'a head with all that it can have',
    {
      collector: hexA,
      moves: 2,
      former: ['../old/.journal'],
      positions: { [hexA]: [43, 1000], [hexB]: [1, 0] },
      ahead: { [hexB]: { 'x.log': 5, 'y.log': 7 } },
      read: { [`${hexA}.0`]: 9, [`${hexA}.255`]: 0 }
    },
    {
      ...nothing,
      collectorId: a,
      moves: 2,
      former: ['../old/.journal'],
      positions: [
        [a, { expected: 43, timeMs: 1000 }],
        [b, { expected: 1, timeMs: 0 }]
      ],
      ahead: [
        [b, 'x.log', 5],
        [b, 'y.log', 7]
      ],
      read: [
        [`${hexA}.0`, 9],
        [`${hexA}.255`, 0]
      ]
    }
  ],
  [
    'filed records: the sender continues after the last one',
    { at: 2000, filed: { [hexA]: 42 } },
    { ...nothing, positions: [[a, { expected: 43, timeMs: 2000 }]] }
  ],
  [
    'how far a stream was read',
    { read: { [`${hexA}.3`]: 17 } },
    { ...nothing, read: [[`${hexA}.3`, 17]] }
  ],
  ['where it is moved to', { movedTo: '../b/.journal' }, { kind: 'moved', to: '../b/.journal' }]
]

for (const [what, line, entry] of understood) {
  test(`a line is read: ${what}`, async t => {
    t.strictSame(parseEntry(JSON.stringify(line)), entry)
  })
}

const write = { file: 'x.log', offset: 0, at: 2000, pieces: [[4, hexA, 8], [2]] }

for (const line of [write, { ...write, log: 'x' }, { ...write, pieces: [] }]) {
  test(`a write is read as it is: ${JSON.stringify(line)}`, async t => {
    t.strictSame(parseEntry(JSON.stringify(line)), { kind: 'write', write: line })
  })
}

/** Lines that say nothing, as of a torn write or of a disk that has lost blocks. */
const meaningless: string[] = [
  '',
  '{"file":"x.log","off',
  'null',
  '7',
  '[]',
  '{}',
  '\0\0\0\0',
  ...[
    { ...write, log: 7 },
    { ...write, file: undefined, movedTo: 7 },
    { ...write, file: null },
    { ...write, offset: -1 },
    { ...write, offset: 1.5 },
    { ...write, at: '2000' },
    { ...write, pieces: {} },
    { ...write, pieces: [4] },
    { ...write, pieces: [[]] },
    { ...write, pieces: [[-4]] },
    { ...write, pieces: [[4, hexA]] },
    { ...write, pieces: [[4, hexA.toUpperCase().replace('0', 'A'), 8]] },
    { ...write, pieces: [[4, hexA.slice(1), 8]] },
    { ...write, pieces: [[4, hexA, 0]] },
    { ...write, pieces: [[4, hexA, 2 ** 53]] },
    { movedTo: null },
    { filed: { [hexA]: 42 } },
    { at: -1, filed: { [hexA]: 42 } }
  ].map(line => JSON.stringify(line))
]

for (const line of meaningless) {
  test(`nothing is understood of the line ${JSON.stringify(line)}`, async t => {
    t.equal(parseEntry(line), undefined)
  })
}

const head = { collector: hexA, positions: {} }
const isHead = { ...nothing, collectorId: a, isDamaged: true }

const damaged: [what: string, line: object, entry: JournalEntry][] = [
  ['a collector id', { ...head, collector: 'zmq-pub' }, { ...isHead, collectorId: undefined }],
  ['a number of moves', { ...head, moves: -1 }, isHead],
  ['former paths', { ...head, former: ['x', 7] }, isHead],
  ['all positions of a head', { collector: hexA }, isHead],
  [
    'the positions of some senders',
    {
      ...head,
      positions: { [hexA]: [3, 1000], [hexB]: [0, 1000], 'sender-a': [3, 1000], aa: 3 }
    },
    { ...isHead, positions: [[a, { expected: 3, timeMs: 1000 }]] }
  ],
  ['a position without a time', { ...head, positions: { [hexA]: [3] } }, isHead],
  [
    'the logs of a sender, and one log of another one',
    { ...head, ahead: { [hexA]: 5, [hexB]: { x: 5, y: -5 } } },
    { ...isHead, ahead: [[b, 'x', 5]] }
  ],
  [
    'partitions of a stream',
    { ...head, read: { [`${hexA}.0`]: 9, [`${hexA}.0000`]: 9, [hexA]: 9, [`${hexB}.1`]: -1 } },
    { ...isHead, read: [[`${hexA}.0`, 9]] }
  ],
  ['what was read', { read: 7 }, { ...nothing, isDamaged: true }],
  [
    'what is filed of one of two senders',
    { at: 2000, filed: { [hexA]: 42, [hexB]: 0 } },
    { ...nothing, positions: [[a, { expected: 43, timeMs: 2000 }]], isDamaged: true }
  ],
  ['all that is filed', { at: 2000, filed: null }, { ...nothing, isDamaged: true }]
]

for (const [what, line, entry] of damaged) {
  test(`a line is damaged where something is no value of it, and the rest is used: ${what}`, async t => {
    t.strictSame(parseEntry(JSON.stringify(line)), entry)
  })
}

test('a number that no sender can reach is left out: the next record would have no number', async t => {
  const most = Number.MAX_SAFE_INTEGER
  for (const seq of [most + 1, 1e300, Number.NaN, '5', null]) {
    const line = JSON.stringify({
      ...head,
      positions: { [hexA]: [seq, 0] },
      ahead: { [hexA]: { x: seq } }
    })
    t.strictSame(parseEntry(line), isHead, `${seq}`)
  }
})
