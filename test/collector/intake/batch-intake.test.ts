import fc from 'fast-check'
import { pino } from 'pino'
import { test, type Test } from 'tap'
import { Acker } from '../../../lib/collector/intake/acker.ts'
import { BatchIntake } from '../../../lib/collector/intake/batch-intake.ts'
import { Identities } from '../../../lib/collector/intake/identities.ts'
import { LagSampler } from '../../../lib/collector/intake/lag-sampler.ts'
import { SenderSessions } from '../../../lib/collector/intake/sender-sessions.ts'
import { SenderReporter } from '../../../lib/collector/reporting/sender-reporter.ts'
import { Totals } from '../../../lib/collector/reporting/totals.ts'
import { Traffic } from '../../../lib/collector/reporting/traffic.ts'
import type { PendingCommit, RecordBatch } from '../../../lib/collector/routing/record-batch.ts'
import { decodeAcks, type Ack } from '../../../lib/wire/acks.ts'
import { createSenderId, toHexId, toPublicId } from '../../../lib/wire/id.ts'
import { decodeMessage, type MessageKind } from '../../../lib/wire/message.ts'
import { maxSeq } from '../../../lib/wire/seq.ts'
import {
  createHello,
  encodeBye,
  encodeHello,
  type DroppedRange,
  type Hello
} from '../../../lib/wire/hello.ts'
import { openJournal } from '../../helpers/journal.ts'
import { toRawHeader } from '../../helpers/raw-sender.ts'

const senderId = 'AbCdEfGhIjKlMnOpQrStUv'

/** An intake with one output that is written when `writeAll` is called, and what it causes. */
function makeIntake(t: Test) {
  const journal = openJournal(t.testdir())
  const acks: Ack[] = []
  const persisted: Ack[] = []
  const messages: string[] = []
  const entries: object[] = []
  const appended: string[] = []
  const commits: PendingCommit[] = []
  const totals = new Totals()
  const traffic = new Traffic()
  const sessions = new SenderSessions(
    [...journal.senders.positions].map(([id, { expected }]) => [id, expected] as const)
  )
  const acker = new Acker({
    senders: sessions,
    collectorId: journal.collectorId,
    persist: all => persisted.push(...all),
    send: frame => acks.push(...(decodeAcks(frame)?.acks ?? [])),
    onTrouble: error => t.fail(error.message),
    onRecovery: () => t.fail('there was no trouble')
  })
  const write = (line: string): void => {
    const entry = JSON.parse(line) as { msg: string }
    entries.push(entry)
    messages.push(entry.msg)
  }
  const intake = new BatchIntake({
    journal,
    sessions,
    acker,
    totals,
    traffic,
    identities: new Identities(undefined),
    lag: new LagSampler(Date.now),
    reporter: new SenderReporter(pino({}, { write })),
    now: () => 5,
    outputs: {
      append({ first, last, records, isNotice, commit }: RecordBatch) {
        appended.push(isNotice ? `gap ${first}-${last}` : `${first}-${last} ${records.toString()}`)
        commit.add()
        commits.push(commit)
      }
    }
  })
  const say = (id: string, first: number, said: Partial<Hello>): void =>
    intake.take(
      { kind: 'hello', senderId: id, first, count: 0 },
      Buffer.from(encodeHello({ ...createHello(), ...said })),
      'plain'
    )
  const hello = (first: number, dropped: DroppedRange[] = []): void =>
    say(senderId, first, { dropped })
  const batch = (first: number, text: string): void =>
    intake.take(
      { kind: 'batch', senderId, first, count: text.length / 2 },
      Buffer.from(text),
      'plain'
    )
  const bye = (first: number): void =>
    intake.take({ kind: 'bye', senderId, first, count: 0 }, Buffer.alloc(0), 'plain')
  const writeAll = (): void => {
    for (const commit of commits.splice(0)) commit.done()
  }
  /** The last sequence number that was acknowledged since. */
  const acked = (): number | undefined => {
    acker.flush()
    return acks.splice(0).at(-1)?.seq
  }
  /** Before another one is made in the same folder: its lock would be made again there. */
  let isClosed = false
  const close = (): void => {
    if (isClosed) return
    isClosed = true
    acker.close()
    journal.close()
  }
  t.teardown(close)
  const made = { intake, journal, acker, acked, persisted, appended, messages, totals, say }
  return { ...made, entries, sessions, traffic, hello, batch, bye, writeAll, close }
}

test('a batch is acknowledged when it is written, and no sooner', async t => {
  const { hello, batch, acked, writeAll, appended, totals } = makeIntake(t)
  hello(1)
  t.equal(acked(), 0)
  batch(1, 'a\nb\n')
  t.equal(acked(), undefined)
  writeAll()
  t.equal(acked(), 2)
  t.strictSame(appended, ['1-2 a\nb\n'])
  t.match(totals, { records: 2, bytes: 4, duplicateRecords: 0 })
})

test('a sender of which nothing was taken is acknowledged, and costs the journal nothing', async t => {
  const { hello, batch, acked, writeAll, persisted } = makeIntake(t)
  hello(43)
  t.equal(acked(), 42)
  t.strictSame(persisted, [])
  batch(43, 'a\n')
  writeAll()
  t.equal(acked(), 43)
  t.strictSame(persisted, [{ senderId: toPublicId(senderId), seq: 43 }])
})

test('senders that only name a former id of their own go on where it ended, and cost the journal nothing', async t => {
  const { say, batch, acked, writeAll, persisted, journal } = makeIntake(t)
  journal.markFiled([{ senderId: 'formerly', seq: 42 }], false)
  const formerId = toHexId('formerly')
  for (let count = 0; count < 3; count++) {
    say(createSenderId(), 1, { formerId })
    t.equal(acked(), 42)
  }
  t.strictSame(persisted, [])
  say(senderId, 1, { formerId })
  batch(42, 'a\nb\n')
  writeAll()
  t.equal(acked(), 43)
  t.strictSame(persisted, [{ senderId: toPublicId(senderId), seq: 43 }])
})

test('a sender that says only that it has lost records is in the journal with them', async t => {
  const { hello, acked, writeAll, persisted } = makeIntake(t)
  hello(3, [{ from: 1, to: 2, why: 'buffer full' }])
  writeAll()
  t.equal(acked(), 2)
  t.strictSame(persisted, [{ senderId: toPublicId(senderId), seq: 2 }])
})

test('records that were received before are not appended again, but acknowledged', async t => {
  const { hello, batch, acked, writeAll, appended, totals } = makeIntake(t)
  hello(1)
  batch(1, 'a\nb\n')
  writeAll()
  acked()
  batch(1, 'a\nb\n')
  t.equal(acked(), 2)
  batch(2, 'b\nc\n')
  t.equal(appended.at(-1), '3-3 c\n')
  t.match(totals, { records: 3, duplicateRecords: 2 })
})

test('a gap is written before the records behind it, and acknowledged with them', async t => {
  const { hello, batch, acked, writeAll, appended, messages, totals } = makeIntake(t)
  hello(1, [{ from: 1, to: 3, why: 'full' }])
  batch(4, 'a\n')
  t.strictSame(appended, ['gap 1-3', '4-4 a\n'])
  writeAll()
  t.equal(acked(), 4)
  t.equal(totals.missingRecords, 3)
  t.match(messages, ['sender connected', /^3 records of .* are missing: full$/])
})

test('a batch of an unknown sender does nothing, and a hello that is not JSON is refused', async t => {
  const { intake, sessions, batch, bye, acked, appended, messages } = makeIntake(t)
  batch(1, 'a\n')
  bye(2)
  for (const payload of ['{', '[]', `{"x":"${'x'.repeat(65_536)}"}`]) {
    t.throws(
      () =>
        intake.take({ kind: 'hello', senderId, first: 1, count: 0 }, Buffer.from(payload), 'plain'),
      { code: 'ERR_ZMQ_PUB_FRAME', message: /a hello must be a JSON object of at most 65536 bytes/ }
    )
  }
  t.strictSame([appended, messages, acked(), sessions.present], [[], [], undefined, 0])
})

test('senders are logged as they come, leave and become silent', async t => {
  const { intake, sessions, hello, bye, messages } = makeIntake(t)
  hello(1)
  hello(1)
  bye(1)
  hello(1)
  t.equal(sessions.present, 1)
  intake.expireSenders(performance.now() + 89_000)
  t.equal(sessions.present, 1)
  intake.expireSenders(performance.now() + 91_000)
  t.equal(sessions.present, 0)
  t.match(messages, ['sender connected', 'sender gone', 'sender connected', /^sender silent: /])
})

test('when a sender goes, it is logged how long it was there, and what came and what is missing since it came', async t => {
  const { intake, hello, batch, bye, entries } = makeIntake(t)
  hello(1, [{ from: 3, to: 5, why: 'full' }])
  batch(1, 'a\nb\n')
  batch(2, 'b\n')
  batch(6, 'c\n')
  bye(7)
  hello(7)
  batch(7, 'd\n')
  intake.expireSenders(performance.now() + 91_000)
  t.match(
    entries.filter(entry => 'saidBye' in entry),
    [
      { msg: 'sender gone', level: 30, records: 3, missingRecords: 3, saidBye: true, next: 7 },
      { level: 40, records: 1, missingRecords: 0, saidBye: false, next: 8 }
    ]
  )
  const [gone, silent] = entries.filter(entry => 'saidBye' in entry) as Record<string, number>[]
  t.ok(Number(gone?.['connectedMs']) < 30_000, 'since it came')
  t.ok(Number(silent?.['silentMs']) >= 90_000, 'since its last message')
  t.ok(Number(silent?.['connectedMs']) < 30_000, 'until its last message')
})

test('a check is acknowledged, and leaves nothing: no session, no identity, no line in a log', async t => {
  const { intake, say, acked, sessions, traffic, messages, appended, persisted, totals } =
    makeIntake(t)
  say(senderId, 1, { check: true, app: 'check' })
  t.equal(acked(), 0)
  intake.take({ kind: 'bye', senderId, first: 1, count: 0 }, Buffer.from(encodeBye(true)), 'plain')
  t.strictSame([messages, appended, persisted, sessions.size], [[], [], [], 0])
  t.strictSame(traffic.report(sessions), { busiest: [], others: undefined })
  t.strictSame(totals, new Totals())
})

test('a check by the id of a sender changes nothing of it', async t => {
  const { say, hello, batch, acked, writeAll, sessions } = makeIntake(t)
  hello(1)
  batch(1, 'a\nb\n')
  writeAll()
  t.equal(acked(), 2)
  say(senderId, 1, { check: true, dropped: [{ from: 3, to: 9, why: 'invented' }] })
  t.equal(acked(), 0)
  batch(3, 'c\n')
  writeAll()
  t.equal(acked(), 3)
  t.equal(sessions.present, 1)
})

test('what is taken and what is missing is counted by the name of the sender', async t => {
  const { say, batch, bye, sessions, traffic } = makeIntake(t)
  const shop = { app: 'shop', host: 'web-1' }
  say(senderId, 1, { ...shop, dropped: [{ from: 3, to: 5, why: 'full' }] })
  batch(1, 'a\nb\n')
  batch(2, 'b\nc\n')
  batch(6, 'd\n')
  const none = { ...shop, senders: 1, records: 0, bytes: 0, missingRecords: 0 }
  const counted = { ...none, records: 4, bytes: 8, missingRecords: 2 }
  t.strictSame(traffic.report(sessions), { busiest: [counted], others: undefined })
  t.strictSame(traffic.report(sessions).busiest, [none], 'since the last report')
  say(senderId, 7, { ...shop, app: 'renamed' })
  batch(7, 'e\n')
  bye(8)
  t.match(traffic.report(sessions).busiest, [
    { app: 'renamed', senders: 0, records: 1 },
    { app: 'shop', senders: 0, records: 0 }
  ])
  t.strictSame(traffic.report(sessions).busiest, [], 'those that are gone are named once more')
  batch(8, 'f\n')
  t.match(traffic.report(sessions), { busiest: [], others: { records: 1 } }, 'it came late')
})

const dishonest: [what: string, count: number, payload: string][] = [
  ['more lines than it says', 1, 'a\nb\n'],
  ['fewer lines than it says', 3, 'a\nb\n'],
  ['2^32 - 1 lines in 4 bytes, as it says', 2 ** 32 - 1, 'a\nb\n'],
  ['a last line without its newline', 2, 'a\nb'],
  ['only a line without its newline', 1, 'a'],
  ['no payload', 1, '']
]

for (const [what, count, payload] of dishonest) {
  test(`a batch with ${what} is refused as a whole, and the right one is taken`, async t => {
    const { intake, hello, batch, acked, writeAll, appended, totals } = makeIntake(t)
    hello(1)
    acked()
    t.throws(
      () =>
        intake.take({ kind: 'batch', senderId, first: 1, count }, Buffer.from(payload), 'plain'),
      { code: 'ERR_ZMQ_PUB_FRAME', message: /a batch of \d+ records must have as many lines/ }
    )
    t.strictSame([appended, acked(), totals.records], [[], undefined, 0])
    batch(1, 'a\nb\n')
    writeAll()
    t.equal(acked(), 2)
    t.strictSame(appended, ['1-2 a\nb\n'])
  })
}

/** A batch of one record of this size. */
function toRecord(bytes: number): string {
  return `${'x'.repeat(bytes - 1)}\n`
}

const mebi = 1024 * 1024

test('what a sender sends beyond its window is not taken until the rest is written', async t => {
  const { intake, hello, acked, writeAll, appended, totals } = makeIntake(t)
  const send = (first: number): void =>
    intake.take({ kind: 'batch', senderId, first, count: 1 }, Buffer.from(toRecord(mebi)), 'plain')
  hello(1)
  for (let seq = 1; seq <= 1000; seq++) send(seq)
  t.equal(appended.length, 16)
  t.ok(totals.deferredBatches > 0)
  writeAll()
  t.equal(acked(), 16)
  for (let seq = 17; seq <= 20; seq++) send(seq)
  writeAll()
  t.equal(acked(), 20)
})

test('a batch larger than the window is taken alone', async t => {
  const { intake, hello, acked, writeAll, appended } = makeIntake(t)
  const send = (first: number): void =>
    intake.take(
      { kind: 'batch', senderId, first, count: 1 },
      Buffer.from(toRecord(32 * mebi)),
      'plain'
    )
  hello(1)
  send(1)
  send(2)
  t.equal(appended.length, 1)
  writeAll()
  t.equal(acked(), 1)
  send(2)
  writeAll()
  t.equal(acked(), 2)
})

const fitting: [what: string, count: number, payload: () => string][] = [
  ['one byte less than 8 MiB before its last record', 2, () => `${toRecord(8 * mebi - 1)}a\n`],
  ['as many records as it may have', 65_536, () => '\n'.repeat(65_536)]
]

for (const [what, count, payload] of fitting) {
  test(`a batch with ${what} is taken`, async t => {
    const { intake, hello, appended } = makeIntake(t)
    hello(1)
    intake.take({ kind: 'batch', senderId, first: 1, count }, Buffer.from(payload()), 'plain')
    t.ok(appended.at(-1)?.startsWith(`1-${count} `))
  })
}

const oversized: [what: string, count: number, payload: () => string][] = [
  ['a record that is too long', 1, () => toRecord(32 * mebi + 1)],
  ['more bytes before its last record than a transport sends', 2, () => toRecord(8 * mebi) + 'a\n'],
  ['too many records', 65_537, () => '\n'.repeat(65_537)]
]

for (const [what, count, payload] of oversized) {
  test(`a batch with ${what} is refused`, async t => {
    const { intake, hello, appended } = makeIntake(t)
    hello(1)
    t.throws(
      () =>
        intake.take({ kind: 'batch', senderId, first: 1, count }, Buffer.from(payload()), 'plain'),
      { code: 'ERR_ZMQ_PUB_FRAME' }
    )
    t.strictSame(appended, [])
  })
}

test('of many gaps that come at once the first are logged, and all are written', async t => {
  const { hello, appended, messages } = makeIntake(t)
  hello(1)
  const dropped = Array.from({ length: 100 }, (_, index) => ({
    from: 2 * index + 1,
    to: 2 * index + 1,
    why: 'full'
  }))
  hello(201, dropped)
  t.equal(appended.filter(line => line.startsWith('gap')).length, 200)
  t.equal(messages.length, 1 + 10 + 1)
  t.equal(messages.at(-1), 'more records of a sender are missing: see the gap records')
})

test('gaps wait for room as records do', async t => {
  const { intake, hello, writeAll, appended, acked } = makeIntake(t)
  hello(1)
  const payload = Buffer.from(toRecord(16 * mebi))
  intake.take({ kind: 'batch', senderId, first: 1, count: 1 }, payload, 'plain')
  hello(50)
  t.equal(appended.length, 1)
  writeAll()
  hello(50)
  writeAll()
  t.strictSame(appended.slice(1), ['gap 2-49'])
  t.equal(acked(), 49)
})

test('a bye or a hello that skips far ahead leaves one gap, and what follows is a duplicate', async t => {
  for (const say of ['hello', 'bye'] as const) {
    const talk = makeIntake(t)
    talk.hello(1)
    talk[say](maxSeq + 1)
    talk.batch(5, 'a\n')
    t.strictSame(talk.appended, [`gap 1-${maxSeq}`])
    talk.writeAll()
    t.equal(talk.acked(), maxSeq)
  }
})

/** Numbers at the limits of what the wire, the counting and JavaScript can hold, and others. */
const anyNumber = fc.oneof(
  fc.constantFrom(
    0n,
    1n,
    2n ** 32n - 6n,
    2n ** 53n - 3n,
    2n ** 53n - 2n,
    2n ** 53n,
    2n ** 64n - 1n
  ),
  fc.bigInt({ min: 0n, max: 40n })
)
const anyPayload = fc.oneof(
  fc.constantFrom('', '\n', 'a\n', 'a\nb\nc\n', 'a', '{}', 'null', '[]'),
  fc
    .record({
      dropped: fc.array(fc.record({ from: fc.anything(), to: fc.anything(), why: fc.string() }))
    })
    .map(toJson),
  fc
    .array(fc.record({ from: anyNumber, to: anyNumber, why: fc.constantFrom('a', 'b') }))
    .map(dropped =>
      toJson({
        dropped: dropped.map(({ from, to, why }) => ({ from: Number(from), to: Number(to), why }))
      })
    ),
  fc.json()
)
const hostileId = 'hostile-hostile-hostil'
const anyMessage = fc.record({
  kind: fc.constantFrom('hello', 'batch', 'bye', 'shout'),
  first: anyNumber,
  count: fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1), fc.integer({ min: 0, max: 3 })),
  payload: anyPayload
})

function toJson(value: unknown): string {
  return JSON.stringify(value) ?? ''
}

test('whatever a sender sends, it is refused or taken, and another sender gets its acks', async t => {
  const property = fc.property(fc.array(anyMessage, { maxLength: 12 }), messages => {
    const { intake, acker, hello, batch, writeAll, acked, appended, close } = makeIntake(t)
    for (const { kind, first, count, payload } of messages) {
      try {
        const head = Buffer.from(toRawHeader({ kind, senderId: hostileId, first, count }))
        const message = decodeMessage([head, Buffer.from(payload)])
        if (message) intake.take(message.header, message.payload, 'plain')
      } catch (error) {
        if ((error as { code?: string }).code !== 'ERR_ZMQ_PUB_FRAME') throw error
      }
    }
    writeAll()
    let end = 0
    for (const [, from, to] of appended.map(line => /^(?:gap )?(\d+)-(\d+)/.exec(line) ?? [])) {
      if (from === undefined) continue
      if (Number(from) <= end || Number(to) < Number(from))
        throw new Error(`${from}-${to} behind ${end}`)
      end = Number(to)
    }
    acker.flush()
    hello(1)
    batch(1, 'x\n')
    writeAll()
    close()
    return acked() === 1
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: Number(process.env['RUNS'] ?? 300) }))
})

test('senders that leave for good are forgotten, in memory and in the journal', async t => {
  const journal = openJournal(t.testdir())
  t.teardown(() => journal.close())
  const sessions = new SenderSessions(
    [...journal.senders.positions].map(([id, { expected }]) => [id, expected] as const)
  )
  const acker = new Acker({
    senders: sessions,
    collectorId: journal.collectorId,
    persist: acks => journal.markFiled(acks, false),
    send: () => undefined,
    onTrouble: error => t.fail(error.message),
    onRecovery: () => undefined
  })
  t.teardown(() => acker.close())
  const intake = new BatchIntake({
    journal,
    sessions,
    acker,
    totals: new Totals(),
    traffic: new Traffic(),
    identities: new Identities(undefined),
    lag: new LagSampler(Date.now),
    reporter: new SenderReporter(pino({ level: 'silent' })),
    now: Date.now,
    outputs: { append: () => undefined }
  })
  const finalIds = new Set<string>()
  for (const isFinal of [true, false]) {
    for (let index = 0; index < 1000; index++) {
      const id = createSenderId()
      if (isFinal) finalIds.add(toPublicId(id))
      const take = (kind: MessageKind, first: number, count: number, payload: string): void =>
        intake.take({ kind, senderId: id, first, count }, Buffer.from(payload), 'plain')
      take('hello', 1, 0, encodeHello({ ...createHello(), app: 'job' }))
      take('batch', 1, 1, 'a\n')
      take('bye', 2, 0, encodeBye(isFinal))
    }
  }
  acker.flush()
  t.equal(journal.senders.positions.size, 2000)
  intake.expireSenders(performance.now() + 60_000)
  t.strictSame(
    [...journal.senders.positions.keys()].filter(id => finalIds.has(id)),
    []
  )
  t.equal(journal.senders.positions.size, 1000, 'the others may come back from a spool')
})
