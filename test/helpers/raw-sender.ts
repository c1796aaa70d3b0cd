/** A peer that speaks to a collector without any of zmq-pub's own checks: it sends whatever a test wants. */
import type { Test } from 'tap'
import { XPublisher } from 'zeromq'
import type { KeyPair } from '../../lib/curve/keys.ts'
import { toProof } from '../../lib/transport/proof.ts'
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

/** The keys of a peer that connects with CURVE. */
export interface RawKeys {
  keyPair: KeyPair
  serverKey: string
}

/** One connection of such a peer. */
export class RawSender {
  readonly id = createSenderId()
  readonly #socket: XPublisher
  readonly #keys: RawKeys | undefined

  /** Connects, and waits for the collector's subscription. @param keys that the collector authorizes, where its address is a secure one */
  static async connect(t: Test, address: string, keys?: RawKeys): Promise<RawSender> {
    const socket = new XPublisher()
    t.teardown(() => socket.close())
    socket.linger = 0
    socket.sendHighWaterMark = 0
    if (keys) {
      socket.curveServerKey = keys.serverKey
      socket.curvePublicKey = keys.keyPair.publicKey
      socket.curveSecretKey = keys.keyPair.secretKey.reveal()
    }
    socket.connect(address)
    for (;;) {
      const [frame] = await socket.receive()
      if (frame?.equals(Buffer.of(1))) return new RawSender(socket, keys) // everything, as by default
    }
  }

  private constructor(socket: XPublisher, keys?: RawKeys) {
    this.#socket = socket
    this.#keys = keys
  }

  /** Sends frames as they are. */
  async send(...frames: (string | Buffer)[]): Promise<void> {
    await this.#socket.send(frames)
  }

  /** Sends a hello. @param said what its payload has besides the rest @param senderId another id than its own */
  async hello(first: bigint | number, said: object = {}, senderId = this.id): Promise<void> {
    const proof = this.#keys && toProof(senderId, toCurve(this.#keys))
    const payload = JSON.stringify({ host: 'raw', pid: 1, app: 'raw', ...proof, ...said })
    await this.send(toRawHeader({ kind: 'hello', senderId, first }), payload)
  }

  /** Sends a batch. */
  async batch(
    first: bigint | number,
    count: number,
    payload: string | Buffer,
    senderId = this.id
  ): Promise<void> {
    await this.send(toRawHeader({ kind: 'batch', senderId, first, count }), payload)
  }

  /** Sends a bye. */
  async bye(first: bigint | number, payload = '', senderId = this.id): Promise<void> {
    await this.send(toRawHeader({ kind: 'bye', senderId, first }), payload)
  }

  /** Closes the connection when all is sent. */
  leave(): void {
    this.#socket.linger = 10_000
    this.#socket.close()
  }
}

function toCurve({ keyPair, serverKey }: RawKeys) {
  return { keyPair, serverKeys: [serverKey], warnings: [] }
}
