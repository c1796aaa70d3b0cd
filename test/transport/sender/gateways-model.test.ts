/** The sender's protocol with several gateways of one stream, of which one is used at a time, whatever happens to them. */
import fc from 'fast-check'
import { test } from 'tap'
import { SendQueue } from '../../../lib/transport/sender/send-queue.ts'
import { Sender, type SenderMessage } from '../../../lib/transport/sender/sender.ts'
import { createHello } from '../../../lib/wire/hello.ts'
import { toBatch } from '../../helpers/batch.ts'

/** A gateway as docs/wire-format.md has it: it knows what has passed through itself since it was started. */
class ModelGateway {
  /** undefined before the hello */
  position: number | undefined
  inbox: SenderMessage[] = []
  /** taken, and not in the stream yet */
  taken: { first: number; end: number }[] = []
  /** numbers that it has put into the stream, beyond those before its position */
  readonly #stored = new Set<number>()

  start(): void {
    this.position = undefined
    this.inbox = []
    this.taken = []
    this.#stored.clear()
  }

  receive(): void {
    for (const { header } of this.inbox.splice(0)) {
      const { kind, first, count } = header
      if (kind === 'hello') this.position = Math.max(this.position ?? 0, first - 1)
      else if (kind === 'batch' && this.position !== undefined) {
        this.taken.push({ first, end: first + count })
      }
    }
  }

  /** In any order, as an engine stores them when its leader changes. */
  publish(stream: Set<number>, index: number): void {
    const chosen = index % Math.max(1, this.taken.length)
    for (const { first, end } of this.taken.splice(chosen, 1)) {
      for (let seq = first; seq < end; seq++) {
        stream.add(seq)
        this.#stored.add(seq)
      }
    }
    while (this.position !== undefined && this.#stored.delete(this.position + 1)) this.position++
  }
}

/** An app with a sender, three gateways, and the stream behind them. */
class Model {
  readonly stream = new Set<number>()
  readonly gateways = [new ModelGateway(), new ModelGateway(), new ModelGateway()]
  readonly queue = new SendQueue(1000, 8)
  readonly sender = new Sender({
    id: 'a-sender',
    queue: this.queue,
    hello: { ...createHello(), app: 'shop' },
    stallMs: 5000,
    maxCollectors: 1,
    expectedCollectors: 1,
    isFailover: true
  })
  active = this.gateways[0] as ModelGateway
  now = 0

  constructor() {
    this.sender.onSubscribed()
  }

  log(count: number): void {
    this.queue.push(toBatch(this.queue.end, count, 'x\n'.repeat(count)))
  }

  send(count: number): void {
    for (let sent = 0; sent < count; sent++) {
      const message = this.sender.next()
      if (!message) return
      this.active.inbox.push(message)
      this.sender.markSent(message, this.now)
    }
  }

  use(gateway: ModelGateway): void {
    this.active = gateway
    this.sender.onSubscribed()
  }

  kill(gateway: ModelGateway): void {
    gateway.start()
    if (gateway === this.active) this.sender.onSubscribed() // it is started again at once
  }

  /** Also that of a gateway which is no longer used may arrive. */
  ack({ position }: ModelGateway): void {
    if (position !== undefined) this.sender.onAck('stream', position, this.now)
  }

  tick(): void {
    this.now += 1000
    this.sender.tick(this.now)
  }

  /** Whether all that the sender no longer holds is in the stream. */
  get isSafe(): boolean {
    for (let seq = 1; seq < this.queue.start; seq++) if (!this.stream.has(seq)) return false
    return true
  }

  /** Nothing breaks any more. @returns whether everything arrives */
  settle(): boolean {
    for (let round = 0; round < 500 && this.queue.records > 0; round++) {
      this.send(20)
      this.active.receive()
      while (this.active.taken.length > 0) this.active.publish(this.stream, 0)
      this.ack(this.active)
      this.tick()
    }
    return this.queue.records === 0 && this.isSafe
  }
}

const event = fc.record({
  kind: fc.constantFrom(
    ...(['log', 'log', 'send', 'send', 'receive', 'receive', 'publish', 'publish'] as const),
    ...(['ack', 'ack', 'tick', 'use', 'kill', 'lose'] as const)
  ),
  index: fc.nat(2),
  count: fc.integer({ min: 1, max: 10 })
})

test('nothing is released before it is in the stream, and everything arrives, whichever gateways come and go', async () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 150, size: 'max' }), events => {
      const model = new Model()
      for (const { kind, index, count } of events) {
        const gateway = model.gateways[index] as ModelGateway
        if (kind === 'log') model.log(count)
        else if (kind === 'send') model.send(count)
        else if (kind === 'receive') gateway.receive()
        else if (kind === 'publish') gateway.publish(model.stream, count)
        else if (kind === 'ack') model.ack(gateway)
        else if (kind === 'tick') model.tick()
        else if (kind === 'use') model.use(gateway)
        else if (kind === 'kill') model.kill(gateway)
        else gateway.inbox = [] // what was under way is lost
        if (!model.isSafe) return false
      }
      return model.settle()
    }),
    { seed: 18, numRuns: 2000 }
  )
})
