import type { Ticket } from './filing.ts'
import { baseFolderOf } from './log-name.ts'
import {
  Output,
  makeWritable,
  type OutputListener,
  type OutputSettings,
  type RecordBatch
} from './output.ts'
import type { ResolvedOutputOptions } from './output-options.ts'
import type { PlainMessage } from './plain-record.ts'

/** All places that a collector writes to. */
export class Outputs {
  readonly #all: Output[]

  constructor(
    options: readonly ResolvedOutputOptions[],
    settings: Omit<OutputSettings, 'isAlone'>,
    listener: OutputListener
  ) {
    const isAlone = options.length === 1
    this.#all = options.map(output => new Output(output, { ...settings, isAlone }, listener))
  }

  /** Makes sure that all can write. @throws ERR_ZMQ_PUB_FILE */
  async start(): Promise<void> {
    for (const output of this.#all) await output.start()
  }

  /** Looks after files that were closed before. */
  tend(): void {
    for (const output of this.#all) output.tend()
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

  append(batch: RecordBatch, ticket: Ticket): void {
    for (const output of this.#all) output.append(batch, ticket)
  }

  /** Gathers a plain message, until `flush`. @returns how many characters it adds */
  appendPlain(message: PlainMessage): number {
    let length = 0
    for (const output of this.#all) length += output.appendPlain(message)
    return length
  }

  /** Hands over what has been gathered. */
  flush(): void {
    for (const output of this.#all) output.flush()
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    for (const output of this.#all) output.reopen()
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map(output => output.close()))
  }

  /** Gives up what isn't written. */
  async abandon(): Promise<void> {
    await Promise.all(this.#all.map(output => output.abandon()))
  }
}

/** @throws ERR_ZMQ_PUB_FILE where an output could not write */
export function checkFolders(options: readonly ResolvedOutputOptions[]): void {
  for (const { file } of options) makeWritable(baseFolderOf(file))
}
