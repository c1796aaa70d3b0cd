import { test } from 'tap'
import { maxSessions, readCookies, Sessions } from '../../lib/viewer/sessions.ts'

test('the right token opens sessions, each with an id of its own', async t => {
  const sessions = new Sessions('right')
  const ids = [sessions.open('right') ?? '', sessions.open('right') ?? '']
  t.match(ids, [/^[\w-]{43}$/, /^[\w-]{43}$/])
  t.not(ids[0], ids[1])
  for (const id of ids) t.ok(sessions.has(id))
})

for (const token of ['', 'wrong', 'righ', 'right ', 'right\0', 'r'.repeat(1e6)]) {
  test(`a wrong token opens none: ${JSON.stringify(token.slice(0, 10))}`, async t => {
    const sessions = new Sessions('right')
    t.equal(sessions.open(token), undefined)
    t.equal(sessions.size, 0)
    t.notOk(sessions.has(token))
  })
}

test('of too many sessions the one that was used least recently ends', async t => {
  const sessions = new Sessions('right')
  const ids = Array.from({ length: maxSessions }, () => sessions.open('right') ?? '')
  t.ok(sessions.has(ids[0] ?? ''), 'which was the oldest')
  const newest = sessions.open('right') ?? ''
  t.equal(sessions.size, maxSessions)
  t.strictSame(
    [ids[0], ids[1], ids[2], newest].map(id => sessions.has(id ?? '')),
    [true, false, true, true]
  )
})

const cookies: [header: string | undefined, values: string[]][] = [
  [undefined, []],
  ['', []],
  ['a=1', ['1']],
  ['b=2; a=1', ['1']],
  ['b=2;a=1;c=3', ['1']],
  ['a=1; a=2; A=3; a=', ['1', '2', '']],
  ['aa=2', []],
  ['a', ['']],
  ['=a', []],
  [`${'x'.repeat(10_000)}; a=1`, ['1']]
]

for (const [header, values] of cookies) {
  test(`the cookies a of '${header?.slice(0, 20)}' are '${values.join("', '")}'`, async t => {
    t.strictSame(readCookies(header, 'a'), values)
  })
}
