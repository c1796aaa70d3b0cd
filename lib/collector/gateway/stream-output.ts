import type { Engine } from '../../engine/engine.ts'
import { encodeEntry, type Entry } from '../../engine/entry.ts'
import { PublishQueue, type PublishListener } from '../../engine/publish-queue.ts'
import type { RecordSink } from '../intake/record-intake.ts'
import type { SenderState } from '../intake/sender-state.ts'
import type { OutputState } from '../output/output.ts'
import type { RecordBatch } from '../routing/record-batch.ts'

const noPayload = Buffer.alloc(0)

/** The output of a gateway: each batch is a message of the stream. */
export class StreamOutput implements RecordSink {
  readonly #engine: Engine
  readonly #name: string
  readonly #queue: PublishQueue
  #writtenRecords = 0
  #writeErrors = 0

  /** @param name of the stream, for messages and metrics */
  constructor(engine: Engine, name: string, listener: PublishListener) {
    this.#engine = engine
    this.#name = name
    this.#queue = new PublishQueue(engine, {
      onTrouble: error => {
        this.#writeErrors++
        listener.onTrouble(error)
      },
      onRecovery: troubleMs => listener.onRecovery(troubleMs)
    })
  }

  /** Size of the records that are not in the stream yet. Unit: bytes */
  get requiredBytes(): number {
    return this.#queue.bytes
  }

  /** What it has done so far, and how it is. */
  get state(): OutputState {
    return {
      file: this.#name,
      isRequired: true,
      writtenRecords: this.#writtenRecords,
      writeErrors: this.#writeErrors,
      pendingBytes: this.requiredBytes,
      openFiles: 0,
      trouble: this.#queue.trouble
    }
  }

  /** Publishes records, or the notice about some that the app has dropped. */
  append(
    { senderId, hello, records, first, last, why, commit }: RecordBatch,
    sender: SenderState
  ): void {
    commit.add()
    const kind = why === undefined ? 'batch' : 'dropped'
    const count = last - first + 1
    const floor = sender.committed + 1
    const entry = { kind, senderId, first, count, floor, hello, payload: records } as const
    this.publish({ ...entry, why: why ?? '' }, () => commit.done())
  }

  /** Publishes that a sender has come or gone. Call it when all that was taken of the sender is in the stream. */
  announce(kind: 'hello' | 'bye', { id, hello, committed }: SenderState): void {
    const floor = committed + 1
    const entry = { kind, senderId: id, first: floor, count: 0, floor, hello, why: '' }
    this.publish({ ...entry, payload: noPayload }, () => undefined)
  }

  /** @param onStored called when it is in the stream */
  publish(entry: Entry, onStored: () => void): void {
    const records = entry.kind === 'batch' ? entry.count : 0
    this.#queue.add(encodeEntry(entry, this.#engine.partitions), () => {
      this.#writtenRecords += records
      onStored()
    })
  }

  /** Gives up what is not in the stream. */
  close(): void {
    this.#queue.close()
  }
}
