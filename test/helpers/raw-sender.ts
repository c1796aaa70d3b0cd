/** A peer that speaks to a collector without any of zmq-pub's own checks: it sends whatever a test wants. */
import type { Test } from 'tap'
import { XPublisher } from 'zeromq'
import { createId } from '../../lib/wire/id.ts'

/** A header with any numbers, also those that no sender may send. */
export interface RawHeader {
  /** 1 hello, 2 batch, 3 bye */
  kind: number
  /** 8 bytes as latin1 */
  senderId: string
  first: bigint | number
  count?: number
}

/** The third frame of a message. */
export function toRawHeader({ kind, senderId, first, count = 0 }: RawHeader): Buffer {
  const frame = Buffer.alloc(28)
  frame.write('\0zp\u0001', 0, 'latin1')
  frame.writeUInt8(kind, 4)
  frame.write(senderId, 8, 'latin1')
  frame.writeBigUInt64LE(BigInt(first), 16)
  frame.writeUInt32LE(count, 24)
  return frame
}

/** One connection of such a peer. */
export class RawSender {
  readonly id = createId()
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
    await this.send('', payload, toRawHeader({ kind: 1, senderId, first }))
  }

  /** Sends a batch. */
  async batch(first: bigint | number, count: number, payload: string | Buffer): Promise<void> {
    await this.send('', payload, toRawHeader({ kind: 2, senderId: this.id, first, count }))
  }

  /** Sends a bye. */
  async bye(first: bigint | number): Promise<void> {
    await this.send('', '', toRawHeader({ kind: 3, senderId: this.id, first }))
  }
}
