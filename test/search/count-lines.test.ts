import { test } from 'tap'
import { toCountLines } from '../../lib/search/count-lines.ts'

test('the largest count comes first, equal ones by their value, and the numbers are aligned', async t => {
  const counts = new Map([
    ['warn', 7],
    ['info', 1200],
    ['error', 7]
  ])
  t.equal(toCountLines(counts, 'level', false), '1200 info\n   7 error\n   7 warn\n')
})

for (const by of ['minute', 'hour'] as const) {
  test(`each ${by} is in its order, whatever its count`, async t => {
    const counts = new Map([
      ['2026-11-23 08', 900],
      ['2026-11-23 07', 1]
    ])
    t.equal(toCountLines(counts, by, false), '  1 2026-11-23 07\n900 2026-11-23 08\n')
  })
}

test('as JSON, each count is an object of its own, whose first key says what was counted', async t => {
  const counts = new Map([
    ['a"b', 1],
    ['shop', 2]
  ])
  t.equal(
    toCountLines(counts, 'app', true),
    `{"app":"shop","count":2}\n${String.raw`{"app":"a\"b","count":1}`}\n`
  )
})

test('a value that a sender has chosen adds no line, and nothing that a terminal acts on', async t => {
  const counts = new Map([['a\n9 b\u001b[2J', 1]])
  t.equal(toCountLines(counts, 'app', false), `${String.raw`1 a\n9 b\u001b[2J`}\n`)
})

test('no counts are no lines', async t => {
  t.equal(toCountLines(new Map(), 'level', false), '')
  t.equal(toCountLines(new Map(), 'level', true), '')
})
