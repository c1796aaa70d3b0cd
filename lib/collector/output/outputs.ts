import { settlesWithin } from '../../util/timeout.ts'
import type { PlainMessage } from '../format/plain-message.ts'
import { baseFolderOf } from '../naming/log-path.ts'
import type { ResolvedOutputOptions } from '../options/output-options.ts'
import type { PendingCommit, RecordBatch } from '../routing/record-batch.ts'
import type { PooledLog } from './log-pool.ts'
import { makeWritable, Output, type OutputListener, type OutputSettings } from './output.ts'

/** All places that a collector writes to. */
export class Outputs {
  readonly #all: Output[]
  readonly #listener: OutputListener

  /** @param settings whose `isAlone` holds for one output only */
  constructor(
    options: readonly ResolvedOutputOptions[],
    { isOnlyOutput, ...settings }: OutputSettings,
    listener: OutputListener
  ) {
    this.#listener = listener
    const isOnly = isOnlyOutput && options.length === 1
    this.#all = options.map(
      output => new Output(output, { ...settings, isOnlyOutput: isOnly }, listener)
    )
  }

  /** Makes sure that all can write. @throws ERR_ZMQ_PUB_FILE */
  async start(): Promise<void> {
    for (const output of this.#all) await output.start()
  }

  /** Looks after files that were closed before. */
  schedule(): void {
    for (const output of this.#all) output.schedule()
  }

  /** Files that are open. */
  get paths(): string[] {
    return this.#all.flatMap(({ paths }) => paths)
  }

  /** Bytes taken and not yet written. */
  get pendingBytes(): number {
    let bytes = 0
    for (const { pendingBytes } of this.#all) bytes += pendingBytes
    return bytes
  }

  /** Bytes that are taken, not yet written, and waited for. */
  get requiredBytes(): number {
    let bytes = 0
    for (const { isRequired, pendingBytes } of this.#all) if (isRequired) bytes += pendingBytes
    return bytes
  }

  append(batch: RecordBatch, commit: PendingCommit): void {
    for (const output of this.#all) {
      try {
        output.append(batch, commit)
      } catch (error) {
        this.#listener.onFailed(batch.last - batch.first + 1, error as Error)
      }
    }
  }

  /** Gathers a plain message, until `flush`. @returns how many characters it adds, -1 where a required output left it out */
  appendPlain(message: PlainMessage): number {
    let length = 0
    let isLeftOut = false
    for (const output of this.#all) {
      const added = output.appendPlain(message)
      if (added >= 0) length += added
      else if (output.isRequired) isLeftOut = true
      else this.#listener.onDropped(1)
    }
    return isLeftOut ? -1 : length
  }

  /** Hands over what has been gathered. */
  flush(): void {
    for (const output of this.#all) output.flush()
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    for (const output of this.#all) output.reopen()
  }

  /** Resolves when those logs that are being closed have everything. */
  async whenClosed(matches: (log: PooledLog) => boolean): Promise<void> {
    await Promise.all(this.#all.map(output => output.whenClosed(matches)))
  }

  /**
   * Resolves when all is written and on disk.
   * @param optionalMs outputs that nobody waits for are given up after this
   * @param isStillWanted whether somebody waits for a required output
   */
  async close(
    optionalMs: number,
    isStillWanted: (file: string) => boolean = () => true
  ): Promise<void> {
    await Promise.all(
      this.#all.map(async output => {
        const closing = output.close()
        if (output.isRequired && isStillWanted(output.file)) await closing
        else if (!(await settlesWithin(closing, optionalMs))) await output.abandonAndCount()
      })
    )
  }

  /** Gives up what isn't written. */
  async abandon(): Promise<void> {
    await Promise.all(this.#all.map(output => output.abandon()))
  }
}

/** @throws ERR_ZMQ_PUB_FILE where an output that is required could not write */
export function checkFolders(options: readonly ResolvedOutputOptions[]): void {
  for (const { file, required } of options) if (required) makeWritable(baseFolderOf(file))
}
