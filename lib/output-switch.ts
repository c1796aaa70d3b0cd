import type { ResolvedCollectorOptions } from './collector-options.ts'
import type { Ticket } from './filing.ts'
import { toJournalPath, type Journal } from './journal.ts'
import { LogLocks } from './log-locks.ts'
import { refuseFolder } from './log-name.ts'
import type { OutputListener, RecordBatch } from './output.ts'
import { Outputs, checkFolders } from './outputs.ts'
import type { PlainMessage } from './plain-record.ts'
import { Zone } from './zone.ts'

/** What an output switch needs of its collector. */
export interface OutputSwitchOptions {
  journal: Journal
  listener: OutputListener
  /** ms since the epoch */
  now: () => number
}

/** The outputs in use. Others may take their place, while those of before still write what they took. */
export class OutputSwitch {
  readonly #settings: OutputSwitchOptions
  readonly #locks = new LogLocks()
  readonly #former = new Map<Outputs, Promise<void>>()
  #options: ResolvedCollectorOptions
  #zone: Zone
  #outputs: Outputs

  /** @throws ERR_ZMQ_PUB_FILE where an output's file is a folder */
  constructor(options: ResolvedCollectorOptions, settings: OutputSwitchOptions) {
    this.#settings = settings
    this.#options = options
    this.#zone = new Zone(options.timezone)
    this.#outputs = this.#create(undefined)
  }

  get zone(): Zone {
    return this.#zone
  }

  /** Files that are open. */
  get paths(): string[] {
    return this.#outputs.paths
  }

  /** Bytes taken and not yet written. */
  get pendingBytes(): number {
    let bytes = this.#outputs.pendingBytes
    for (const { pendingBytes } of this.#former.keys()) bytes += pendingBytes
    return bytes
  }

  /** Makes sure that all can write. @throws ERR_ZMQ_PUB_FILE */
  async start(): Promise<void> {
    this.#locks.hold(this.#toLockPaths())
    await this.#outputs.start()
  }

  append(batch: RecordBatch, ticket: Ticket): void {
    this.#outputs.append(batch, ticket)
  }

  /** Gathers a plain message, until `flush`. @returns how many characters it adds */
  appendPlain(message: PlainMessage): number {
    return this.#outputs.appendPlain(message)
  }

  /** Hands over what has been gathered. */
  flush(): void {
    this.#outputs.flush()
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    this.#outputs.reopen()
  }

  /**
   * Goes on with other outputs; they write when those of before have written all that they took.
   * @throws ERR_ZMQ_PUB_FILE where they could not write; nothing has changed then
   */
  replace(options: ResolvedCollectorOptions): void {
    for (const { file } of options.outputs) refuseFolder(file)
    checkFolders(options.outputs)
    this.#locks.hold(this.#toLockPaths(options))
    const former = this.#outputs
    const closed = former.close().then(() => {
      this.#former.delete(former)
      this.#locks.keepOnly(this.#toLockPaths())
      // Not sooner: what the former outputs wrote to looked like closed files.
      this.#outputs.tend()
    })
    this.#former.set(former, closed)
    this.#options = options
    this.#zone = new Zone(options.timezone)
    this.#outputs = this.#create(closed)
  }

  /** Resolves when all is written and on disk. */
  async close(): Promise<void> {
    await Promise.all([...this.#former.values(), this.#outputs.close()])
  }

  /** Gives up what isn't written. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#former.keys(), this.#outputs].map(outputs => outputs.abandon()))
  }

  /** Lets others write these logs. */
  release(): void {
    this.#locks.keepOnly([])
  }

  #create(after: Promise<unknown> | undefined): Outputs {
    const { outputs, fsync } = this.#options
    const { listener, ...settings } = this.#settings
    return new Outputs(outputs, { ...settings, zone: this.#zone, fsync, after }, listener)
  }

  /** The journal's own lock keeps one of the logs. */
  #toLockPaths({ outputs } = this.#options): string[] {
    const paths = outputs.map(({ file }) => toJournalPath(file))
    return paths.filter(path => path !== this.#settings.journal.path)
  }
}
