import { test } from 'tap'
import { ReadPace } from '../../lib/transport/read-pace.ts'

const line = `${'x'.repeat(144)}\n`
const info = '{"level":30}\n'
const mib = 1024 * 1024
const room = 4 * mib

/** Chunks as worker and app see them: bytes or records that came by a time, and the pause after the last one. Unit: ms */
const cases: [what: string, chunks: [lines: number, at: number][], pauseMs: number][] = [
  ['the first record', [[1, 1000]], 0],
  [
    'one that comes less often than every 25 ms',
    [
      [1, 1000],
      [1, 1026]
    ],
    0
  ],
  [
    'one that comes as often',
    [
      [1, 1000],
      [1, 1025]
    ],
    100
  ],
  [
    'few records',
    [
      [1, 1000],
      [1, 1010]
    ],
    100
  ],
  [
    'ten in a pause of 100 ms',
    [
      [1, 1000],
      [10, 1100]
    ],
    100
  ],
  [
    'none since a pause of 100 ms',
    [
      [10, 1000],
      [1, 1150]
    ],
    0
  ],
  [
    'five in 25 ms',
    [
      [1, 1000],
      [5, 1025]
    ],
    25
  ],
  [
    'a hundred in 25 ms',
    [
      [1, 1000],
      [100, 1025]
    ],
    25
  ],
  [
    '16 KiB in 25 ms',
    [
      [1, 1000],
      [114, 1025]
    ],
    100
  ],
  [
    'a large chunk after a silence',
    [
      [1, 1000],
      [10_000, 61_000]
    ],
    9
  ]
]

for (const [what, chunks, pauseMs] of cases) {
  test(`after ${what} nothing is read for ${pauseMs} ms`, async t => {
    const pace = new ReadPace(25, () => room)
    t.equal(chunks.map(([lines, at]) => pace.next(line.repeat(lines), at)).at(-1), pauseMs)
  })
}

test('the more comes the shorter is the pause, so that it brings 512 KiB at most', async t => {
  const pace = new ReadPace(25, () => room)
  pace.next(line, 1000)
  t.equal(pace.next(line, 1010), 100)
  t.equal(pace.next('x'.repeat(mib), 1110), 50)
  t.equal(pace.next('x'.repeat(mib), 1160), 25)
  t.equal(pace.next('x'.repeat(4 * mib), 1185), 3)
  t.equal(pace.next('x'.repeat(4 * mib), 1188), 0, 'not one of less than 2 ms')
})

test('and so that it brings half of what there is room for', async t => {
  let room = mib
  const pace = new ReadPace(25, () => room)
  pace.next('x'.repeat(mib / 8), 1000)
  t.equal(pace.next('x'.repeat(mib / 8), 1025), 100, '128 KiB in 25 ms')
  room = mib / 2
  t.equal(pace.next('x'.repeat(mib / 2), 1125), 50)
  room = mib / 64
  t.equal(pace.next('x'.repeat(mib / 4), 1175), 0)
  room = 4 * mib
  t.equal(pace.next('x'.repeat(mib / 8), 1200), 100, 'and again after that')
})

test('at full speed there is none, as the memory is full', async t => {
  let room = 0
  const pace = new ReadPace(25, () => room)
  pace.next('x'.repeat(4 * mib), 1000)
  t.equal(pace.next('x'.repeat(4 * mib), 1035), 0)
  room = 4 * mib
  t.ok(pace.next(line, 1036) <= 8, 'a rest of it tells nothing')
  const pauses = Array.from({ length: 10 }, (_, index) => pace.next(line, 1046 + 10 * index))
  t.equal(pauses.at(-1), 100)
})

test('an empty chunk is no reason for a pause, whatever room there is', async t => {
  for (const room of [0, 4 * mib]) {
    const pace = new ReadPace(25, () => room)
    t.equal(pace.next('', 1000), 0)
    t.equal(pace.next('', 1010), 0)
  }
})

test('chunks that come at the same time are at full speed, not for ever', async t => {
  const pace = new ReadPace(25, () => room)
  for (let count = 0; count < 3; count++) {
    t.ok(pace.next(line.repeat(100), 1000) <= 3)
  }
  const pauses = Array.from({ length: 20 }, (_, index) => pace.next(line, 1010 + 10 * index))
  t.equal(pauses.at(-1), 100)
})

for (const [batchMs, often, seldom] of [
  [0, 0, 0],
  [10, 10, 40],
  [60, 60, 100],
  [60_000, 100, 100]
] as const) {
  test(`with a batchMs of ${batchMs} ms a pause has ${often} or ${seldom} ms`, async t => {
    const pace = new ReadPace(batchMs, () => room)
    pace.next(line, 1000)
    t.equal(pace.next(line.repeat(10), 1010), often, 'many records')
    t.equal(pace.next(line.repeat(2), 1020), batchMs < 60 ? seldom : often, 'few')
  })
}

for (const [what, fatal, waits] of [
  ['a fatal record', '{"level":60,"time":1,"msg":"x"}', true],
  ['one with a level name', '{"level":"fatal","time":1,"msg":"x"}', true],
  ['one of Google Cloud', '{"severity":"CRITICAL","time":1,"msg":"x"}', true],
  ['a record of another level', '{"level":50,"time":60,"msg":"fatal"}', false],
  ['a line that is no record', 'fatal: 60', false]
] as const) {
  test(`where ${what} was the last the app ${waits ? 'is' : 'is not'} held up again`, async t => {
    const pace = new ReadPace(25, () => room)
    pace.next(info, 1000)
    t.equal(pace.next(info, 1010), 100)
    t.equal(pace.next(`${info.repeat(9)}${fatal}\n`, 1110), waits ? 0 : 100)
    const pauses = Array.from({ length: 5999 }, (_, index) => pace.next(info, 1120 + 10 * index))
    t.equal(
      pauses.some(pause => pause > 0),
      !waits
    )
    t.equal(pace.next(info, 61_110), 100, 'after a minute')
  })
}

test('a fatal record that others follow has held nobody up', async t => {
  const pace = new ReadPace(25, () => room)
  pace.next(info, 1000)
  t.equal(pace.next(`{"level":60}\n${info}`, 1010), 25)
})

test('who has waited for a flush is not held up again', async t => {
  const pace = new ReadPace(25, () => room)
  pace.next(line, 1000)
  pace.onWait(1005)
  t.equal(pace.next(line, 1010), 0)
  t.equal(pace.next(line, 61_000), 0)
  t.equal(pace.next(line, 61_010), 100)
})
