import type { JobListener } from './thread.ts'
import type { Part } from './jobs.ts'

/** The parts of one job, which come while others are waited for. */
export class JobResults implements JobListener {
  readonly #parts: Part[] = []
  #isDone = false
  #error: Error | undefined
  #onChange: () => void = () => undefined

  /** whether `next` need not wait */
  get isReady(): boolean {
    return this.#parts.length > 0 || this.#isDone
  }

  onPart(part: Part): void {
    this.#parts.push(part)
    this.#onChange()
  }

  onDone(error: Error | undefined): void {
    this.#isDone = true
    this.#error = error
    this.#onChange()
  }

  /** Resolves with the next part; undefined where there is none any more. @throws the job's error */
  async next(): Promise<Part | undefined> {
    while (this.#parts.length === 0 && !this.#isDone) {
      await new Promise<void>(resolve => (this.#onChange = resolve))
    }
    const part = this.#parts.shift()
    if (!part && this.#error) throw this.#error
    return part
  }
}
