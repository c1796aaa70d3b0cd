import { join } from 'node:path'
import { test } from 'tap'
import { toCompactedText, toTuple } from '../../../lib/collector/journal/compacted-text.ts'

const senderId = '\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008'
const state = {
  collectorId: '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff',
  moves: 0,
  formerPaths: [],
  positions: new Map(),
  ahead: new Map(),
  read: new Map()
}

test('a journal of which nothing is known is its head only', async t => {
  t.equal(
    toCompactedText('/log/.app.log.journal', state, []),
    '{"collector":"ffffffffffffffff","positions":{}}\n'
  )
})

test('the head has what is known, and a line each the writes in progress, with paths from its folder', async t => {
  const full = {
    ...state,
    moves: 2,
    formerPaths: ['/log/.app.log.journal', '/old/.app.log.journal'],
    positions: new Map([[senderId, { expected: 43, timeMs: 5 }]]),
    ahead: new Map([[senderId, new Map([['api.log', 57]])]]),
    read: new Map([['aa.0', 7]])
  }
  const pieces = [
    toTuple({ length: 120, senderId, last: 56 }),
    toTuple({ length: 30, senderId: undefined, last: undefined })
  ]
  const write = { file: '', offset: 3, at: 9, pieces }
  const text = toCompactedText('/log/.app.log.journal', full, [{ write, path: '/log/a/api.log' }])
  t.ok(text.endsWith('\n'))
  t.strictSame(
    text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)),
    [
      {
        collector: 'ffffffffffffffff',
        moves: 2,
        former: [join('..', 'old', '.app.log.journal')],
        positions: { '0102030405060708': [43, 5] },
        ahead: { '0102030405060708': { 'api.log': 57 } },
        read: { 'aa.0': 7 }
      },
      {
        file: join('a', 'api.log'),
        offset: 3,
        at: 9,
        pieces: [[120, '0102030405060708', 56], [30]]
      }
    ]
  )
})
