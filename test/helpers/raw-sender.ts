/** A peer that speaks to a collector without any of zmq-pub's own checks: it sends whatever a test wants. */
import type { Test } from 'tap'
import { XPublisher } from 'zeromq'
import { createSenderId } from '../../lib/wire/id.ts'

/** A header with any numbers, also those that no sender may send. */
export interface RawHeader {
  kind: string
  /** secret id */
  senderId: string
  first: bigint | number
  count?: number
}

/** What stands before the payload, with an empty topic. */
export function toRawHeader({ kind, senderId, first, count = 0 }: RawHeader): string {
  return `\0zmq-pub/2 ${kind} ${senderId} ${first} ${count}\n`
}

/** One connection of such a peer. */
export class RawSender {
  readonly id = createSenderId()
  readonly #socket: XPublisher

  /** Connects, and waits for the collector's subscription. */
  static async connect(t: Test, address: string): Promise<RawSender> {
    const socket = new XPublisher()
    t.teardown(() => socket.close())
    socket.linger = 0
    socket.sendHighWaterMark = 0
    socket.connect(address)
    for (;;) {
      const [frame] = await socket.receive()
      if (frame?.equals(Buffer.of(1))) return new RawSender(socket) // everything, as by default
    }
  }

  private constructor(socket: XPublisher) {
    this.#socket = socket
  }

  /** Sends frames as they are. */
  async send(...frames: (string | Buffer)[]): Promise<void> {
    await this.#socket.send(frames)
  }

  /** Sends a hello. @param said what its payload has besides the rest @param senderId another id than its own */
  async hello(first: bigint | number, said: object = {}, senderId = this.id): Promise<void> {
    const payload = JSON.stringify({ host: 'raw', pid: 1, app: 'raw', ...said })
    await this.send(toRawHeader({ kind: 'hello', senderId, first }), payload)
  }

  /** Sends a batch. */
  async batch(first: bigint | number, count: number, payload: string | Buffer): Promise<void> {
    await this.send(toRawHeader({ kind: 'batch', senderId: this.id, first, count }), payload)
  }

  /** Sends a bye. */
  async bye(first: bigint | number): Promise<void> {
    await this.send(toRawHeader({ kind: 'bye', senderId: this.id, first }))
  }
}
