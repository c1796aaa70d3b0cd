import { mock } from 'node:test'
import { test, type Test } from 'tap'
import { Acker, maxAcksPerFrame } from '../../../lib/collector/intake/acker.ts'
import { createSender, type SenderState } from '../../../lib/collector/intake/sender-state.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { decodeAcks, encodeAcks, type Ack } from '../../../lib/wire/acks.ts'

function toFrames(...frames: Ack[][]): Buffer[] {
  return frames.map(acks => encodeAcks('collectr', acks))
}

/** An acker whose time passes only by `pass`. @param present number of senders @param guests those of which nothing was taken */
function startAcker(t: Test, present = 1, guests: readonly string[] = []) {
  let now = 1000
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  t.intercept(performance, 'now', { value: () => now })
  const sent: Buffer[] = []
  const persisted: (readonly Ack[])[] = []
  const troubles: string[] = []
  let refusals = 0
  const acker = new Acker({
    collectorId: 'collectr',
    senders: { present, isMember: id => !guests.includes(id) },
    persist(acks) {
      if (refusals-- > 0) throw new Error('disk full')
      persisted.push(acks)
    },
    send: frame => sent.push(frame),
    onTrouble: ({ message }) => troubles.push(message),
    onRecovery: troubleMs => troubles.push(`again after ${troubleMs} ms`)
  })
  const refuse = (times: number): void => void (refusals = times)
  const pass = (ms: number): void => {
    now += ms
    mock.timers.tick(ms)
  }
  const senders = new Map<string, SenderState>()
  const senderOf = (id: string): SenderState => {
    const sender = senders.get(id) ?? makeSender(id)
    senders.set(id, sender)
    return sender
  }
  /** Everything of a sender up to a record is taken and committed. */
  const commit = (id: string, seq: number, bytes = 1): void => {
    const sender = Object.assign(senderOf(id), { committed: seq, expected: seq + 1 })
    acker.onCommit(sender, bytes)
  }
  const hello = (id: string, isNew = false): void => acker.onHello(senderOf(id), isNew)
  return { acker, sent, persisted, troubles, refuse, pass, senderOf, commit, hello }
}

function makeSender(senderId: string): SenderState {
  return createSender({ kind: 'hello', senderId, first: 1, count: 0 }, createHello(), undefined)
}

const a = 'sender-a'
const b = 'sender-b'

test('a new sender is answered at once, but not before the caller is done', async t => {
  const { hello, sent, pass } = startAcker(t)
  hello(a, true)
  t.same(sent, [])
  pass(0)
  t.same(sent, toFrames([{ senderId: a, seq: 0 }]))
})

test('what is committed is acknowledged within 100 ms, in one frame for all senders', async t => {
  const { commit, sent, pass } = startAcker(t, 2)
  commit(a, 5)
  pass(60)
  commit(b, 1)
  commit(a, 9)
  pass(39)
  t.same(sent, [])
  pass(1)
  const frame = [
    { senderId: a, seq: 9 },
    { senderId: b, seq: 1 }
  ]
  t.same(sent, toFrames(frame))
  pass(1000)
  t.equal(sent.length, 1)
  commit(a, 10)
  pass(99)
  t.equal(sent.length, 1)
  pass(1)
  t.same(sent, toFrames(frame, [{ senderId: a, seq: 10 }]))
})

for (const [what, batches, bytes] of [
  ['16 batches', 16, 1],
  ['128 KiB', 2, 64 * 1024]
] as const) {
  test(`${what} that are committed are acknowledged at once, each time`, async t => {
    const { commit, sent, pass } = startAcker(t)
    for (let round = 1; round <= 2; round++) {
      for (let seq = 1; seq < batches; seq++) commit(a, round * 100 + seq, bytes)
      pass(5)
      t.equal(sent.length, round - 1, 'not yet')
      commit(a, round * 100 + batches, bytes)
      pass(0)
      t.equal(sent.length, round)
    }
  })
}

test('what many senders have is not added up', async t => {
  const { commit, sent, pass } = startAcker(t)
  for (let index = 0; index < 100; index++) commit(`sender${10 + index}`, 1)
  pass(99)
  t.equal(sent.length, 0)
})

test('a sender that asks is answered as soon as everything that it has sent is committed', async t => {
  const { commit, hello, senderOf, sent, pass } = startAcker(t)
  hello(a, true)
  pass(20)
  senderOf(a).expected = 6 // five records are taken
  hello(a)
  pass(20)
  t.equal(sent.length, 1, 'not before')
  senderOf(a).committed = 3
  commit(b, 1)
  pass(20)
  t.equal(sent.length, 1)
  commit(a, 5)
  pass(0)
  t.same(decodeAcks(sent[1] ?? Buffer.alloc(0))?.acks, [
    { senderId: b, seq: 1 },
    { senderId: a, seq: 5 }
  ])
  commit(a, 6)
  pass(99)
  t.equal(sent.length, 2, 'it has not asked since')
})

test('a part of what is sent answers no question', async t => {
  const { acker, hello, senderOf, sent, pass } = startAcker(t)
  hello(a, true)
  pass(20)
  senderOf(a).expected = 6
  hello(a)
  senderOf(a).committed = 3
  acker.onCommit(senderOf(a), 1)
  pass(99)
  t.equal(sent.length, 1)
  pass(1)
  senderOf(a).committed = 5
  acker.onCommit(senderOf(a), 1)
  pass(5)
  t.equal(sent.length, 3, 'the question is still open after an ack of a part')
})

test('a sender that asks for what is committed is told at once, one that was told within a second', async t => {
  const { commit, hello, sent, pass } = startAcker(t)
  commit(a, 5)
  pass(50)
  hello(a)
  pass(0)
  t.equal(sent.length, 1)
  pass(1000)
  hello(a)
  hello(b)
  pass(0)
  t.equal(sent.length, 2, 'the other one was told nothing yet')
  pass(2000)
  hello(a)
  pass(999)
  t.equal(sent.length, 2)
  hello(b)
  pass(1)
  t.equal(sent.length, 3)
})

test('what came a second time is acknowledged at once', async t => {
  const { acker, commit, senderOf, sent, pass } = startAcker(t)
  commit(a, 5)
  pass(100)
  acker.onDuplicate(senderOf(a))
  pass(5)
  t.equal(sent.length, 2)
})

for (const [senders, waitMs] of [
  [0, 4],
  [10, 5],
  [400, 44],
  [300_000, 50]
] as const) {
  test(`with ${senders} senders acks go out every ${waitMs} ms at the most`, async t => {
    const { hello, sent, pass } = startAcker(t, senders)
    hello(a, true)
    pass(0)
    hello(a, true)
    pass(waitMs - 1)
    hello(b, true)
    t.equal(sent.length, 1)
    pass(1)
    t.equal(sent.length, 2)
    pass(1000)
    hello(a, true)
    pass(0)
    t.equal(sent.length, 3, 'and at once after a pause')
  })
}

test('a flush sends what is due, once', async t => {
  const { acker, commit, sent, pass } = startAcker(t)
  acker.flush()
  t.same(sent, [])
  commit(a, 5)
  acker.flush()
  acker.flush()
  pass(1000)
  t.same(sent, toFrames([{ senderId: a, seq: 5 }]))
})

test('the pause after a flush is as long as any other', async t => {
  const { acker, hello, sent, pass } = startAcker(t, 10)
  hello(a, true)
  pass(0)
  hello(a, true)
  pass(3)
  acker.flush()
  hello(a, true)
  pass(4)
  t.equal(sent.length, 2)
  pass(1)
  t.equal(sent.length, 3)
})

test('acks that can not be persisted are not sent, and wait', async t => {
  const { commit, hello, sent, persisted, troubles, refuse, pass } = startAcker(t)
  refuse(2)
  commit(a, 5)
  pass(100)
  commit(a, 6)
  commit(b, 1)
  hello(a)
  pass(999)
  t.same(sent, [])
  t.equal(troubles.length, 1, 'the disk is not asked in between')
  pass(1)
  t.same(troubles, ['disk full', 'disk full'])
  pass(1000)
  const acks = [
    { senderId: a, seq: 6 },
    { senderId: b, seq: 1 }
  ]
  t.same(sent, toFrames(acks))
  t.same(persisted, [acks])
  t.same(troubles.slice(2), ['again after 2000 ms'])
})

test('acks that need not be persisted are sent, whatever the disk does', async t => {
  const { commit, hello, sent, persisted, troubles, refuse, pass } = startAcker(t, 1, [b])
  refuse(2)
  commit(a, 5)
  hello(b, true)
  pass(0)
  t.same(sent, toFrames([{ senderId: b, seq: 0 }]))
  hello(b, true)
  pass(1000)
  t.equal(sent.length, 2)
  t.same(troubles, ['disk full', 'disk full'])
  pass(1000)
  t.same(sent[2], toFrames([{ senderId: a, seq: 5 }])[0])
  hello(b, true)
  pass(5)
  t.equal(sent.length, 4)
  t.same(persisted, [[{ senderId: a, seq: 5 }]])
})

test('what was to be persisted is, though its sender was given up meanwhile', async t => {
  const guests: string[] = []
  const { commit, persisted, pass } = startAcker(t, 1, guests)
  commit(a, 5)
  guests.push(a)
  pass(100)
  t.same(persisted, [[{ senderId: a, seq: 5 }]])
})

for (const seq of [-1, 2 ** 53, 1.5, Number.NaN]) {
  test(`an ack of ${seq}, which no frame can carry, keeps no other ack`, async t => {
    const { commit, sent, pass } = startAcker(t)
    commit(a, seq)
    commit(b, 1)
    pass(100)
    t.same(sent, toFrames([{ senderId: b, seq: 1 }]))
  })
}

test('an acker that is closed sends what is due, and no more', async t => {
  const { acker, commit, sent, pass } = startAcker(t)
  commit(a, 5)
  acker.close()
  t.same(sent, toFrames([{ senderId: a, seq: 5 }]))
  commit(a, 6)
  pass(60_000)
  t.equal(sent.length, 1)
})

for (const [count, frames] of [
  [maxAcksPerFrame, [maxAcksPerFrame]],
  [maxAcksPerFrame + 1, [maxAcksPerFrame, 1]],
  [25_000, [maxAcksPerFrame, maxAcksPerFrame, 5000]]
] as const) {
  test(`${count} acks go out in frames of ${frames.join(' and ')}, which a transport takes`, async t => {
    const { commit, sent, pass } = startAcker(t)
    for (let id = 0; id < count; id++) commit(String(id).padStart(8), 1)
    pass(100)
    const acks = sent.map(frame => decodeAcks(frame)?.acks ?? [])
    t.strictSame(
      acks.map(({ length }) => length),
      frames
    )
    t.equal(new Set(acks.flat().map(({ senderId }) => senderId)).size, count)
    for (const { length } of sent) t.ok(length < 1024 * 1024)
  })
}
