import { settlesWithin } from '../../util/timeout.ts'
import type { PlainMessage } from '../format/plain-message.ts'
import { baseFolderOf } from '../naming/log-path.ts'
import type { ResolvedOutputOptions } from '../options/output-options.ts'
import type { RecordBatch } from '../routing/record-batch.ts'
import type { PooledLog } from './log-pool.ts'
import { makeWritable, Output, type OutputListener, type OutputSettings } from './output.ts'

/** Settings of all outputs of one configuration. */
export interface OutputsSettings extends Omit<OutputSettings, 'isOnlyOutput'> {
  /** whether outputs from before a reload are still writing */
  hasFormer: boolean
}

/** All outputs of one configuration: passes each call to every output. */
export class Outputs {
  readonly #all: Output[]
  readonly #listener: OutputListener

  constructor(
    options: readonly ResolvedOutputOptions[],
    { hasFormer, ...settings }: OutputsSettings,
    listener: OutputListener
  ) {
    this.#listener = listener
    const isOnlyOutput = !hasFormer && options.length === 1
    this.#all = options.map(output => new Output(output, { ...settings, isOnlyOutput }, listener))
  }

  /** Checks that all outputs can write. @throws ERR_ZMQ_PUB_FILE where a required one can't */
  async start(): Promise<void> {
    for (const output of this.#all) await output.start()
  }

  /** Schedules compression and retention of files that are already closed. */
  scheduleHousekeeping(): void {
    for (const output of this.#all) output.scheduleHousekeeping()
  }

  /** Leaves closed files to other outputs. */
  retireHousekeeping(): void {
    for (const output of this.#all) output.retireHousekeeping()
  }

  /** Whether a closed file is being compressed. */
  isSealed(path: string): boolean {
    return this.#all.some(output => output.isSealed(path))
  }

  /** Paths of the files that are open or being opened. */
  get paths(): string[] {
    return this.#all.flatMap(({ paths }) => paths)
  }

  /** Bytes accepted and not yet written. */
  get pendingBytes(): number {
    let bytes = 0
    for (const { pendingBytes } of this.#all) bytes += pendingBytes
    return bytes
  }

  /** The same, of required outputs only. Unit: bytes */
  get requiredBytes(): number {
    let bytes = 0
    for (const { isRequired, pendingBytes } of this.#all) if (isRequired) bytes += pendingBytes
    return bytes
  }

  /**
   * Appends a batch to every output; `flush` begins to write it. An output that throws is reported, and the others still get the batch.
   * It isn't acknowledged where the output is required: what is acknowledged is in a file.
   */
  append(batch: RecordBatch): void {
    for (const output of this.#all) {
      try {
        output.append(batch)
      } catch (error) {
        if (output.isRequired) batch.commit.add()
        this.#listener.onFailed(batch.last - batch.first + 1, error as Error)
      }
    }
  }

  /** Buffers a plain message until `flush`. @returns false where a required output has dropped it */
  appendPlain(message: PlainMessage): boolean {
    let isDropped = false
    for (const output of this.#all) {
      try {
        if (output.appendPlain(message)) continue
        if (output.isRequired) isDropped = true
        else this.#listener.onDropped(1)
      } catch (error) {
        this.#listener.onFailed(1, error as Error)
      }
    }
    return !isDropped
  }

  /** Begins to write what was appended. */
  flush(): void {
    for (const output of this.#all) output.flush()
  }

  /** Reopens all files by name, after an external tool has moved the old ones away. */
  reopen(): void {
    for (const output of this.#all) output.reopen()
  }

  /** Resolves when those matching logs that are being closed have written everything. */
  async whenClosed(matches: (pooledLog: PooledLog) => boolean): Promise<void> {
    await Promise.all(this.#all.map(output => output.whenClosed(matches)))
  }

  /**
   * Resolves when everything is written and on disk, or abandoned.
   * @param optionalMs an output that is not required, or no longer wanted, is abandoned after this. Unit: ms
   * @param isStillWanted whether a required output, given by its path template, is waited for without limit
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

  /** Discards what is not written yet. */
  async abandon(): Promise<void> {
    await Promise.all(this.#all.map(output => output.abandon()))
  }
}

/** Creates the folders of the required outputs. @throws ERR_ZMQ_PUB_FILE where one can't be created or written to */
export function checkFolders(options: readonly ResolvedOutputOptions[]): void {
  for (const { file, required, dirMode } of options)
    if (required) makeWritable(baseFolderOf(file), dirMode)
}
