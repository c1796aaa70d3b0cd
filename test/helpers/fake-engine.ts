/** An engine without a server: a test gives what is read, and decides what fails. */
import type { Engine, EngineMessage, ReadListener, ReadMessage } from '../../lib/engine/engine.ts'
import { untilAborted } from '../../lib/util/timeout.ts'

/** What is to be read of a partition, and who reads it. */
interface Inbox {
  messages: ReadMessage[]
  listener: ReadListener | undefined
  wake: () => void
}

/** See the file. */
export class FakeEngine implements Engine {
  readonly id = 'stream-1'
  readonly maxPayloadBytes = 1_000_000
  readonly partitions: number
  /** all that was tried to publish */
  readonly published: EngineMessage[] = []
  /** by partition, from where it was read */
  readonly reads: [partition: number, from: number][] = []
  readonly deleted: [partition: number, below: number][] = []
  /** Throws where a message is not to be stored. */
  onPublish: (message: EngineMessage) => void = () => undefined
  /** Throws where nothing is to be deleted. */
  onDelete: () => void = () => undefined
  isClosed = false
  readonly #inboxes = new Map<number, Inbox>()

  constructor(partitions = 2) {
    this.partitions = partitions
  }

  async publish(message: EngineMessage): Promise<void> {
    this.published.push(message)
    this.onPublish(message)
  }

  async *read(
    partition: number,
    from: number,
    signal: AbortSignal,
    listener: ReadListener
  ): AsyncGenerator<ReadMessage> {
    this.reads.push([partition, from])
    const inbox = this.#inboxOf(partition)
    inbox.listener = listener
    while (!signal.aborted) {
      const message = inbox.messages.shift()
      if (message) yield message
      else await untilAborted(new Promise<void>(resolve => (inbox.wake = resolve)), signal)
    }
  }

  async deleteBelow(partition: number, below: number): Promise<void> {
    this.onDelete()
    this.deleted.push([partition, below])
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  /** A message that is read next. */
  give(position: number, { partition, headers, payload }: Omit<EngineMessage, 'id'>): void {
    const inbox = this.#inboxOf(partition)
    inbox.messages.push({ position, header: name => headers[name], payload })
    inbox.wake()
  }

  /** Who reads a partition. */
  listener(partition: number): ReadListener {
    const { listener } = this.#inboxOf(partition)
    if (!listener) throw new Error(`partition ${partition} is not read`)
    return listener
  }

  #inboxOf(partition: number): Inbox {
    const known = this.#inboxes.get(partition)
    if (known) return known
    const inbox = { messages: [], listener: undefined, wake: () => undefined }
    this.#inboxes.set(partition, inbox)
    return inbox
  }
}
