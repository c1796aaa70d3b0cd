import { settlesWithin } from '../util/timeout.ts'
import { toStream } from '../util/best-effort-output.ts'

/**
 * Copies what is sent to stdout, for `--tee`. A slow reader slows the app down, as with tee(1); one that fails
 * or has gone ends the copy, and nothing else.
 */
export class Tee {
  readonly #onTrouble: (message: string) => void
  #isEnded = false
  #onTaken: () => void = () => undefined

  /** @param onTrouble called once, if the copy ends because stdout fails */
  constructor(onTrouble: (message: string) => void) {
    this.#onTrouble = onTrouble
    toStream(1, process.stdout) // for its effect: a stopped terminal must not stop the process
    process.stdout.on('error', (error: Error) => this.#fail(error))
  }

  /** Resolves when the chunk is written, or the copy has ended. */
  async write(chunk: Buffer): Promise<void> {
    if (this.#isEnded) return
    await new Promise<void>(resolve => {
      this.#onTaken = resolve
      process.stdout.write(chunk, () => resolve())
    })
  }

  /** Ends the copy: `write` waits no longer. */
  stop(): void {
    this.#isEnded = true
    this.#onTaken()
  }

  /** Resolves when everything is written, at the latest after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const flushed = new Promise<void>(resolve => process.stdout.write('', () => resolve()))
    await settlesWithin(flushed, timeoutMs)
  }

  #fail(error: Error): void {
    if (this.#isEnded) return
    this.stop()
    this.#onTrouble(`nothing more is copied to stdout: ${error.message}`)
  }
}
