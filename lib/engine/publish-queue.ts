import { Queue } from '../util/queue.ts'
import type { Engine, EngineMessage } from './engine.ts'

/** More in flight gained nothing on any engine that was measured. Unit: bytes */
const maxFlightBytes = 8 * 1024 * 1024
const maxFlightMessages = 1024
/** After a failure the next try waits for this, twice as long after each further one. Unit: ms */
const firstPauseMs = 100
/** An election takes seconds: the pause must not be much of it. Unit: ms */
const maxPauseMs = 1000

interface Item {
  message: EngineMessage
  onStored: () => void
  bytes: number
}

/** What a queue tells. */
export interface PublishListener {
  /** Called for each try that failed; it is tried again. */
  onTrouble(error: Error): void
  /** @param troubleMs since the first of the tries that failed */
  onRecovery(troubleMs: number): void
}

/**
 * Publishes messages until each is stored, many at a time. After a failure, as while an engine elects a leader, one
 * message alone is tried, at growing intervals, and all others wait.
 */
export class PublishQueue {
  readonly #engine: Pick<Engine, 'publish'>
  readonly #listener: PublishListener
  readonly #waiting = new Queue<Item>()
  /** failed: published again before those that wait, oldest first */
  #failed: Item[] = []
  #flightBytes = 0
  #flightMessages = 0
  #waitingBytes = 0
  #pauseMs = 0
  #timer: NodeJS.Timeout | undefined
  /** when the first try failed since the last success, as of performance.now() */
  #troubleAt: number | undefined
  #trouble: Error | undefined
  #isClosed = false

  constructor(engine: Pick<Engine, 'publish'>, listener: PublishListener) {
    this.#engine = engine
    this.#listener = listener
  }

  /** Size of what is not stored yet. Unit: bytes */
  get bytes(): number {
    return this.#waitingBytes + this.#flightBytes
  }

  /** Why nothing can be stored at the moment; undefined where something can. */
  get trouble(): Error | undefined {
    return this.#trouble
  }

  /** @param onStored called once, when the engine has it */
  add(message: EngineMessage, onStored: () => void): void {
    const bytes = message.payload.length
    this.#waitingBytes += bytes
    this.#waiting.push({ message, onStored, bytes })
    this.#send()
  }

  /** Gives up all messages that are not stored. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #send(): void {
    while (!this.#isClosed && this.#timer === undefined && this.#maySend()) {
      const item = this.#failed.shift() ?? this.#waiting.shift()
      if (!item) return
      this.#waitingBytes -= item.bytes
      this.#flightBytes += item.bytes
      this.#flightMessages++
      void this.#publish(item)
    }
  }

  #maySend(): boolean {
    if (this.#flightMessages === 0) return true
    if (this.#troubleAt !== undefined) return false
    return this.#flightBytes < maxFlightBytes && this.#flightMessages < maxFlightMessages
  }

  async #publish(item: Item): Promise<void> {
    const error = await this.#engine.publish(item.message).then(
      () => undefined,
      (reason: unknown) => reason as Error
    )
    this.#flightBytes -= item.bytes
    this.#flightMessages--
    if (this.#isClosed) return
    if (error) this.#onFailed(item, error)
    else this.#onStored(item)
    this.#send()
  }

  #onStored(item: Item): void {
    if (this.#troubleAt !== undefined)
      this.#listener.onRecovery(performance.now() - this.#troubleAt)
    this.#troubleAt = undefined
    this.#trouble = undefined
    this.#pauseMs = 0
    item.onStored()
  }

  #onFailed(item: Item, error: Error): void {
    this.#waitingBytes += item.bytes
    this.#failed.push(item)
    this.#troubleAt ??= performance.now()
    this.#trouble = error
    this.#listener.onTrouble(error)
    if (this.#timer !== undefined) return
    this.#pauseMs = Math.min(maxPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#send()
    }, this.#pauseMs)
  }
}
