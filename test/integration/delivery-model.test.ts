/**
 * The delivery protocol as a model: Sender and SendQueue of the transport and SenderSessions of the
 * collector are real; network, file and journal are arrays. Steps and failures come in random order.
 */
import fc from 'fast-check'
import { test } from 'tap'
import { SenderSessions, type Gap } from '../../lib/collector/intake/sender-sessions.ts'
import { toBytes, type Batch } from '../../lib/transport/sender/batch.ts'
import { SendQueue } from '../../lib/transport/sender/send-queue.ts'
import { Sender, type SenderMessage } from '../../lib/transport/sender/sender.ts'
import { createHello, decodeHello } from '../../lib/wire/hello.ts'
import type { Header } from '../../lib/wire/message.ts'
import { toBatch } from '../helpers/batch.ts'
import { readKnob } from '../helpers/knobs.ts'

/** The steps and failures. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constant('log'), n: fc.integer({ min: 1, max: 5 }) })
  },
  {
    weight: 8,
    arbitrary: fc.record({ what: fc.constant('send'), n: fc.integer({ min: 1, max: 4 }) })
  },
  {
    weight: 8,
    arbitrary: fc.record({ what: fc.constant('deliver'), n: fc.integer({ min: 1, max: 4 }) })
  },
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constant('write'), n: fc.integer({ min: 1, max: 3 }) })
  },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('ack'), n: fc.constant(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('cut'), n: fc.integer({ min: 0, max: 6 }) })
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('kill'), n: fc.integer({ min: 0, max: 6 }) })
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('lose'), n: fc.integer({ min: 0, max: 6 }) })
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('drop'), n: fc.constant(1) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('flush'), n: fc.constant(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('wait'), n: fc.integer({ min: 1, max: 20_000 }) })
  }
)

/** A record of the model's file: its number, or a gap. */
type Line = number | Gap

class Model {
  now = 0
  nextSeq = 1
  dropped = 0
  readonly sender = new Sender({
    id: 'sender-1',
    queue: new SendQueue(10, 4),
    hello: createHello(),
    stallMs: 5000,
    maxCollectors: 1
  })
  /** sent, in order; a connection that breaks loses some of the newest or all */
  wire: SenderMessage[] = []
  acks: number[] = []
  intake = new SenderSessions()
  /** taken and not yet written */
  pending: { lines: Line[]; last: number }[] = []
  file: Line[] = []
  filed = 0
  journal = 0
  /** acknowledges when a hello has asked for it and all is written, or at the next wait; else at each write */
  readonly #isLazy: boolean
  #isAsked = false

  constructor(isLazy: boolean) {
    this.#isLazy = isLazy
    this.sender.onSubscribed()
  }

  run(what: string, n: number): void {
    switch (what) {
      case 'log':
        this.sender.queue.push(this.#toBatch(n))
        this.nextSeq += n
        break
      case 'send':
        for (let i = 0; i < n; i++) this.#send()
        break
      case 'deliver':
        for (let i = 0; i < n; i++) this.#deliver()
        break
      case 'write':
        for (let i = 0; i < n; i++) this.#write()
        break
      case 'ack': {
        const seq = this.acks.shift()
        if (seq !== undefined) this.sender.onAck('collector', seq, this.now)
        break
      }
      case 'cut':
        this.#reconnect(n)
        break
      case 'kill':
        this.#kill(n)
        break
      case 'lose': // libzmq drops a message silently
        if (this.wire.length > 0) this.wire.splice(n % this.wire.length, 1)
        break
      case 'drop': {
        const range = this.sender.queue.dropOldest()
        if (range) this.sender.announceDrop(range, 'buffer full')
        this.dropped += range?.count ?? 0
        break
      }
      case 'flush': // somebody waits for what is there now
        this.sender.awaitedSeq = this.sender.queue.end - 1
        break
      case 'wait':
        this.now += n
        this.sender.tick(this.now)
        if (this.#isLazy) this.acks.push(this.filed)
        break
      default:
        throw new Error(what)
    }
  }

  /** The counters that an app sees add up at any moment. */
  count(): void {
    const { queue, ackedRecords } = this.sender
    const queued = queue.countQueued()
    const sum = ackedRecords + this.dropped + queue.countRecords()
    if (queued !== this.nextSeq - 1 || queued !== sum) throw new Error(`${queued} queued, ${sum}`)
    const { sentRecords } = queue
    if (sentRecords < ackedRecords || sentRecords > queued - this.dropped)
      throw new Error(`${sentRecords} sent, ${ackedRecords} acknowledged of ${queued}`)
  }

  /** No more failures: everything must arrive. */
  settle(): void {
    for (let round = 0; this.sender.queue.records > 0; round++) {
      if (round > 1000) throw new Error(`stuck at ${this.sender.queue.start} of ${this.nextSeq}`)
      this.run('send', 10)
      this.run('deliver', 100)
      this.run('write', 100)
      while (this.acks.length > 0) this.run('ack', 1)
      this.run('wait', 1000)
    }
  }

  #toBatch(count: number): Batch {
    const lines = Array.from({ length: count }, (_, index) => `${this.nextSeq + index}\n`)
    return toBatch(this.nextSeq, count, lines.join(''))
  }

  #send(): void {
    const message = this.sender.next()
    if (!message) return
    this.wire.push(message)
    this.sender.markSent(message, this.now)
  }

  #deliver(): void {
    const message = this.wire.shift()
    if (!message) return
    const { header, payload } = message
    if (header.kind === 'hello') this.#onHello(header, toBytes(payload))
    else this.#onBatch(header, toBytes(payload))
  }

  #onHello(header: Header, payload: Buffer): void {
    const hello = decodeHello(payload)
    if (!hello) throw new Error('not a hello')
    const { gaps } = this.intake.hello(header, hello, this.now)
    for (const gap of gaps) this.pending.push({ lines: [gap], last: gap.to })
    this.#isAsked = true
    this.#acknowledge()
  }

  #onBatch(header: Header, payload: Buffer): void {
    const verdict = this.intake.batch(header, this.now)
    if (verdict.kind === 'duplicate') this.acks.push(this.filed)
    if (verdict.kind !== 'take') return
    for (const gap of verdict.gaps) this.pending.push({ lines: [gap], last: gap.to })
    const lines = payload.toString().trim().split('\n').map(Number).slice(verdict.skip)
    this.pending.push({ lines, last: header.first + header.count - 1 })
  }

  #write(): void {
    const written = this.pending.shift()
    if (!written) return
    this.file.push(...written.lines)
    this.filed = written.last
    this.journal = written.last + 1
    this.#acknowledge()
  }

  #acknowledge(): void {
    const isDue = !this.#isLazy || (this.#isAsked && this.pending.length === 0)
    if (!isDue) return
    this.#isAsked = false
    this.acks.push(this.filed)
  }

  /** The connection breaks: the newest messages on the wire are lost, and acks as well. */
  #reconnect(lost: number): void {
    this.wire = this.wire.slice(0, Math.max(0, this.wire.length - lost))
    this.acks = []
    this.sender.onSubscribed()
  }

  /** The collector is killed: records that were received and not written are lost; the journal has the rest. */
  #kill(lost: number): void {
    this.pending = []
    this.intake = new SenderSessions(this.journal === 0 ? [] : [['sender-1', this.journal]])
    this.#reconnect(lost)
  }
}

test('what somebody waits for is acknowledged without a wait, also where nothing else would be', t => {
  const model = new Model(true)
  model.run('log', 5)
  model.run('flush', 1)
  model.run('send', 10)
  model.run('deliver', 10)
  model.run('write', 10)
  while (model.acks.length > 0) model.run('ack', 1)
  t.equal(model.sender.queue.records, 0)
  t.end()
})

test('whatever happens, each record is in the file once, in order, or counted as missing', t => {
  const steps = fc.array(step, { maxLength: 150, size: 'max' })
  const property = fc.property(steps, fc.boolean(), (steps, isLazy) => {
    const model = new Model(isLazy)
    for (const { what, n } of steps) {
      model.run(what, n)
      model.count()
    }
    model.settle()
    model.run('log', 1) // the hello before the next batch announces the drop
    model.settle()
    let expected = 1
    let missing = 0
    for (const line of model.file) {
      const from = typeof line === 'number' ? line : line.from
      if (from !== expected) throw new Error(`${from} follows ${expected - 1}`)
      expected = typeof line === 'number' ? line + 1 : line.to + 1
      if (typeof line === 'number') continue
      missing += line.to - line.from + 1
      if (line.why !== 'buffer full') throw new Error(`${line.from} is missing: ${line.why}`)
    }
    if (expected !== model.nextSeq) throw new Error(`the file ends at ${expected - 1}`)
    const { sentRecords } = model.sender.queue
    if (sentRecords !== expected - 1 - missing) throw new Error(`${sentRecords} sent`)
    if (missing !== model.dropped) throw new Error(`${missing} missing, ${model.dropped} dropped`)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: readKnob('RUNS', 5000) }))
  t.end()
})
