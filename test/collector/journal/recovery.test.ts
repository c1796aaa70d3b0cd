import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'tap'
import type { JournalState } from '../../../lib/collector/journal/entries.ts'
import { recoverJournal } from '../../../lib/collector/journal/recovery.ts'
import { toHexId } from '../../../lib/wire/id.ts'
import { a, b, kill, openJournal, reopen, toPiece, write } from '../../helpers/journal.ts'

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
    const state: JournalState = recoverJournal(`${dir}/journal`)
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
    t.equal(next.positions.get(b)?.expected, 8)
  })
}
