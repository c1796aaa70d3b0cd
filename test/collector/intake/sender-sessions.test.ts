import { test } from 'tap'
import {
  SenderSessions,
  type Gap,
  type Verdict
} from '../../../lib/collector/intake/sender-sessions.ts'
import type { Header } from '../../../lib/wire/message.ts'
import { defaultLimits, type SessionLimits } from '../../../lib/collector/intake/session-list.ts'
import { createHello, type DroppedRange, type Hello } from '../../../lib/wire/hello.ts'

const lost = 'the sender no longer holds them'
const full = 'full'

/** An intake with one sender's words shortened; the clock stands still unless `now` is given. */
class Talk {
  readonly intake: SenderSessions

  constructor(remembered?: [id: string, expected: number][]) {
    this.intake = new SenderSessions(remembered)
  }

  hello(first: number, dropped: DroppedRange[] = [], now = 0, id = 'sender-1') {
    const header: Header = { kind: 'hello', senderId: id, first, count: 0 }
    return this.intake.hello(header, { ...createHello(), dropped }, now)
  }

  batch(first: number, last: number, now = 0, id = 'sender-1'): Verdict {
    const count = last - first + 1
    return this.intake.batch({ kind: 'batch', senderId: id, first, count }, now)
  }

  bye(first: number, id = 'sender-1') {
    return this.intake.bye({ kind: 'bye', senderId: id, first, count: 0 })
  }
}

/** What came of a batch, in short: `take`, `take without 2`, `duplicate`, `early`, then the gaps. */
function toShort(verdict: Verdict): string {
  if (verdict.kind !== 'take') return verdict.kind
  const { skip, gaps } = verdict
  return [`take${skip > 0 ? ` without ${skip}` : ''}`, ...toRanges(gaps)].join(', ')
}

function toRanges(gaps: readonly Gap[] | undefined): string[] {
  return (gaps ?? []).map(({ from, to, why }) => `${from}-${to} ${why}`)
}

/** Which records the sender has announced as dropped, then batches with what each comes to. */
const cases: [what: string, dropped: string[], batches: string[]][] = [
  ['batches in order are taken', [], ['1-3 take', '4-4 take', '5-9 take']],
  ['a batch that comes again is a duplicate', [], ['1-3 take', '1-3 duplicate', '4-4 take']],
  ['a part of what was taken is a duplicate', [], ['1-9 take', '4-9 duplicate']],
  ['a batch ahead of its time is early', [], ['4-6 early', '1-3 take', '4-6 take']],
  ['a batch that overlaps is taken without its start', [], ['1-3 take', '2-5 take without 2']],
  ['an announced hole is a gap', ['4-6'], ['1-3 take', '7-9 take, 4-6 full', '10-10 take']],
  [
    'two announced holes are two gaps',
    ['2-3', '4-6'],
    ['1-1 take', '7-7 take, 2-3 full, 4-6 full']
  ],
  ['only missing records are a gap', ['1-2', '3-20', '30-40'], ['1-4 take', '7-9 take, 5-6 full']],
  ['a hole announced in part is refused', ['4-5'], ['1-3 take', '7-9 early', '6-6 take, 4-5 full']],
  [
    'a hole whose start is not announced is refused',
    ['5-6'],
    ['1-3 take', '7-9 early', '4-4 take']
  ],
  [
    'a gap is told once',
    ['2-2'],
    ['1-1 take', '3-4 take, 2-2 full', '3-4 duplicate', '2-5 take without 3']
  ]
]

/** The first and the last record of '1-3 and more'. */
function parseRange(text: string): [first: number, last: number] {
  const [, first, last] = /^(\d+)-(\d+)/.exec(text) ?? []
  return [Number(first), Number(last)]
}

for (const [what, dropped, batches] of cases) {
  test(what, async t => {
    const talk = new Talk()
    const ranges = dropped.map(parseRange).map(([from, to]) => ({ from, to, why: full }))
    talk.hello(1, ranges)
    for (const batch of batches) {
      const [first, last] = parseRange(batch)
      t.equal(`${first}-${last} ${toShort(talk.batch(first, last))}`, batch)
    }
  })
}

test('a sender that was not introduced is early, and nothing is known of it', async t => {
  const talk = new Talk()
  t.strictSame(talk.batch(1, 1), { kind: 'early', sender: undefined })
  t.equal(talk.bye(1), undefined)
  t.equal(talk.intake.size, 0)
})

test('a new sender begins with the oldest record that it can still send', async t => {
  const talk = new Talk()
  const { sender, isNew, gaps } = talk.hello(101)
  t.match(sender, { id: 'sender-1', expected: 101, committed: 100, isGone: false })
  t.equal(isNew, true)
  t.strictSame(gaps, [])
  t.equal(toShort(talk.batch(90, 102)), 'take without 11')
})

test('what a new sender dropped before anybody listened is told', async t => {
  const talk = new Talk()
  const { sender, gaps } = talk.hello(101, [
    { from: 1, to: 80, why: full },
    { from: 81, to: 100, why: 'torn' }
  ])
  t.strictSame(toRanges(gaps), [`1-80 ${full}`, '81-100 torn'])
  t.match(sender, { expected: 101, committed: 0 })
})

test('what a new sender dropped after its oldest record is told in its turn', async t => {
  const talk = new Talk()
  t.strictSame(talk.hello(101, [{ from: 103, to: 104, why: full }]).gaps, [])
  t.equal(toShort(talk.batch(101, 102)), 'take')
  t.equal(toShort(talk.batch(105, 105)), `take, 103-104 ${full}`)
})

test('a hello that repeats itself changes nothing but what is known of the sender', async t => {
  const talk = new Talk()
  const { sender } = talk.hello(1)
  talk.batch(1, 5)
  const again = talk.hello(3, [{ from: 6, to: 6, why: full }], 50)
  t.equal(again.sender, sender)
  t.equal(again.isNew, false)
  t.strictSame(again.gaps, [])
  t.match(sender, { expected: 6, committed: 0, heardAt: 50, hello: { dropped: [{ from: 6 }] } })
})

test('a hello that begins later tells what is missing, and why', async t => {
  const talk = new Talk()
  talk.hello(1)
  talk.batch(1, 5)
  const { gaps, sender } = talk.hello(20, [{ from: 8, to: 10, why: full }])
  t.strictSame(toRanges(gaps), [`6-7 ${lost}`, `8-10 ${full}`, `11-19 ${lost}`])
  t.equal(sender.expected, 20)
  t.equal(toShort(talk.batch(20, 21)), 'take')
})

test('a bye tells what never came', async t => {
  const talk = new Talk()
  talk.hello(1, [{ from: 6, to: 7, why: full }])
  talk.batch(1, 5)
  const known = talk.bye(11)
  t.strictSame(toRanges(known?.gaps), [`6-7 ${full}`, `8-10 ${lost}`])
  t.match(known?.sender, { isGone: true, hasSaidBye: true, expected: 11 })
  t.equal(talk.intake.size, 1)
  t.equal(talk.intake.present, 0)
})

test('a bye after the last record tells of nothing missing', async t => {
  const talk = new Talk()
  talk.hello(1)
  talk.batch(1, 5)
  t.strictSame(talk.bye(6)?.gaps, [])
})

test('a sender that comes back after its bye is new again and goes on where it was', async t => {
  const talk = new Talk()
  talk.hello(1)
  talk.batch(1, 5)
  talk.bye(6)
  const { sender, isNew, gaps } = talk.hello(6)
  t.match(sender, { expected: 6, isGone: false, hasSaidBye: false })
  t.equal(isNew, true)
  t.strictSame(gaps, [])
  t.equal(talk.intake.present, 1)
  t.equal(toShort(talk.batch(5, 5)), 'duplicate')
})

test('two senders have nothing to do with each other', async t => {
  const talk = new Talk()
  talk.hello(1)
  talk.hello(50, [], 0, 'sender-2')
  t.equal(toShort(talk.batch(1, 9)), 'take')
  t.equal(toShort(talk.batch(1, 9, 0, 'sender-2')), 'duplicate')
  t.equal(toShort(talk.batch(50, 50, 0, 'sender-2')), 'take')
  t.equal(toShort(talk.batch(50, 50)), 'early')
  talk.bye(51, 'sender-2')
  t.match(talk.intake, { size: 2, present: 1 })
})

test('a sender that says nothing for long becomes gone, once', async t => {
  const talk = new Talk()
  talk.hello(1, [], 100)
  talk.hello(1, [], 100, 'sender-2')
  talk.batch(1, 1, 200)
  t.strictSame(talk.intake.markSilent(100), [])
  t.match(talk.intake.markSilent(200), [{ id: 'sender-2', isGone: true, hasSaidBye: false }])
  t.strictSame(talk.intake.markSilent(200), [])
  t.match(talk.intake, { size: 2, present: 1 })
})

function byeOf(senderId: string, first: number): Header {
  return { kind: 'bye', senderId, first, count: 0 }
}

test('only a sender that is gone and long unheard is forgotten', async t => {
  const talk = new Talk()
  talk.hello(1, [], 100)
  talk.hello(1, [], 100, 'sender-2')
  talk.hello(1, [], 300, 'sender-3')
  talk.bye(1, 'sender-2')
  talk.bye(1, 'sender-3')
  talk.intake.forget(100, 0)
  t.equal(talk.intake.size, 3)
  talk.intake.forget(300, 0)
  t.equal(talk.intake.size, 2)
  t.equal(toShort(talk.batch(1, 1, 0, 'sender-2')), 'early', 'the one that is gone')
  t.equal(toShort(talk.batch(1, 1)), 'take', 'the one that is still there')
  t.equal(toShort(talk.batch(1, 1, 0, 'sender-3')), 'take', 'the one that has just gone')
})

test('a sender that is remembered from before a restart goes on where it was', async t => {
  const talk = new Talk([['sender-1', 51]])
  t.equal(talk.intake.size, 0)
  const { sender, isNew, gaps } = talk.hello(40)
  t.match(sender, { expected: 51, committed: 50 })
  t.equal(isNew, true)
  t.strictSame(gaps, [])
  t.equal(toShort(talk.batch(40, 50)), 'duplicate')
  t.equal(toShort(talk.batch(50, 52)), 'take without 1')
})

test('what was lost over a restart is told', async t => {
  const talk = new Talk([['sender-1', 51]])
  const { gaps, sender } = talk.hello(60, [{ from: 41, to: 58, why: full }])
  t.strictSame(toRanges(gaps), [`51-58 ${full}`, `59-59 ${lost}`])
  t.match(sender, { expected: 60, committed: 50 })
})

test('what is remembered counts once, and only for its sender', async t => {
  const talk = new Talk([['sender-1', 51]])
  t.match(talk.hello(40, [], 0, 'sender-2').sender, { expected: 40 })
  talk.hello(40)
  talk.bye(51)
  talk.intake.forget(1, 0)
  t.strictSame(talk.hello(70).gaps, [])
})

test('a sender whose bye is final is forgotten sooner, once its records are committed', async t => {
  const talk = new Talk()
  const { sender } = talk.hello(1, [], 100)
  talk.hello(1, [], 100, 'sender-2')
  talk.batch(1, 5, 100)
  talk.intake.bye(byeOf('sender-1', 6), true)
  talk.intake.bye(byeOf('sender-2', 1))
  t.strictSame(talk.intake.forget(0, 300), [], 'records are not committed yet')
  sender.committed = 5
  t.strictSame(talk.intake.forget(0, 100), [], 'it was heard just now')
  t.strictSame(talk.intake.forget(0, 300), [sender])
  t.equal(talk.intake.size, 1, 'the other one may come back from a spool')
})

test('a sender that comes back after a final bye is not forgotten', async t => {
  const talk = new Talk()
  talk.hello(1, [], 100)
  talk.intake.bye(byeOf('sender-1', 1), true)
  talk.hello(1, [], 100)
  t.strictSame(talk.intake.forget(300, 300), [])
})

/** Sessions of which few are kept; the ids are numbers. */
function makeFew(limits: Partial<SessionLimits> = { guests: 3, members: 3, remembered: 3 }) {
  const sessions = new SenderSessions([], limits)
  const hello = (id: number, first = 1) =>
    sessions.hello({ kind: 'hello', senderId: `${id}`, first, count: 0 }, createHello(), 0)
  const batch = (id: number, seq: number): string => {
    const header: Header = { kind: 'batch', senderId: `${id}`, first: seq, count: 1 }
    const verdict = sessions.batch(header, 0)
    if (verdict.kind === 'take') verdict.sender.committed = seq
    return verdict.kind
  }
  return { sessions, hello, batch }
}

test('of too many senders that only say hello those whose hello is oldest are given up', async t => {
  const { sessions, hello, batch } = makeFew()
  for (const id of [1, 2, 3]) hello(id)
  hello(1)
  for (const id of [4, 5]) hello(id)
  t.match(sessions, { size: 3, present: 3 })
  t.strictSame(
    [1, 2, 3, 4, 5].map(id => batch(id, 1)),
    ['take', 'early', 'early', 'take', 'take']
  )
  t.equal(hello(2).isNew, true)
  t.equal(batch(2, 1), 'take', 'after another hello')
})

test('no number of senders that only say hello costs one that has sent something its session', async t => {
  const { sessions, hello, batch } = makeFew()
  hello(1)
  batch(1, 1)
  for (let id = 2; id < 1000; id++) hello(id)
  t.equal(batch(1, 2), 'take')
  t.match(sessions, { size: 4, present: 4 })
})

test('a sender whose session was given up among too many goes on where it was', async t => {
  const { sessions, hello, batch } = makeFew()
  for (const id of [1, 2, 3, 4]) {
    hello(id)
    batch(id, 1)
    hello(id)
  }
  t.match(sessions, { size: 3, present: 3 })
  t.equal(batch(1, 2), 'early')
  t.match(hello(1).sender, { expected: 2, committed: 1 })
  t.equal(batch(1, 1), 'duplicate')
  t.equal(batch(1, 2), 'take')
})

test('a sender of which something is not committed keeps its session, however many there are', async t => {
  const { hello, batch } = makeFew()
  const { sender } = hello(1)
  batch(1, 1)
  sender.committed = 0
  for (let id = 2; id < 10; id++) {
    hello(id)
    batch(id, 1)
    hello(id)
  }
  t.equal(batch(1, 2), 'take')
})

test('of too many senders of which something is not committed none is added, and none gets a larger hello', async t => {
  const sessions = new SenderSessions([], { members: 3 })
  const levels = { 35: 'notice' }
  const hello = (id: number, first = 1, said: Partial<Hello> = {}) =>
    sessions.hello(
      { kind: 'hello', senderId: `${id}`, first, count: 0 },
      { ...createHello(), ...said },
      0
    )
  const batch = (id: number, first: number) =>
    sessions.batch({ kind: 'batch', senderId: `${id}`, first, count: 1 }, 0)
  const ids = [1, 2, 3, 4, 5, 6]
  for (const id of ids) hello(id)
  t.strictSame(
    ids.map(id => batch(id, 1).kind),
    ['take', 'take', 'take', 'take', 'early', 'early']
  )
  t.equal(batch(1, 2).kind, 'take', 'it is one already')
  t.strictSame(hello(1, 1, { levels }).sender.hello.levels, {})
  t.equal(hello(1, 1, { app: '' }).sender.hello.app, '', 'one that is no larger')
  t.strictSame(hello(5, 9, { levels }).gaps, [], 'nor by a gap')
  t.strictSame(hello(5, 1, { levels }).sender.hello.levels, levels, 'a guest can be given up')
  t.match(sessions, { size: 6, present: 6 })

  const { sender } = hello(2)
  sender.committed = 1
  t.strictSame([batch(5, 1).kind, batch(6, 1).kind], ['take', 'early'], 'one was given up')
  t.equal(hello(2).sender.expected, 2, 'it is remembered')
})

test('of senders without a session as many are remembered as there may be', async t => {
  const { hello, batch } = makeFew()
  for (let id = 1; id <= 10; id++) {
    hello(id)
    batch(id, 1)
    hello(id)
  }
  t.equal(hello(3).sender.expected, 1, 'forgotten')
  t.equal(hello(5).sender.expected, 2, 'remembered')
})

test('senders with large hellos count for more', async t => {
  const sessions = new SenderSessions([], { guestBytes: 100_000 })
  const levels = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [index, 'name']))
  for (let id = 0; id < 10; id++) {
    const header: Header = { kind: 'hello', senderId: `${id}`, first: 1, count: 0 }
    sessions.hello(header, { ...createHello(), levels }, 0)
  }
  t.equal(sessions.size, 3)
})

test('as many senders have a session as the limits say, and no more', async t => {
  const { guests, members } = defaultLimits
  const { sessions, hello, batch } = makeFew({
    ...defaultLimits,
    guestBytes: Number.POSITIVE_INFINITY,
    memberBytes: Number.POSITIVE_INFINITY
  })
  for (let id = 0; id < members + 1; id++) {
    hello(id)
    batch(id, 1)
    if (id >= members - 1) hello(id)
    if (id === members - 1) t.equal(sessions.size, members)
  }
  t.equal(sessions.size, members)
  for (let id = members + 1; id <= members + guests; id++) hello(id)
  t.equal(sessions.size, members + guests)
  hello(members + guests + 1)
  t.equal(sessions.size, members + guests)
})
