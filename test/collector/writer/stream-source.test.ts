import { syncBuiltinESMExports } from 'node:module'
import { mock } from 'node:test'
import { pino } from 'pino'
import { test, type Test } from 'tap'
import { LagSampler } from '../../../lib/collector/intake/lag-sampler.ts'
import { SenderSessions, type SenderState } from '../../../lib/collector/intake/sender-sessions.ts'
import type { Journal } from '../../../lib/collector/journal/journal.ts'
import { SenderReporter } from '../../../lib/collector/reporting/sender-reporter.ts'
import { Totals } from '../../../lib/collector/reporting/totals.ts'
import { Traffic } from '../../../lib/collector/reporting/traffic.ts'
import type { PendingCommit } from '../../../lib/collector/routing/record-batch.ts'
import type { AttemptListener } from '../../../lib/collector/writer/attempts.ts'
import { StreamSource } from '../../../lib/collector/writer/stream-source.ts'
import type { EngineMessage } from '../../../lib/engine/engine.ts'
import { encodeClaim, encodeEntry } from '../../../lib/engine/entry.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { toHexId } from '../../../lib/wire/id.ts'
import { FakeEngine } from '../../helpers/fake-engine.ts'

const MiB = 1024 * 1024
const hello = { ...createHello(), app: 'shop' }

/** A journal in memory, which can't be written while `error` is there. */
class FakeJournal {
  readonly collectorId = 'writer-1'
  readonly senders = { inherit: () => undefined, forget: () => undefined }
  readonly positions: Record<string, number>
  readonly notes: [key: string, position: number, isSynced: boolean][] = []
  error: Error | undefined

  constructor(positions: Record<string, number>) {
    this.positions = positions
  }

  readUpTo(key: string): number {
    return this.positions[key] ?? 0
  }

  markRead(...note: [key: string, position: number, isSynced: boolean]): void {
    if (this.error) throw this.error
    this.notes.push(note)
  }
}

/** Holds all timers. @returns lets time pass, until all has happened that doesn't wait for more */
function holdTime(t: Test): (ms: number) => Promise<void> {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  syncBuiltinESMExports() // for those who import setTimeout of node:timers/promises
  t.teardown(() => {
    mock.timers.reset()
    syncBuiltinESMExports()
  })
  return async ms => {
    mock.timers.tick(ms)
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
  }
}

/** A source that reads a fake engine, and what it has told and taken. */
async function startSource(
  t: Test,
  given: { partitions?: number[]; positions?: Record<string, number>; engine?: FakeEngine } = {}
) {
  const pass = holdTime(t)
  const engine = given.engine ?? new FakeEngine()
  const journal = new FakeJournal(given.positions ?? {})
  const told: string[] = []
  const listen = (what: string): AttemptListener => ({
    onTrouble: ({ message }) => told.push(`${what}: ${message}`),
    onRecovery: () => told.push(`${what}: recovered`)
  })
  const taken: number[] = []
  const commits: PendingCommit[] = []
  const outputs = {
    requiredBytes: 0,
    append: ({ first, commit }: { first: number; commit: PendingCommit }): void => {
      commit.add()
      taken.push(first)
      commits.push(commit)
    }
  }
  const acknowledge = (sender: SenderState): void => void (sender.told = sender.committed)
  const source = new StreamSource({
    engine,
    partitions: given.partitions ?? [],
    journal: journal as unknown as Journal,
    outputs,
    sessions: new SenderSessions(),
    acker: { onCommit: acknowledge, onHello: acknowledge, onDuplicate: acknowledge },
    reporter: new SenderReporter(pino({ level: 'silent' })),
    totals: new Totals(),
    traffic: new Traffic(),
    lag: new LagSampler(Date.now),
    now: () => 5,
    isSynced: () => true,
    onRoundEnd: () => told.push('end of a round'),
    onRefused: ({ message }) => told.push(`refused: ${message}`),
    reading: listen('reading'),
    noting: listen('noting'),
    claiming: listen('claiming'),
    deleting: listen('deleting'),
    onTakenOver: ({ message }) => told.push(`taken over: ${message}`)
  })
  source.start()
  t.teardown(() => source.stopReading())
  await pass(0)
  const write = (): void => {
    for (const commit of commits.splice(0)) commit.done()
  }
  return { source, engine, journal, outputs, told, taken, write, pass }
}

/** A batch of one record of a sender that has begun with it. */
function toBatch(partition: number, first = 1, senderId = `sender-${partition}`): EngineMessage {
  const payload = Buffer.from(`{"n":${first}}\n`)
  const entry = { kind: 'batch', senderId, first, count: 1, floor: 1, hello, why: '' } as const
  return { ...encodeEntry({ ...entry, payload }, 1), partition }
}

const keyOf = (partition: number): string => `${toHexId('stream-1')}.${partition}`

test('each partition is read from behind where its journal says that all is written', async t => {
  const { engine, source } = await startSource(t, { positions: { [keyOf(1)]: 41 } })
  t.strictSame(engine.reads, [
    [0, 1],
    [1, 42]
  ])
  t.strictSame(source.partitions, [0, 1])
})

test('of a stream that several writers share only the given partitions are read and claimed', async t => {
  const engine = new FakeEngine(4)
  const { source } = await startSource(t, { engine, partitions: [1, 3] })
  t.strictSame(source.partitions, [1, 3])
  t.strictSame(engine.reads, [
    [1, 1],
    [3, 1]
  ])
  t.strictSame(
    engine.published.map(({ partition }) => partition),
    [1, 3]
  )
})

test('a position is noted once, when everything up to it is written', async t => {
  const { engine, journal, taken, write, pass } = await startSource(t)
  engine.give(7, toBatch(1))
  await pass(1000)
  t.strictSame(taken, [1])
  t.strictSame(journal.notes, [])
  write()
  await pass(1000)
  await pass(1000)
  t.strictSame(journal.notes, [[keyOf(1), 7, true]])
})

test('a position that cannot be noted is noted later, and the end of the trouble is told', async t => {
  const { engine, journal, source, told, write, pass } = await startSource(t)
  engine.give(7, toBatch(0))
  engine.give(9, toBatch(1))
  await pass(0)
  write()
  journal.error = new Error('disk full')
  told.length = 0
  await pass(1000)
  await pass(1000)
  t.strictSame(told, ['noting: disk full', 'noting: disk full'])
  t.equal(source.trouble, undefined, 'the stream can be read')
  journal.error = undefined
  await pass(1000)
  await pass(1000)
  t.strictSame(told.slice(2), ['noting: recovered'])
  t.strictSame(journal.notes, [
    [keyOf(0), 7, true],
    [keyOf(1), 9, true]
  ])
})

test('what is read together is one round', async t => {
  const { engine, taken, told, pass } = await startSource(t)
  for (const first of [1, 2, 3]) engine.give(first, toBatch(0, first))
  await pass(0)
  t.strictSame(taken, [1, 2, 3])
  t.strictSame(told, ['end of a round'])
})

test('a message that no gateway can have written is refused, and passed', async t => {
  const { engine, journal, told, pass } = await startSource(t)
  engine.give(3, { partition: 0, headers: {}, payload: Buffer.from('x') })
  await pass(0)
  await pass(1000)
  t.match(told[0], /^refused: .*must have the headers/)
  t.strictSame(journal.notes, [[keyOf(0), 3, true]])
})

test('trouble ends when all partitions can be read, whether by a message or by the end of the stream', async t => {
  const { engine, source, told, pass } = await startSource(t)
  const [lost, away] = [new Error('lost'), new Error('away')]
  engine.listener(0).onTrouble(lost)
  engine.listener(1).onTrouble(away)
  engine.listener(1).onTrouble(away)
  t.equal(source.trouble, lost)
  engine.listener(0).onCaughtUp()
  t.equal(source.trouble, away)
  t.strictSame(told.splice(0), ['reading: lost', 'reading: away', 'reading: away'])
  engine.give(1, toBatch(1))
  await pass(0)
  t.strictSame(told.splice(0), ['reading: recovered', 'end of a round'])
  t.equal(source.trouble, undefined)
  engine.listener(0).onCaughtUp()
  t.strictSame(told, [], 'the end is told once')
})

test('only claims that could not be published are published again, as they were', async t => {
  const engine = new FakeEngine()
  let isRefused = true
  engine.onPublish = ({ partition }) => {
    if (isRefused && partition === 1) throw new Error('no permission')
  }
  const { told, pass } = await startSource(t, { engine })
  await pass(1000)
  t.strictSame(told, ['claiming: no permission', 'claiming: no permission'])
  isRefused = false
  await pass(1000)
  await pass(1000)
  t.strictSame(told.slice(2), ['claiming: recovered'])
  t.strictSame(
    engine.published.map(({ partition }) => partition),
    [0, 1, 1, 1]
  )
  t.strictSame(engine.published[3], engine.published[1])
})

test('a source that cannot claim its partitions can be stopped', async t => {
  const engine = new FakeEngine()
  engine.onPublish = () => {
    throw new Error('no permission')
  }
  const { source, told, pass } = await startSource(t, { engine })
  await source.stopReading()
  await pass(5000)
  t.strictSame(told, ['claiming: no permission'])
})

test('the claim of another writer behind its own one ends a source', async t => {
  const { engine, told, taken, pass } = await startSource(t)
  const [own] = engine.published
  if (!own) throw new Error('unreachable')
  engine.give(1, encodeClaim('writer-2', 'start-01', 0))
  engine.give(2, own)
  engine.give(3, encodeClaim('writer-1', 'start-02', 0))
  engine.give(4, toBatch(0))
  await pass(0)
  t.strictSame(taken, [1], 'one before it, and one of an earlier start of this writer, are none')
  told.length = 0
  engine.give(5, encodeClaim('writer-2', 'start-03', 0))
  engine.give(6, toBatch(0, 2))
  engine.give(7, toBatch(1))
  await pass(0)
  t.strictSame(taken, [1], 'nothing more is taken, of no partition')
  t.match(told, [
    new RegExp(
      `^taken over: ERR_ZMQ_PUB_ENGINE: another writer has taken over partition 0 of the stream: process ${process.pid} on host .*: change from.nats.partitions`
    ),
    'end of a round'
  ])
})

test('while more than 64 MiB wait to be written nothing more is read', async t => {
  const { engine, outputs, taken, pass } = await startSource(t)
  outputs.requiredBytes = 64 * MiB + 1
  for (const first of [1, 2, 3]) engine.give(first, toBatch(0, first))
  for (let count = 0; count < 5; count++) await pass(10)
  t.strictSame(taken, [1])
  outputs.requiredBytes = 64 * MiB
  await pass(10)
  t.strictSame(taken, [1, 2, 3])
})

test('what is read and not committed counts as waiting, too, and a source that waits can be stopped', async t => {
  const { engine, source, taken, write, pass } = await startSource(t)
  const payload = Buffer.from(`${'x'.repeat(MiB)}\n`)
  for (let first = 1; first <= 130; first++) engine.give(first, { ...toBatch(0, first), payload })
  await pass(0)
  t.equal(taken.length, 64)
  write()
  await pass(10)
  t.equal(taken.length, 128)
  const stopped = source.stopReading()
  await pass(10)
  await stopped
  t.equal(taken.length, 128)
})

test('what is written may be deleted, every two seconds, and trouble with that is told', async t => {
  const { engine, told, write, pass } = await startSource(t)
  engine.give(7, toBatch(1))
  await pass(0)
  write()
  await pass(1000)
  told.length = 0
  await pass(1000)
  t.strictSame(engine.deleted.splice(0), [[1, 8]], 'nothing of a partition without a position')
  engine.onDelete = () => {
    throw new Error('no permission')
  }
  await pass(2000)
  engine.listener(0).onTrouble(new Error('lost'))
  await pass(2000)
  t.strictSame(told.splice(0), ['deleting: no permission', 'reading: lost'])
  engine.onDelete = () => undefined
  await pass(2000)
  t.strictSame(told, ['deleting: recovered'])
  t.strictSame(engine.deleted, [[1, 8]])
})

test('a source that was stopped does nothing by itself, and ends the connection when it is closed', async t => {
  const { engine, source, journal, told, taken, write, pass } = await startSource(t)
  engine.give(1, toBatch(0))
  await pass(0)
  await source.stopReading()
  engine.give(2, toBatch(0, 2))
  write()
  told.length = 0
  await pass(10_000)
  t.strictSame([taken, told, journal.notes, engine.deleted], [[1], [], [], []])
  source.note()
  t.strictSame(journal.notes, [[keyOf(0), 1, true]], 'what was read is noted on request')
  t.notOk(engine.isClosed)
  await source.close()
  t.ok(engine.isClosed)
})
