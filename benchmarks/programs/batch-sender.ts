/**
 * Sends LINES lines in batches that are made before, as fast as they are taken.
 *   ADDRESS, LINES, BATCH_BYTES   ACKS=0: to a receiver that acknowledges nothing
 *   MIXED=1: lines of all levels, one after the other
 *   RATE: lines a second [full speed]   SENDERS: sockets, one after the other
 *   WARM_LINES: prints 'warm' when this many were sent
 *   HELLOS=1: says hello now and then when all is sent, as transports do
 * Prints 'ready', starts when it gets a line, prints 'done', ends with its stdin.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { XPublisher } from 'zeromq'
import { decodeAcks } from '../../lib/wire/acks.ts'
import { createHello, encodeHello, helloIntervalMs } from '../../lib/wire/hello.ts'
import { createSenderId, toPublicId } from '../../lib/wire/id.ts'
import { encodeMessage, type MessageKind } from '../../lib/wire/message.ts'
import { decodeSubscription } from '../../lib/wire/subscription.ts'
import { readKnob } from '../../test/helpers/knobs.ts'
import { sendPaced, type BatchSender } from '../helpers/paced.ts'
import { sampleLine } from '../helpers/sample-line.ts'

const address = process.env['ADDRESS'] ?? ''
const lines = readKnob('LINES', 1_000_000)
const batchBytes = readKnob('BATCH_BYTES', 65_536)
const msPerLine = 1000 / readKnob('RATE', Number.POSITIVE_INFINITY)
const warmLines = readKnob('WARM_LINES', 0)
const saysHello = readKnob('HELLOS', 0) === 1
const hasAcks = readKnob('ACKS', 1) === 1
const inFlightBytes = 8 * 1024 * 1024

const levels = readKnob('MIXED', 0) === 1 ? [10, 20, 30, 40, 50, 60] : [30]
const rounds = Math.max(1, Math.round(batchBytes / sampleLine.length / levels.length))
const linesPerBatch = rounds * levels.length
const payload = Buffer.from(
  Array.from({ length: linesPerBatch }, (_, index) =>
    sampleLine.replace('"level":30', `"level":${levels[index % levels.length]}`)
  ).join('')
)

class Sender implements BatchSender {
  readonly #socket = new XPublisher()
  readonly #id = createSenderId()
  readonly #publicId = toPublicId(this.#id)
  #next = 1
  #acked = 0

  async connect(): Promise<void> {
    this.#socket.noDrop = true
    this.#socket.sendTimeout = 0
    this.#socket.connect(address)
    await this.#socket.receive()
    if (!hasAcks) return
    await sleep(50) // the collector's other subscription
    await this.sayHello()
    void this.#takeAcks()
  }

  get isFull(): boolean {
    return hasAcks && (this.#next - this.#acked) * sampleLine.length > inFlightBytes
  }

  get isDone(): boolean {
    return !hasAcks || this.#acked === this.#next - 1
  }

  async sendBatch(count: number): Promise<void> {
    const bytes = count === linesPerBatch ? payload : payload.subarray(0, count * sampleLine.length)
    await this.#send('batch', this.#next, count, bytes)
    this.#next += count
  }

  sayHello(): Promise<unknown> {
    return this.#send('hello', this.#next, 0, encodeHello(createHello()))
  }

  async #send(kind: MessageKind, first: number, count: number, bytes: string | Buffer) {
    const frames = encodeMessage('', { kind, senderId: this.#id, first, count }, bytes)
    for (;;) {
      try {
        return await this.#socket.send(frames)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        await sleep(1) // the pipe is full
      }
    }
  }

  async #takeAcks(): Promise<void> {
    while (!this.#socket.closed) {
      const [frame] = await this.#socket.receive().catch(() => [])
      if (!frame || decodeSubscription(frame)) continue
      const ack = decodeAcks(frame)?.acks.find(({ senderId }) => senderId === this.#publicId)
      if (ack) this.#acked = ack.seq
    }
  }
}

const senders = Array.from({ length: readKnob('SENDERS', 1) }, () => new Sender())
await Promise.all(senders.map(sender => sender.connect()))
const ended = once(process.stdin, 'end')
process.stdout.write('ready\n')
await once(process.stdin, 'data')
await sendPaced(senders, { lines, linesPerBatch, msPerLine, ...(warmLines > 0 && { warmLines }) })
while (!senders.every(({ isDone }) => isDone)) await sleep(2)
process.stdout.write('done\n')
if (saysHello) {
  let turn = 0
  setInterval(() => senders[turn++ % senders.length]?.sayHello(), helloIntervalMs / senders.length)
}
await ended // what has no acks may still be on its way
process.exit()
