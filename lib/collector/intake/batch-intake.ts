import { ZmqPubError } from '../../errors.ts'
import type { Header } from '../../wire/message.ts'
import { decodeHello, isFinalBye, type Hello } from '../../wire/hello.ts'
import { maxHelloBytes } from '../../wire/limits.ts'
import type { SecurityMode } from '../access/access.ts'
import type { Identities } from './identities.ts'
import { RecordIntake, withoutDetails, type RecordIntakeOptions } from './record-intake.ts'
import { createSender, type SenderState } from './sender-state.ts'

/** Ids of senders that were given up meanwhile; more of them are forgotten at once. */
const maxForgottenIds = 10_000

/** What batch intake needs of its collector. */
export interface BatchIntakeOptions extends RecordIntakeOptions {
  /** who may speak for which sender */
  identities: Identities
  /** called after a hello @param isNew whether the sender was unknown or gone */
  onHello?: (sender: SenderState, isNew: boolean) => void
  /** called after a bye @param first the number after the sender's last record */
  onBye?: (sender: SenderState, first: number) => void
}

/** Handles messages of transports: decides who may send them, and passes them to a RecordIntake under public ids. */
export class BatchIntake {
  readonly #options: BatchIntakeOptions
  readonly #records: RecordIntake

  constructor(options: BatchIntakeOptions) {
    this.#options = options
    this.#records = new RecordIntake(options)
  }

  /**
   * Handles one message.
   * @param header with the secret sender id; everything else knows senders by their public ids
   * @param mode how it came
   * @param payload NDJSON records of a batch, JSON of a hello, empty for a bye
   * @throws ERR_ZMQ_PUB_FRAME where the payload isn't what the header says, ERR_ZMQ_PUB_KEY where this sender
   *   may not send it; nothing of it is used then
   */
  take(header: Header, payload: Buffer, mode: SecurityMode): void {
    if (header.kind === 'hello') return this.#onHello(header, payload, mode)
    const publicId = this.#options.identities.find(header.senderId, mode)
    if (publicId === undefined) return // the hello is on its way, or the sender will ask
    const publicHeader = { ...header, senderId: publicId }
    if (header.kind === 'batch') this.#records.takeBatch(publicHeader, payload)
    else this.#onBye(publicHeader, isFinalBye(payload))
  }

  /** Calls back when all that was taken of a sender so far is committed. */
  whenCommitted(sender: SenderState, onCommitted: () => void): void {
    this.#records.whenCommitted(sender, onCommitted)
  }

  #onHello(given: Header, payload: Buffer, mode: SecurityMode): void {
    const decoded = decodeHello(payload)
    if (!decoded) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_FRAME',
        `the payload of a hello must be a JSON object of at most ${maxHelloBytes} bytes, got ${payload.length} bytes`
      )
    }
    if (decoded.check) return this.#onCheck(given.senderId, decoded, mode)
    const { identities, sessions } = this.#options
    const { publicId, hello } = identities.hello(given.senderId, decoded, mode)
    const { sender, isNew } = this.#records.takeHello({ ...given, senderId: publicId }, hello)
    this.#options.onHello?.(sender, isNew)
    if (identities.size > sessions.size + maxForgottenIds) this.#forgetIdentities()
  }

  /** Answers `zmq-pub-collector check`: with an ack, as any sender gets it, and without a session. */
  #onCheck(senderId: string, hello: Hello, mode: SecurityMode): void {
    const publicId = this.#options.identities.check(senderId, hello, mode)
    const header = { kind: 'hello', senderId: publicId, first: 1, count: 0 } as const
    this.#options.acker.onHello(createSender(header, withoutDetails(hello), undefined), true)
  }

  #onBye(header: Header, isFinal: boolean): void {
    const sender = this.#records.takeBye(header, isFinal)
    if (sender) this.#options.onBye?.(sender, header.first)
  }

  /** Logs senders that have become silent, and forgets those gone for long. @param now as of performance.now() */
  expireSenders(now: number): void {
    this.#records.expireSenders(now)
    this.#forgetIdentities()
  }

  #forgetIdentities(): void {
    this.#options.identities.keepOnly(publicId => this.#options.sessions.has(publicId))
  }
}
