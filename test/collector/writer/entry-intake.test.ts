import { pino } from 'pino'
import { test, type Test } from 'tap'
import { LagSampler } from '../../../lib/collector/intake/lag-sampler.ts'
import { RecordIntake } from '../../../lib/collector/intake/record-intake.ts'
import { SenderSessions, type SenderState } from '../../../lib/collector/intake/sender-sessions.ts'
import { SenderReporter } from '../../../lib/collector/reporting/sender-reporter.ts'
import { Totals } from '../../../lib/collector/reporting/totals.ts'
import { Traffic } from '../../../lib/collector/reporting/traffic.ts'
import type { PendingCommit } from '../../../lib/collector/routing/record-batch.ts'
import { EntryIntake } from '../../../lib/collector/writer/entry-intake.ts'
import { Progress } from '../../../lib/collector/writer/progress.ts'
import type { Entry } from '../../../lib/engine/entry.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { createRandom } from '../../helpers/seeded-random.ts'

const hello = { ...createHello(), app: 'shop' }
const unexplained = 'the sender no longer holds them'

type Kind = Entry['kind']

/** An entry of one sender; a batch has its numbers as lines. */
function toEntry(
  kind: Kind,
  first: number,
  count: number,
  floor = 1,
  senderId = 'sender-a'
): Entry {
  const lines = Array.from({ length: count }, (_, index) => `${first + index}\n`).join('')
  const payload = Buffer.from(kind === 'batch' ? lines : '')
  return {
    kind,
    senderId,
    first,
    count,
    floor,
    hello,
    why: kind === 'dropped' ? 'full' : '',
    payload
  }
}

/** A writer in memory: what it has written survives a restart, as files and a journal do. */
class TestWriter {
  /** numbers, and gaps as `from-to why` */
  readonly written: string[] = []
  readonly #remembered = new Map<string, number>()
  readonly #commits: { write: () => void; commit: PendingCommit }[] = []
  #told: SenderState[] = []
  progress = new Progress(0)
  position = 0
  totals = new Totals()
  refused: Error[] = []
  now = 0
  intake!: EntryIntake

  constructor() {
    this.#start()
  }

  #start(): void {
    const sessions = new SenderSessions([...this.#remembered])
    const { totals } = this
    const note = (sender: SenderState): void => void this.#told.push(sender)
    const records = new RecordIntake({
      journal: { senders: { inherit: () => undefined, forget: () => undefined } },
      outputs: {
        append: ({ senderId, first, last, records: lines, why, commit }) => {
          commit.add()
          const write = (): void => {
            const gap = `${first}-${last} ${why}`
            this.written.push(...(why === undefined ? lines.toString().trim().split('\n') : [gap]))
            this.#remembered.set(senderId, last + 1)
          }
          this.#commits.push({ write, commit })
        }
      },
      sessions,
      acker: { onCommit: note, onHello: note, onDuplicate: note },
      reporter: new SenderReporter(pino({ level: 'silent' })),
      totals,
      traffic: new Traffic(),
      lag: new LagSampler(Date.now),
      now: () => 5,
      admission: { admits: () => true, add: () => undefined, remove: () => undefined }
    })
    this.intake = new EntryIntake({
      records,
      sessions,
      totals,
      onRefused: error => this.refused.push(error),
      now: () => this.now
    })
    this.progress = new Progress(this.position)
  }

  take(position: number, entry: Entry): void {
    this.intake.take(entry, this.progress.add(position))
  }

  /** Writes the oldest of what was appended, and acknowledges it. */
  write(count = Number.POSITIVE_INFINITY): void {
    for (const { write, commit } of this.#commits.splice(0, count)) {
      write()
      commit.done()
    }
    for (const sender of this.#told) sender.told = sender.committed
    this.#told = []
  }

  note(): void {
    this.position = this.progress.advance()
  }

  /** Dies, and starts again with what it has written. */
  restart(): void {
    this.#commits.length = 0
    this.#told = []
    this.#start()
  }
}

function run(entries: readonly Entry[]): TestWriter {
  const writer = new TestWriter()
  for (const [index, entry] of entries.entries()) writer.take(index + 1, entry)
  writer.write()
  writer.note()
  return writer
}

const cases: [what: string, entries: Entry[], written: string[], position: number][] = [
  [
    'batches in order are written',
    [toEntry('hello', 1, 0), toEntry('batch', 1, 2), toEntry('batch', 3, 1, 3)],
    ['1', '2', '3'],
    3
  ],
  [
    'an early batch waits for the one before it',
    [
      toEntry('batch', 1, 1),
      toEntry('batch', 4, 1),
      toEntry('batch', 3, 1),
      toEntry('batch', 2, 1)
    ],
    ['1', '2', '3', '4'],
    4
  ],
  [
    'what is early without the rest is not done',
    [toEntry('batch', 1, 1), toEntry('batch', 3, 1)],
    ['1'],
    1
  ],
  [
    'a batch that comes twice is written once, also in parts',
    [
      toEntry('batch', 1, 3),
      toEntry('batch', 1, 3),
      toEntry('batch', 2, 3),
      toEntry('batch', 1, 2)
    ],
    ['1', '2', '3', '4'],
    4
  ],
  [
    'what is below the floor and has not come is missing',
    [toEntry('batch', 1, 1), toEntry('batch', 5, 1, 5)],
    ['1', `2-4 ${unexplained}`, '5'],
    2
  ],
  [
    'what is early below the floor is written between the gaps',
    [toEntry('batch', 1, 1), toEntry('batch', 4, 1), toEntry('batch', 8, 1, 7)],
    ['1', `2-3 ${unexplained}`, '4', `5-6 ${unexplained}`],
    2
  ],
  [
    'a hello and a bye have floors, too',
    [toEntry('batch', 1, 1), toEntry('hello', 3, 0, 3), toEntry('bye', 4, 0, 4)],
    ['1', `2-2 ${unexplained}`, `3-3 ${unexplained}`],
    3
  ],
  [
    'what an app has dropped is a gap with its reason, in its turn, once',
    [
      toEntry('batch', 1, 1),
      toEntry('dropped', 3, 2),
      toEntry('batch', 2, 1),
      toEntry('dropped', 3, 2),
      toEntry('batch', 5, 1)
    ],
    ['1', '2', '3-4 full', '5'],
    5
  ],
  [
    'records that were dropped and have come after all are written',
    [toEntry('batch', 1, 3), toEntry('dropped', 2, 3), toEntry('batch', 5, 1)],
    ['1', '2', '3', '4-4 full', '5'],
    3
  ],
  [
    'a sender that is new begins at the floor of its first entry',
    [toEntry('batch', 12, 1, 11), toEntry('batch', 11, 1, 11)],
    ['11', '12'],
    2
  ],
  [
    'a late entry of an older floor changes nothing',
    [toEntry('batch', 9, 1, 9), toEntry('batch', 3, 2, 1)],
    ['9'],
    2
  ]
]

for (const [what, entries, written, position] of cases) {
  test(what, async t => {
    const writer = run(entries)
    t.strictSame(writer.written, written)
    t.equal(writer.position, position)
    t.strictSame(writer.refused, [])
  })
}

test('a batch that is not what its header says is refused, and others are taken', async t => {
  const wrong = { ...toEntry('batch', 2, 1), payload: Buffer.from('1\n2\n') }
  const writer = run([toEntry('batch', 1, 1), wrong, toEntry('batch', 3, 1, 3)])
  t.match(writer.refused, [{ code: 'ERR_ZMQ_PUB_FRAME' }])
  t.strictSame(writer.written, ['1', `2-2 ${unexplained}`, '3'])
  t.equal(writer.position, 3)
})

test('records that never come are given up after 10 minutes', async t => {
  const writer = run([toEntry('batch', 1, 1), toEntry('batch', 4, 1)])
  writer.now = 599_000
  writer.intake.expire()
  t.ok(writer.intake.heldBytes > 0)
  writer.now = 601_000
  writer.intake.expire()
  writer.write()
  t.strictSame(writer.written, ['1', `2-3 ${unexplained}`, '4'])
  t.equal(writer.intake.heldBytes, 0)
  t.equal(writer.progress.advance(), 2)
})

test('what is held of a sender is bounded', async t => {
  const writer = new TestWriter()
  writer.take(1, toEntry('batch', 1, 1))
  for (let n = 0; n < 40; n++) {
    const payload = Buffer.from(`${'x'.repeat(1024 * 1024)}\n`)
    writer.take(n + 2, { ...toEntry('batch', n + 3, 1), payload })
  }
  t.ok(writer.intake.heldBytes <= 33 * 1024 * 1024)
  t.equal(writer.totals.missingRecords, 1)
})

test('what is held of a sender is bounded, also where entries have no payload', async t => {
  const writer = new TestWriter()
  writer.take(1, toEntry('batch', 1, 1))
  const entries = 32 * 2048 + 1
  for (let n = 0; n < entries; n++) writer.take(n + 2, toEntry('dropped', 2 * n + 3, 1))
  t.ok(writer.intake.heldBytes <= 33 * 1024 * 1024)
  t.ok(writer.totals.missingRecords > 0)
})

test('senders do not wait for each other', async t => {
  const writer = run([
    toEntry('batch', 1, 1),
    toEntry('batch', 3, 1),
    toEntry('batch', 7, 1, 7, 'sender-b')
  ])
  t.strictSame(writer.written, ['1', '7'])
  t.equal(writer.position, 1)
})

/** A stream as gateways make it: batches and drops in flight, in any order, some twice, each with a true floor. */
function makeStream(random: () => number): { stream: Entry[]; expected: string[] } {
  const stream: Entry[] = []
  const expected: string[] = []
  const stored = new Set<number>()
  let flight: Entry[] = []
  let next = 1
  const floorOf = (): number => {
    let floor = 1
    while (stored.has(floor)) floor++
    return floor
  }
  while (next < 200 || flight.length > 0) {
    if (next < 200 && (flight.length === 0 || random() < 0.5)) {
      const count = 1 + Math.floor(random() * 5)
      const kind = random() < 0.1 ? 'dropped' : 'batch'
      flight.push(toEntry(kind, next, count, floorOf()))
      if (kind === 'dropped') expected.push(`${next}-${next + count - 1} full`)
      else for (let n = next; n < next + count; n++) expected.push(`${n}`)
      next += count
      continue
    }
    const index = Math.floor(random() * Math.min(flight.length, 4))
    const [entry] = flight.splice(index, 1)
    if (!entry) continue
    stream.push(entry)
    for (let n = entry.first; n < entry.first + entry.count; n++) stored.add(n)
    if (random() < 0.2) flight = [entry, ...flight]
    if (random() < 0.1) stream.push(toEntry('hello', floorOf(), 0, floorOf()))
  }
  stream.push(toEntry('bye', next, 0, next))
  return { stream, expected }
}

test('whatever the order, the duplicates and the kills, each record is written once and in order', async t => {
  for (let seed = 1; seed <= 300; seed++) checkRandom(t, seed)
})

function checkRandom(t: Test, seed: number): void {
  const draw = createRandom(seed)
  const random = (): number => draw(1_000_000) / 1_000_000
  const { stream, expected } = makeStream(random)
  const writer = new TestWriter()
  for (let index = 0; index < stream.length; index++) {
    writer.take(index + 1, stream[index] as Entry)
    if (random() < 0.5) writer.write(Math.floor(random() * 4))
    if (random() < 0.3) writer.note()
    if (random() < 0.02) {
      writer.restart()
      index = writer.position - 1
    }
  }
  writer.write()
  writer.note()
  const isRight = JSON.stringify(writer.written) === JSON.stringify(expected)
  if (!isRight || writer.position !== stream.length)
    t.strictSame([writer.written, writer.position], [expected, stream.length], `seed ${seed}`)
}
