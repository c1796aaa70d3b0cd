import { test } from 'tap'
import type { TransportEvents } from '../../lib/transport/events.ts'
import { toStderrLine, TroubleLines } from '../../lib/transport/trouble-lines.ts'

type Name = keyof TransportEvents

const addresses = ['tcp://logs:5558']
const advice =
  "check the address, and that the collector runs there (npx zmq-pub-collector --bind 'tcp://*:5558', with --curve-secret-key and --authorized-keys, or with --insecure in a network that you trust)"
const unreachable = {
  addresses,
  silentMs: 5400,
  heldRecords: 1234,
  isKeyRefused: false,
  why: 'nothing listens at tcp://logs:5558',
  advice
}
const refused = {
  ...unreachable,
  isKeyRefused: true,
  why: "tcp://logs:5558 answers, but doesn't accept this app's key: add it",
  advice: ''
}
const reachable = { addresses, silentMs: 725_000, heldRecords: 1234 }
const keepMore = 'to keep more records, set the option spool, or a larger maxBufferBytes'
const dropped = { records: 1000, totalRecords: 1000, why: 'buffer full' }
const undelivered = { records: 0, spooledRecords: 0, totalDropped: 0, why: 'no collector' }
const version = { addresses, version: 3, ownVersion: 2, heldRecords: 1 }

const cases: [name: Name, detail: object, line: string][] = [
  [
    'unreachable',
    unreachable,
    `no collector has answered for 5 s: nothing listens at tcp://logs:5558; 1,234 records are held; ${advice}`
  ],
  ['unreachable', refused, `${refused.why}; 1,234 records are held`],
  ['unreachable', { ...refused, silentMs: 0, heldRecords: 1 }, `${refused.why}; 1 record is held`],
  ['dropped', dropped, `1,000 records were dropped (buffer full); ${keepMore}`],
  [
    'dropped',
    { ...dropped, totalRecords: 5000 },
    `1,000 records were dropped (buffer full), 5,000 since the start; ${keepMore}`
  ],
  [
    'dropped',
    { ...dropped, records: 1, totalRecords: 1 },
    `1 record was dropped (buffer full); ${keepMore}`
  ],
  [
    'dropped',
    { ...dropped, why: 'buffer and spool full' },
    '1,000 records were dropped (buffer and spool full); to keep more records, set a larger maxBytes of the option spool'
  ],
  ['dropped', { ...dropped, why: 'spool damaged' }, '1,000 records were dropped (spool damaged)'],
  ['spoolTrouble', { message: 'EACCES: /spool' }, 'trouble with the spool: EACCES: /spool'],
  ['keyTrouble', { message: 'others can read app.key_secret' }, 'others can read app.key_secret'],
  [
    'otherVersion',
    version,
    'a collector at tcp://logs:5558 speaks wire version 3, this transport version 2; 1 record is held: install the same version of zmq-pub on both sides'
  ],
  [
    'leftBehind',
    { wire: 'batch', heldRecords: 3 },
    'one of several collectors acknowledges nothing and is left behind: it misses records, and its log will have a gap'
  ],
  [
    'failover',
    { from: 'tcp://a:1', to: 'tcp://b:1', why: 'nothing listens at tcp://a:1', heldRecords: 3 },
    'nothing listens at tcp://a:1: records go to tcp://b:1 now'
  ],
  ['undelivered', { ...undelivered, records: 2 }, 'no collector; records: 2 undelivered and lost'],
  [
    'undelivered',
    { ...undelivered, records: 2, spooledRecords: 3, totalDropped: 4 },
    'no collector; records: 2 undelivered and lost, 3 kept in the spool for the next start, 4 dropped before'
  ]
]

for (const [name, detail, line] of cases) {
  test(`a first ${name} is said at once: ${line.slice(0, 60)}`, async t => {
    t.equal(new TroubleLines().note(name, detail as never, 0), line)
  })
}

for (const name of ['subscribed', 'unsubscribed', 'adopted', 'reachable', 'counters'] as const) {
  test(`${name} alone is no trouble, and not said`, async t => {
    const lines = new TroubleLines()
    t.equal(lines.note(name, reachable as never, 0), undefined)
    t.equal(lines.dueAt, Number.POSITIVE_INFINITY)
  })
}

test('what is dropped in the next minute is said at its end, with the sum', async t => {
  const lines = new TroubleLines()
  t.ok(lines.note('dropped', dropped, 0))
  t.equal(lines.note('dropped', { ...dropped, totalRecords: 2000 }, 1000), undefined)
  t.equal(lines.note('dropped', { ...dropped, totalRecords: 3000 }, 2000), undefined)
  t.equal(lines.dueAt, 60_000)
  t.strictSame(lines.takeDue(59_999), [])
  t.strictSame(lines.takeDue(60_000), [
    `2,000 records were dropped (buffer full), 3,000 since the start; ${keepMore}`
  ])
  t.equal(lines.dueAt, Number.POSITIVE_INFINITY)
  t.equal(lines.note('dropped', dropped, 61_000), undefined, 'the next minute begins')
  t.ok(lines.note('keyTrouble', { message: 'another kind' }, 61_000))
})

test('at the end everything is said that was held back', async t => {
  const lines = new TroubleLines()
  for (const name of ['a', 'b', 'c']) lines.note('spoolTrouble', { message: name }, 0)
  t.strictSame(lines.takeDue(Number.POSITIVE_INFINITY), [
    'trouble with the spool: c; 1 other messages of the spool left out'
  ])
  t.strictSame(lines.takeDue(Number.POSITIVE_INFINITY), [])
})

test('each key file is told, however soon one follows the other', async t => {
  const lines = new TroubleLines()
  for (const message of ['a', 'b', 'c']) t.equal(lines.note('keyTrouble', { message }, 0), message)
})

test('a collector that had answered before is connected again', async t => {
  const lines = new TroubleLines()
  const subscribed = { wire: 'batch', addresses, addressFrom: 'option', heldRecords: 0 } as const
  t.equal(lines.note('subscribed', subscribed, 0), undefined)
  t.ok(lines.note('unreachable', unreachable, 0))
  t.equal(lines.note('subscribed', subscribed, 1), undefined)
  t.match(lines.note('reachable', reachable, 1), /^connected again to tcp:/)
})

test('while nobody answers, that is said every minute, and the recovery once', async t => {
  const lines = new TroubleLines()
  t.ok(lines.note('unreachable', unreachable, 0))
  t.match(lines.note('unreachable', { ...unreachable, silentMs: 65_500 }, 60_100), /for 65 s/)
  t.match(
    lines.note('unreachable', { ...unreachable, silentMs: 2 * 3_600_000 }, 120_200),
    /for 2 h/
  )
  t.equal(
    lines.note('reachable', reachable, 125_000),
    'connected to tcp://logs:5558 after 12 min; 1,234 records are being sent'
  )
  t.equal(lines.note('reachable', reachable, 126_000), undefined)
})

test('a collector that comes and goes writes two lines a minute', async t => {
  const lines = new TroubleLines()
  let count = 0
  for (let now = 0; now < 600_000; now += 10_000) {
    if (lines.note('unreachable', unreachable, now)) count++
    if (lines.note('reachable', { ...reachable, heldRecords: 0 }, now + 6000)) count++
    t.equal(lines.dueAt, Number.POSITIVE_INFINITY, 'who is back is no longer told to be away')
  }
  t.equal(count, 20)
})

test('that keys are refused is said at once, also after that nobody answers', async t => {
  const lines = new TroubleLines()
  t.ok(lines.note('unreachable', unreachable, 0))
  t.ok(lines.note('unreachable', refused, 1000))
})

test('a key that is revoked soon after it was taken is said at once', async t => {
  const lines = new TroubleLines()
  t.ok(lines.note('unreachable', refused, 0))
  t.equal(lines.note('unreachable', refused, 1000), undefined)
  t.ok(lines.note('reachable', reachable, 2000))
  t.ok(lines.note('unreachable', refused, 3000))
})

test('a line says whose it is, and nothing in it acts on a terminal', async t => {
  t.equal(toStderrLine('', 'a line'), 'zmq-pub: a line')
  t.equal(toStderrLine('shop', 'a line'), 'zmq-pub (shop): a line')
  t.equal(toStderrLine('a\nb', 'c\u001b[31m\u202e'), 'zmq-pub (a?b): c?[31m?')
})
