import { settlesWithin } from '../util/timeout.ts'

/** What a Tee tells its owner. */
export interface TeeListener {
  /** The output takes nothing, or refuses what it gets: lines are left out from now on. */
  onTrouble(why: string): void
  /** The output takes lines again, or the input has ended. @param lines number of lines that were left out */
  onMissed(lines: number): void
}

/** What a Tee needs of process.stdout. */
export interface TeeOutput {
  write(lines: Buffer, onWritten: (error?: Error | null) => void): unknown
  on(event: 'error', listener: () => void): unknown
}

const newline = 0x0a

/**
 * Copies whole lines, for `--tee`. A slow reader slows the source down, as with tee(1), but one that takes
 * nothing for `stallMs` doesn't: lines are left out and counted until it takes more. Trouble with the copy
 * ends nothing else.
 */
export class Tee {
  readonly #output: TeeOutput
  readonly #stallMs: number
  readonly #listener: TeeListener
  #openLine: Buffer[] = []
  #missedLines = 0
  #unwritten: Buffer | undefined
  #settled: Promise<void> = Promise.resolve()
  #isStopped = false
  #stop: () => void = () => undefined

  /** @param stallMs how long the output may take nothing */
  constructor(output: TeeOutput, stallMs: number, listener: TeeListener) {
    this.#output = output
    this.#stallMs = stallMs
    this.#listener = listener
    output.on('error', () => undefined) // the write's callback gets it, too
  }

  /** Resolves when the next chunk may come. */
  async write(chunk: Buffer): Promise<void> {
    const end = chunk.lastIndexOf(newline) + 1
    if (end === 0) return void this.#openLine.push(chunk)
    const lines = Buffer.concat([...this.#openLine, chunk.subarray(0, end)])
    this.#openLine = [chunk.subarray(end)]
    await this.#writeLines(lines)
  }

  /** Waits no longer for the output. */
  stop(): void {
    this.#isStopped = true
    this.#stop()
  }

  /** Writes a last line without a newline; resolves when the output has everything, or takes nothing for `stallMs`. */
  async end(): Promise<void> {
    await this.#writeLines(Buffer.concat(this.#openLine))
    await settlesWithin(this.#settled, this.#stallMs)
    if (this.#unwritten) this.#countMissed(this.#unwritten)
    this.#reportMissed()
  }

  async #writeLines(lines: Buffer): Promise<void> {
    if (lines.length === 0) return
    if (this.#unwritten) return this.#countMissed(lines) // it was waited for before
    this.#unwritten = lines
    this.#settled = new Promise(resolve => {
      this.#stop = resolve
      this.#output.write(lines, error => {
        this.#unwritten = undefined
        if (error) this.#refuse(lines, error)
        else this.#reportMissed()
        resolve()
      })
    })
    if (this.#isStopped || (await settlesWithin(this.#settled, this.#stallMs))) return
    this.#listener.onTrouble(`nothing was read for ${this.#stallMs} ms; lines are skipped`)
  }

  #refuse(lines: Buffer, error: Error): void {
    if (this.#missedLines === 0) this.#listener.onTrouble(`${error.message}; lines are skipped`)
    this.#countMissed(lines)
  }

  #countMissed(lines: Buffer): void {
    for (let at = lines.indexOf(newline); at !== -1; at = lines.indexOf(newline, at + 1)) {
      this.#missedLines++
    }
  }

  #reportMissed(): void {
    if (this.#missedLines > 0) this.#listener.onMissed(this.#missedLines)
    this.#missedLines = 0
  }
}
