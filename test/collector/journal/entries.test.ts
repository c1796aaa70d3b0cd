import { test } from 'tap'
import {
  applyWrite,
  createJournalState,
  setAhead,
  type JournaledWrite
} from '../../../lib/collector/journal/entries.ts'
import { toHexId } from '../../../lib/wire/id.ts'
import { a, b } from '../../helpers/journal.ts'

const write: JournaledWrite = {
  file: 'a.log',
  offset: 0,
  at: 2000,
  pieces: [[4, toHexId(a), 2], [6], [4, toHexId(b), 7]]
}

test('a new state is empty, and its collector id is random', async t => {
  const state = createJournalState()
  t.match(state.collectorId, /^[^]{8}$/)
  t.strictSame([state.positions.size, state.ahead.size], [0, 0])
  t.not(createJournalState().collectorId, state.collectorId)
})

for (const [count, filed] of [
  [0, {}],
  [1, { [a]: 3 }],
  [2, { [a]: 3 }],
  [3, { [a]: 3, [b]: 8 }],
  [undefined, { [a]: 3, [b]: 8 }]
] as const) {
  test(`with ${count ?? 'all'} of its pieces in the file a write to the only log files these`, async t => {
    const state = createJournalState()
    applyWrite(state, write, count)
    t.strictSame(
      Object.fromEntries([...state.positions].map(([id, { expected }]) => [id, expected])),
      filed
    )
    t.ok([...state.positions.values()].every(({ timeMs }) => timeMs === 2000))
    t.equal(state.ahead.size, 0)
  })
}

test('a write never moves a position back', async t => {
  const state = createJournalState()
  state.positions.set(a, { expected: 100, timeMs: 1000 })
  applyWrite(state, write)
  t.strictSame(state.positions.get(a), { expected: 100, timeMs: 2000 })
})

test('a write to one of several logs is ahead in that log, and files nothing', async t => {
  const state = createJournalState()
  setAhead(state.ahead, a, 'y', 9)
  applyWrite(state, { ...write, log: 'x' })
  t.equal(state.positions.size, 0)
  t.strictSame(
    [...state.ahead].map(([id, logs]) => [id, Object.fromEntries(logs)]),
    [
      [a, { x: 3, y: 9 }],
      [b, { x: 8 }]
    ]
  )
})
