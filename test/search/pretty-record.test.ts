import { test } from 'tap'
import { PrettyPrinter } from '../../lib/search/pretty-record.ts'
import { ndjsonLines } from '../helpers/entries.ts'

const timeMs = Date.UTC(2026, 10, 23, 7, 6, 5, 123)
const facts = { timeMs, level: 30 }
const unknown = { timeMs: Number.NaN, level: Number.NaN }

function print(record: Record<string, unknown>, given = facts, settings = {}): string {
  return new PrettyPrinter({ ...ndjsonLines, ...settings }, false).print(record, given)
}

const record = { level: 30, time: timeMs, name: 'shop', pid: 7, hostname: 'web1', msg: 'hello' }

test('a record is a line with its time, level, app, process, host and message', async t => {
  t.equal(print(record), '[2026-11-23 07:06:05,123] INFO (shop/7 on web1): hello\n')
})

test('further members follow, each on a line that begins with spaces', async t => {
  t.equal(
    print({ ...record, order: 17, user: { id: 3 } }),
    `${print(record)}    order: 17\n    user: {\n      "id": 3\n    }\n`
  )
})

test('the time is that of the wall clock of the zone', async t => {
  t.match(print(record, facts, { timezone: 'Asia/Kolkata' }), /^\[2026-11-23 12:36:05,123\] INFO/)
})

test('colors are only there where they are wanted', async t => {
  t.notMatch(print(record), '\u001b[')
  t.match(new PrettyPrinter(ndjsonLines, true).print(record, facts), '\u001b[32mINFO\u001b[39m')
})

const spellings: [what: string, record: Record<string, unknown>, settings: object][] = [
  [
    'the keys of the log',
    { ts: 'x', lvl: 'x', text: 'hello' },
    { timeKey: 'ts', levelKey: 'lvl', messageKey: 'text' }
  ],
  ['the keys of other loggers', { '@timestamp': 'x', severity: 'x', message: 'hello' }, {}],
  ['the keys of ECS', { timestamp: 'x', 'log.level': 'x', message: 'hello' }, {}]
]

for (const [what, given, settings] of spellings) {
  test(`time, level and message are found by ${what}`, async t => {
    t.equal(print(given, facts, settings), '[2026-11-23 07:06:05,123] INFO: hello\n')
  })
}

test("the log's own key wins over a usual one, which is shown as a further member", async t => {
  t.equal(
    print(
      { level: 30, text: 'mine', message: 'other' },
      { ...unknown, level: 30 },
      { messageKey: 'text' }
    ),
    'INFO: mine\n    message: "other"\n'
  )
})

test('a time that cannot be read is shown as it is', async t => {
  t.match(print({ time: 'yesterday', msg: 'x' }, unknown), /^\[yesterday\]/)
})

test('nothing that a sender writes controls the terminal, or looks like another record', async t => {
  const printed = print({
    ...record,
    msg: 'a\n[2026] INFO: forged\u001b[2J',
    'k\ney\u001b': ['\u0007']
  })
  t.match(printed, String.raw`a\n[2026] INFO: forged\u001b[2J`)
  for (const character of ['\u001b', '\u0007']) t.notOk(printed.includes(character))
  t.strictSame(
    printed
      .split('\n')
      .slice(1, -1)
      .filter(line => !line.startsWith(' ')),
    []
  )
})

test('a stack keeps its lines, which begin with spaces', async t => {
  const err = {
    type: 'Error',
    message: 'broken',
    stack: 'Error: broken\n    at f (a.js:1:1)\u001b[2J'
  }
  const printed = print({ ...record, err })
  t.match(printed, /\n +at f \(a\.js:1:1\)\\+u001b\[2J\n/)
  t.ok(
    printed
      .split('\n')
      .slice(1, -1)
      .every(line => line.startsWith(' '))
  )
})

test('a value that is nested very deeply is cut, and does not overflow the stack', async t => {
  let deep: unknown = 'the bottom'
  for (let depth = 0; depth < 100_000; depth++) deep = depth % 2 === 0 ? [deep] : { deep }
  const printed = print({ ...record, deep })
  t.match(printed, '…')
  t.notMatch(printed, 'the bottom')
})

test('the record itself is not changed', async t => {
  const frozen = Object.freeze({ ...record, message: 'x' })
  print(frozen)
  t.strictSame(frozen, { ...record, message: 'x' })
})
