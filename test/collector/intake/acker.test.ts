import { mock } from 'node:test'
import { test, type Test } from 'tap'
import { Acker, maxAcksPerFrame } from '../../../lib/collector/intake/acker.ts'
import { decodeAcks, encodeAcks, type Ack } from '../../../lib/wire/acks.ts'

function toFrames(...frames: Ack[][]): Buffer[] {
  return frames.map(acks => encodeAcks('collectr', acks))
}

/** An acker whose time passes only by `pass`. */
function startAcker(t: Test) {
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
  return { acker, sent, persisted, troubles, refuse, pass }
}

const a = 'sender-a'
const b = 'sender-b'

test('the first ack goes out at once, but not before its caller is done', async t => {
  const { acker, sent, pass } = startAcker(t)
  acker.add(a, 5, 1)
  t.same(sent, [])
  pass(0)
  t.same(sent, toFrames([{ senderId: a, seq: 5 }]))
})

test('acks that are due together share a frame, the highest of each sender', async t => {
  const { acker, sent, pass } = startAcker(t)
  acker.add(a, 5, 2)
  acker.add(b, 1, 2)
  acker.add(a, 9, 2)
  pass(0)
  t.same(
    sent,
    toFrames([
      { senderId: a, seq: 9 },
      { senderId: b, seq: 1 }
    ])
  )
})

for (const [senders, waitMs] of [
  [0, 4],
  [10, 5],
  [400, 44]
] as const) {
  test(`with ${senders} senders acks go out every ${waitMs} ms`, async t => {
    const { acker, sent, pass } = startAcker(t)
    acker.add(a, 1, senders)
    pass(0)
    acker.add(a, 2, senders)
    pass(waitMs - 1)
    acker.add(a, 3, senders)
    t.equal(sent.length, 1)
    pass(1)
    t.same(sent, toFrames([{ senderId: a, seq: 1 }], [{ senderId: a, seq: 3 }]))
    pass(1000)
    acker.add(a, 4, senders)
    pass(0)
    t.equal(sent.length, 3, 'and at once after a pause')
  })
}

test('a flush sends what is due, once', async t => {
  const { acker, sent, pass } = startAcker(t)
  acker.flush()
  t.same(sent, [])
  acker.add(a, 5, 1)
  acker.flush()
  acker.flush()
  pass(1000)
  t.same(sent, toFrames([{ senderId: a, seq: 5 }]))
})

test('the pause after a flush is as long as any other', async t => {
  const { acker, sent, pass } = startAcker(t)
  acker.add(a, 1, 10)
  pass(0)
  acker.add(a, 2, 10)
  pass(3)
  acker.flush()
  acker.add(a, 3, 10)
  pass(4)
  t.equal(sent.length, 2)
  pass(1)
  t.equal(sent.length, 3)
})

test('acks that can not be persisted are not sent, and wait', async t => {
  const { acker, sent, persisted, troubles, refuse, pass } = startAcker(t)
  refuse(2)
  acker.add(a, 5, 1)
  pass(0)
  acker.add(a, 6, 1)
  acker.add(b, 1, 1)
  pass(999)
  t.same(sent, [])
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

test('acks that need not be persisted are sent at once, whatever the disk does', async t => {
  const { acker, sent, persisted, troubles, refuse, pass } = startAcker(t)
  refuse(2)
  acker.add(a, 5, 1)
  acker.add(b, 0, 1, false)
  pass(0)
  t.same(sent, toFrames([{ senderId: b, seq: 0 }]))
  acker.add(b, 0, 1, false)
  pass(1000)
  t.equal(sent.length, 2)
  t.same(troubles, ['disk full', 'disk full'])
  pass(1000)
  t.same(sent[2], toFrames([{ senderId: a, seq: 5 }])[0])
  acker.add(b, 0, 1, false)
  pass(1000)
  t.equal(sent.length, 4)
  t.same(persisted, [[{ senderId: a, seq: 5 }]])
})

for (const seq of [-1, 2 ** 53, 1.5, Number.NaN]) {
  test(`an ack of ${seq}, which no frame can carry, keeps no other ack`, async t => {
    const { acker, sent, pass } = startAcker(t)
    acker.add(a, seq, 2)
    acker.add(b, 1, 2)
    pass(0)
    t.same(sent, toFrames([{ senderId: b, seq: 1 }]))
  })
}

test('an acker that is closed sends what is due, and no more', async t => {
  const { acker, sent, pass } = startAcker(t)
  acker.add(a, 5, 1)
  acker.close()
  t.same(sent, toFrames([{ senderId: a, seq: 5 }]))
  acker.add(a, 6, 1)
  pass(60_000)
  t.equal(sent.length, 1)
})

test('however many senders there are, acks wait no longer than 50 ms', async t => {
  const { acker, sent, pass } = startAcker(t)
  acker.add(a, 1, 300_000)
  pass(0)
  acker.add(a, 2, 300_000)
  pass(49)
  t.equal(sent.length, 1)
  pass(1)
  t.equal(sent.length, 2)
})

test('very many acks go out in several frames that a transport takes', async t => {
  const { acker, sent, pass } = startAcker(t)
  for (let index = 0; index < 25_000; index++) acker.add(String(index).padStart(8), 1, 1)
  pass(0)
  t.equal(sent.length, 3)
  const acks = sent.flatMap(frame => decodeAcks(frame)?.acks ?? [])
  t.equal(new Set(acks.map(({ senderId }) => senderId)).size, 25_000)
  for (const { length } of sent) t.ok(length < 1024 * 1024)
})

for (const [count, frames] of [
  [maxAcksPerFrame, [maxAcksPerFrame]],
  [maxAcksPerFrame + 1, [maxAcksPerFrame, 1]]
] as const) {
  test(`${count} acks go out in frames of ${frames.join(' and ')}`, async t => {
    const { acker, sent, pass } = startAcker(t)
    for (let id = 0; id < count; id++) acker.add(String(id).padStart(8), 1, 2)
    pass(0)
    t.strictSame(
      sent.map(frame => decodeAcks(frame)?.acks.length),
      frames
    )
  })
}
