/**
 * Sends lines as batch-sender.ts does, over plain TCP: a write is a batch.
 *   HOST, PORT, LINES, BATCH_BYTES, RATE, SENDERS: connections, WARM_LINES: see there
 * Prints 'ready', starts when it gets a line, prints 'done', ends with its stdin.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { readKnob } from '../../test/helpers/knobs.ts'
import { sendPaced, type BatchSender } from '../helpers/paced.ts'
import { sampleLine } from '../helpers/sample-line.ts'

const { HOST = '', PORT = '' } = process.env
const linesPerBatch = Math.round(readKnob('BATCH_BYTES', 65_536) / sampleLine.length)
const payload = Buffer.from(sampleLine.repeat(linesPerBatch))

class Sender implements BatchSender {
  readonly #socket: Socket = connect(Number(PORT), HOST)

  async connect(): Promise<void> {
    this.#socket.setNoDelay(true)
    await once(this.#socket, 'connect')
  }

  get isFull(): boolean {
    return this.#socket.writableNeedDrain
  }

  sendBatch(count: number): void {
    this.#socket.write(payload.subarray(0, count * sampleLine.length))
  }

  async end(): Promise<void> {
    await new Promise<void>(resolve => this.#socket.end(resolve))
  }
}

const senders = Array.from({ length: readKnob('SENDERS', 1) }, () => new Sender())
await Promise.all(senders.map(sender => sender.connect()))
const ended = once(process.stdin, 'end')
process.stdout.write('ready\n')
await once(process.stdin, 'data')
await sendPaced(senders, {
  lines: readKnob('LINES', 1_000_000),
  linesPerBatch,
  msPerLine: 1000 / readKnob('RATE', Number.POSITIVE_INFINITY),
  warmLines: readKnob('WARM_LINES', 0)
})
process.stdout.write('done\n')
await ended
await Promise.all(senders.map(sender => sender.end()))
process.exit()
