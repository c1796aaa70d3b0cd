import { RoleFinder } from '../../record/roles.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Sender } from '../sender/sender.ts'
import { PlainEncoder, type PlainFrames } from './plain-encoder.ts'

/** Sends batches as plain messages. They are never acknowledged: what libzmq has taken is released. */
export class PlainSender {
  readonly #options: ResolvedTransportOptions
  readonly #publish: (message: PlainFrames) => Promise<boolean>
  readonly #encoder = new PlainEncoder()

  /** @param publish sends a message, as often as it takes; false where the connection was closed */
  constructor(
    options: ResolvedTransportOptions,
    publish: (message: PlainFrames) => Promise<boolean>
  ) {
    this.#options = options
    this.#publish = publish
  }

  /**
   * Sends the next batch.
   * @param root the sender's root topic
   * @returns false where the connection was closed
   */
  async sendBatch(sender: Sender, root: string): Promise<boolean> {
    const batch = sender.queue.next()
    if (!batch) return true
    sender.queue.markSent() // in flight, so that it isn't dropped meanwhile
    const { levels } = sender.hello
    const { plainFormat, plainLevels } = this.#options
    const roles = new RoleFinder(sender.hello)
    const settings = { root, levels, roles, plainFormat, plainLevels }
    for (const message of await this.#encoder.encode(batch, settings)) {
      if (!(await this.#publish(message))) return false
    }
    sender.onPlainSent(batch, performance.now())
    return true
  }

  close(): void {
    this.#encoder.close()
  }
}
