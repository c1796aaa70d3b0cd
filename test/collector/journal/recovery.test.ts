import fc from 'fast-check'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'tap'
import {
  readJournal,
  repairLogs,
  type RecoveredState
} from '../../../lib/collector/journal/recovery.ts'
import { toHexId } from '../../../lib/wire/id.ts'
import { isNextSeq, isSeq } from '../../../lib/wire/seq.ts'
import { a, b, kill, openJournal, reopen, toPiece, write } from '../../helpers/journal.ts'

const recoverJournal = (path: string): RecoveredState => repairLogs(readJournal(path))

/** A write of two senders, with lines in between that need no ack. */
const pieces = [toPiece(a, 2, 4), { length: 6 }, toPiece(b, 7, 4)]
const text = 'A1A\nlines\nB1B\n'

const [hexA, hexB] = [toHexId(a), toHexId(b)]
const head = `{"collector":"${toHexId('collectr')}","positions":{"${hexA}":[3,1000]}`

/** Lines of a journal whose folder has the files x.log and y.log of 8 bytes each. */
const journals: [
  what: string,
  lines: string[],
  positions: [id: string, expected: number, timeMs: number][],
  ahead: Record<string, Record<string, number>>
][] = [
  ['a head', [`${head}}`], [[a, 3, 1000]], {}],
  [
    'a head with records that are not filed',
    [`${head},"ahead":{"${hexB}":{"x":5}}}`],
    [[a, 3, 1000]],
    { [b]: { x: 5 } }
  ],
  [
    'a write to the only log',
    [`${head}}`, `{"file":"x.log","offset":2,"at":2000,"pieces":[[4,"${hexA}",8],[2]]}`],
    [[a, 9, 2000]],
    {}
  ],
  [
    'writes to several logs, and what is filed of them',
    [
      `${head}}`,
      `{"log":"x","file":"x.log","offset":0,"at":2000,"pieces":[[8,"${hexA}",8]]}`,
      `{"log":"y","file":"y.log","offset":0,"at":2001,"pieces":[[8,"${hexA}",6]]}`,
      `{"at":2002,"filed":{"${hexA}":6}}`
    ],
    [[a, 7, 2002]],
    { [a]: { x: 9, y: 7 } }
  ],
  [
    'a last write that is only partly in the file',
    [
      `${head}}`,
      `{"log":"x","file":"x.log","offset":0,"at":2000,"pieces":[[4,"${hexA}",8]]}`,
      `{"log":"x","file":"x.log","offset":4,"at":2001,"pieces":[[4,"${hexB}",1],[4,"${hexB}",2]]}`
    ],
    [[a, 3, 1000]],
    { [a]: { x: 9 }, [b]: { x: 2 } }
  ]
]

for (const [what, lines, positions, ahead] of journals) {
  test(`a journal is read: ${what}`, async t => {
    const dir = t.testdir({
      'x.log': '12345678',
      'y.log': '12345678',
      journal: lines.map(line => `${line}\n`).join('')
    })
    const state = recoverJournal(`${dir}/journal`)
    t.equal(state.collectorId, 'collectr')
    t.strictSame(
      [...state.positions].map(([id, { expected, timeMs }]) => [id, expected, timeMs]),
      positions
    )
    t.strictSame(
      Object.fromEntries([...state.ahead].map(([id, logs]) => [id, Object.fromEntries(logs)])),
      ahead
    )
  })
}

test('a write that was torn anywhere is remembered as far as the log has it', async t => {
  for (let length = 0; length <= text.length; length++) {
    const dir = t.testdir()
    const journal = openJournal(dir)
    write(journal, `${dir}/a.log`, pieces, text.slice(0, length))
    kill(dir, journal)
    const expected = { ...(length >= 4 && { [a]: 3 }), ...(length >= 14 && { [b]: 8 }) }
    t.strictSame(reopen(dir), expected, `torn at ${length}`)
    const end = [14, 10, 4, 0].find(offset => offset <= length)
    t.equal(readFileSync(`${dir}/a.log`, 'utf8'), text.slice(0, end))
    t.strictSame(reopen(dir), expected, 'and once more')
  }
})

test('an announcement that was torn anywhere says nothing', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, pieces, text)
  const whole = statSync(`${dir}/.journal`).size
  write(journal, `${dir}/a.log`, [toPiece(a, 9, 5)], '')
  kill(dir, journal)
  const lines = readFileSync(`${dir}/.journal`, 'utf8')
  for (let length = whole; length <= lines.length; length++) {
    writeFileSync(`${dir}/.journal`, lines.slice(0, length))
    t.strictSame(reopen(dir), { [a]: 3, [b]: 8 }, `torn at ${length}`)
  }
})

test('only the last write is in doubt, whichever log it went to', async t => {
  const dir = t.testdir({ sub: {} })
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  write(journal, `${dir}/sub/b.log`, [toPiece(b, 3, 2)], 'B\n')
  write(journal, `${dir}/sub/b.log`, [toPiece(a, 2, 2), toPiece(b, 5, 3)], 'A\nB')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 3, [b]: 4 })
  t.equal(readFileSync(`${dir}/sub/b.log`, 'utf8'), 'B\nA\n')
})

test('of writes to one file, to another, and to the first again the newest counts', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  for (const [index, name] of ['a.log', 'b.log', 'a.log'].entries())
    write(journal, `${dir}/${name}`, [toPiece(a, index + 1, 2)], 'A\n')
  kill(dir, journal)
  t.strictSame(reopen(dir), { [a]: 4 })
})

test('what was last written to a log that is missing is forgotten, after a kill', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  write(journal, `${dir}/a.log`, [toPiece(a, 2, 2), toPiece(b, 1, 2)], 'A\nB\n')
  kill(dir, journal)
  rmSync(`${dir}/a.log`)
  t.strictSame(reopen(dir), { [a]: 2 })
})

test('a log that is moved away takes nothing with it but the last write', async t => {
  const dir = t.testdir()
  const journal = openJournal(dir)
  write(journal, `${dir}/a.log`, [toPiece(a, 1, 2)], 'A\n')
  write(journal, `${dir}/b.log`, [toPiece(b, 1, 2)], 'B\n')
  kill(dir, journal)
  rmSync(`${dir}/a.log`)
  t.strictSame(reopen(dir), { [a]: 2, [b]: 2 })
})

const max = 2 ** 53 - 2
/** Parts of a journal that nobody can have written, each as a line of its own, and what is still taken of it. */
const impossible: [what: string, line: string, taken: object][] = [
  ['a head that is text', '"collector"', {}],
  ['a head without positions', '{"collector":"0000000000000001","positions":null}', {}],
  ['positions that are a list', '{"collector":"0000000000000001","positions":[]}', {}],
  [
    'positions with impossible numbers beside a good one',
    `{"collector":"0000000000000001","positions":{"${hexA}":[0,1],"${hexB}":[5,1],"x":[1,1],"0000000000000002":[${max + 2},1],"0000000000000003":[1.5,1],"0000000000000004":["1",1],"0000000000000005":[1],"0000000000000006":5}}`,
    { [b]: 5 }
  ],
  ['a collector id that is none', `{"collector":"x","positions":{"${hexB}":[5,1]}}`, { [b]: 5 }],
  [
    'records ahead of others with impossible numbers',
    `{"collector":"0000000000000001","positions":{},"ahead":{"${hexA}":{"x":-1},"${hexB}":5}}`,
    {}
  ],
  ['moves that are none', '{"collector":"0000000000000001","moves":-1,"positions":{}}', {}],
  [
    'former places that are none',
    '{"collector":"0000000000000001","former":[5],"positions":{}}',
    {}
  ],
  ['a place that is a number', '{"movedTo":5}', {}],
  ['an ahead that is a number', '{"collector":"0000000000000001","positions":{},"ahead":5}', {}],
  ['a write without pieces', '{"file":"x.log","offset":0,"at":1}', {}],
  ['a write before the file', '{"file":"x.log","offset":-1,"at":1,"pieces":[]}', {}],
  ['a write at no time', '{"file":"x.log","offset":0,"at":"1","pieces":[]}', {}],
  [
    'a write to a log that is a number',
    '{"log":5,"file":"x.log","offset":0,"at":1,"pieces":[]}',
    {}
  ],
  ['a piece that is a number', '{"file":"x.log","offset":0,"at":1,"pieces":[5]}', {}],
  ['a piece of no length', `{"file":"x.log","offset":0,"at":1,"pieces":[["4","${hexA}",5]]}`, {}],
  ['a piece of nobody', '{"file":"x.log","offset":0,"at":1,"pieces":[[4,"x",5]]}', {}],
  ['a piece that ends at 0', `{"file":"x.log","offset":0,"at":1,"pieces":[[4,"${hexA}",0]]}`, {}],
  [
    'a piece beyond the highest number',
    `{"file":"x.log","offset":0,"at":1,"pieces":[[4,"${hexA}",${max + 1}]]}`,
    {}
  ],
  [
    'filed records beyond the highest number beside good ones',
    `{"at":5,"filed":{"${hexA}":${max + 1},"${hexB}":${max}}}`,
    { [b]: max + 1 }
  ],
  ['filed records at no time', `{"at":null,"filed":{"${hexA}":5}}`, {}],
  ['a list of filed records', '{"at":5,"filed":[1]}', {}]
]

for (const [what, line, taken] of impossible) {
  test(`${what} is left out, and the line is named`, async t => {
    const dir = t.testdir({ 'x.log': 'ABC\n', journal: `${head}}\n${line}\n{}\n` })
    const { badLines, positions, ahead } = recoverJournal(`${dir}/journal`)
    t.strictSame(badLines, [2, 3])
    t.strictSame(Object.fromEntries([...positions].map(([id, { expected }]) => [id, expected])), {
      [a]: 3,
      ...taken
    })
    t.equal(ahead.size, 0)
  })
}

test('a journal that is whole, or ends in a torn line, has no bad lines', async t => {
  for (const end of ['', '{"file":"a.log","offs']) {
    const dir = t.testdir({ journal: `${head}}\n${end}` })
    t.strictSame(recoverJournal(`${dir}/journal`).badLines, [])
  }
})

for (const where of ['above', 'below'] as const) {
  test(`lines ${where} that are not understood are skipped`, async t => {
    const dir = t.testdir()
    const journal = openJournal(dir)
    write(journal, `${dir}/a.log`, pieces, text)
    kill(dir, journal)
    const lines = readFileSync(`${dir}/.journal`, 'utf8')
    const rubbish = 'no JSON\n\n[]\n{}\n{"a":1}\n{"file":5}\n'
    writeFileSync(`${dir}/.journal`, where === 'above' ? rubbish + lines : lines + rubbish)
    const next = openJournal(dir)
    next.close()
    t.equal(next.collectorId, journal.collectorId)
    t.equal(next.senders.positions.get(b)?.expected, 8)
  })
}

const headless: [what: string, text: string, badLines: number[]][] = [
  ['an empty journal', '', [1]],
  ['a journal that is cut in its head', head.slice(0, 30), [1]],
  ['a journal without its head', `{"at":5,"filed":{"${hexA}":5}}\n`, [1]],
  ['a journal of other text', 'not a journal\n', [1]]
]

for (const [what, given, expected] of headless) {
  test(`${what} has a bad first line, and is kept aside when it is opened`, async t => {
    const dir = t.testdir({ '.journal': given })
    t.strictSame(recoverJournal(`${dir}/.journal`).badLines, expected)
    const journal = openJournal(dir)
    t.strictSame(journal.badLines, expected)
    journal.close()
    t.equal(readFileSync(`${dir}/.journal.damaged`, 'utf8'), given)
    t.strictSame(recoverJournal(`${dir}/.journal`).badLines, [], 'the new one is whole')
  })
}

test('a whole journal is not kept aside', async t => {
  const dir = t.testdir({ '.journal': `${head}}\n` })
  openJournal(dir).close()
  t.notOk(existsSync(`${dir}/.journal.damaged`))
})

test('whatever lines a journal has, it is read, and has only numbers that senders can have', async () => {
  const number = fc.oneof(
    fc.constantFrom(0, 1, -1, 1.5, 2 ** 53 - 2, 2 ** 53 - 1, 2 ** 53, 1e300, null, '5'),
    fc.nat(20)
  )
  const id = fc.constantFrom(hexA, hexB, '00000000000000zz', '__proto__', '', 'collectr')
  const numbers = fc.dictionary(id, number)
  const entry = fc.oneof(
    fc.record(
      {
        collector: fc.oneof(id, number),
        moves: number,
        former: fc.oneof(fc.array(fc.oneof(fc.string(), number)), number),
        positions: fc.oneof(fc.dictionary(id, fc.oneof(fc.tuple(number, number), number)), number),
        ahead: fc.oneof(fc.dictionary(id, fc.oneof(numbers, number)), number)
      },
      { requiredKeys: ['collector'] }
    ),
    fc.record({ at: number, filed: fc.oneof(numbers, number) }),
    fc.record(
      {
        log: fc.oneof(fc.constantFrom('x', 'y', '__proto__'), number),
        file: fc.oneof(fc.constantFrom('x.log', 'gone.log', '.', '\0'), number),
        offset: number,
        at: number,
        pieces: fc.oneof(fc.array(fc.oneof(fc.tuple(number, id, number), fc.tuple(number))), number)
      },
      { requiredKeys: ['file'] }
    ),
    fc.jsonValue()
  )
  const line = fc.oneof(
    { arbitrary: entry.map(value => JSON.stringify(value)), weight: 5 },
    fc.constant(`${head}}`),
    fc.string({ unit: 'binary' }),
    entry.map(value => JSON.stringify(value).slice(0, -1))
  )
  const path = `${tmpdir()}/zmq-pub-${process.pid}.journal`
  try {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), lines => {
        writeFileSync(path, lines.map(text => `${text}\n`).join(''))
        const { state, lastWrites, badLines } = readJournal(path)
        const expected = [...state.ahead.values()].flatMap(logs => [...logs.values()])
        return (
          [...state.positions.keys(), ...state.ahead.keys()].every(key => key.length === 8) &&
          [...state.positions.values()].every(
            position => isNextSeq(position.expected) && isCount(position.timeMs)
          ) &&
          expected.every(isNextSeq) &&
          isCount(state.moves) &&
          [...lastWrites.values()].every(({ file, offset, at, pieces: found }) => {
            const areRight = found.every(([length, , last = 1]) => isCount(length) && isSeq(last))
            return typeof file === 'string' && isCount(offset) && isCount(at) && areRight
          }) &&
          new Set(badLines).size === badLines.length
        )
      }),
      { seed: 13, numRuns: 1000 }
    )
  } finally {
    rmSync(path, { force: true })
  }
})

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
