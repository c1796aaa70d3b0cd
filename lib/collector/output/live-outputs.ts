import type { PlainMessage } from '../format/plain-message.ts'
import { toJournalPath } from '../journal/journal-path.ts'
import type { Journal } from '../journal/journal.ts'
import { LogLocks, type LockRequest } from '../journal/log-locks.ts'
import { refuseFolderPath } from '../naming/log-path.ts'
import type { ResolvedCollectorOptions } from '../options/collector-options.ts'
import type { PendingCommit, RecordBatch } from '../routing/record-batch.ts'
import { TimeZone } from '../time/time-zone.ts'
import type { PooledLog } from './log-pool.ts'
import type { OutputListener } from './output.ts'
import { checkFolders, Outputs } from './outputs.ts'

/** A former output that is no longer wanted, or that nobody waits for, is given up after this. Unit: ms */
const abandonAfterMs = 3000

/** What an output switch needs of its collector. */
export interface LiveOutputsOptions {
  journal: Journal
  listener: OutputListener
  /** ms since the epoch */
  now: () => number
}

/** The outputs in use. Others may take their place, while those of before still write what they took. */
export class LiveOutputs {
  readonly #settings: LiveOutputsOptions
  readonly #locks = new LogLocks()
  readonly #former = new Map<Outputs, Promise<void>>()
  #options: ResolvedCollectorOptions
  #zone: TimeZone
  #outputs: Outputs

  constructor(options: ResolvedCollectorOptions, settings: LiveOutputsOptions) {
    this.#settings = settings
    this.#options = options
    this.#zone = new TimeZone(options.timezone)
    this.#outputs = this.#create(true)
  }

  get zone(): TimeZone {
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
    this.#locks.acquireAll(this.#toLockRequests())
    await this.#outputs.start()
  }

  append(batch: RecordBatch, commit: PendingCommit): void {
    this.#outputs.append(batch, commit)
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
   * Goes on with other outputs; a log that was written before is written when all that was taken for
   * it then is in its file.
   * @throws ERR_ZMQ_PUB_FILE where they could not write; nothing has changed then
   */
  replace(options: ResolvedCollectorOptions): void {
    for (const { file } of options.outputs) refuseFolderPath(file)
    checkFolders(options.outputs)
    this.#locks.acquireAll(this.#toLockRequests(options))
    const former = this.#outputs
    // An output that is no longer wanted must not hold up the others for ever.
    const files = options.outputs.filter(({ required }) => required).map(({ file }) => file)
    const closed = former
      .close(abandonAfterMs, file => files.includes(file))
      .then(() => {
        this.#former.delete(former)
        if (this.#former.size === 0) this.#settleDown()
      })
    this.#former.set(former, closed)
    this.#options = options
    this.#zone = new TimeZone(options.timezone)
    this.#outputs = this.#create(false)
  }

  /** Resolves when all is written and on disk. @param optionalMs outputs that nobody waits for are given up after this */
  async close(optionalMs: number): Promise<void> {
    await Promise.all([...this.#former.values(), this.#outputs.close(optionalMs)])
  }

  /** Bytes that are taken, not yet written, and waited for. */
  get requiredBytes(): number {
    let bytes = this.#outputs.requiredBytes
    for (const { requiredBytes } of this.#former.keys()) bytes += requiredBytes
    return bytes
  }

  /** Gives up what isn't written. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#former.keys(), this.#outputs].map(outputs => outputs.abandon()))
  }

  /** The former outputs have written everything: what was theirs may be looked after, and let go of. */
  #settleDown(): void {
    const { journal, listener } = this.#settings
    try {
      this.#moveJournal()
      journal.compact()
    } catch (error) {
      listener.cannotWrite(journal.path, this.pendingBytes, error as Error)
    }
    this.#locks.keepOnly(this.#toLockRequests().map(({ path }) => path))
    this.#outputs.schedule()
  }

  /** Where its log is no longer written the next start would not find the journal. */
  #moveJournal(): void {
    const { journal } = this.#settings
    const { outputs } = this.#options
    if (outputs.some(({ file }) => toJournalPath(file) === journal.path)) return
    const first = outputs.find(({ required }) => required)
    const path = first && toJournalPath(first.file)
    const lock = path && this.#locks.handOver(path)
    if (path && lock) journal.moveTo(path, lock)
  }

  /** Lets others write these logs. */
  release(): void {
    this.#locks.keepOnly([])
  }

  /** @param isOnlyOutput whether no other outputs write */
  #create(isOnlyOutput: boolean): Outputs {
    const { outputs, fsync } = this.#options
    const { listener, ...settings } = this.#settings
    const whenFree = (matches: (log: PooledLog) => boolean): Promise<unknown> =>
      Promise.all(former.map(others => others.whenClosed(matches)))
    const former = [...this.#former.keys()]
    return new Outputs(
      outputs,
      { ...settings, zone: this.#zone, fsync, isOnlyOutput, whenFree },
      listener
    )
  }

  /** The journal's own lock keeps one of the logs. */
  #toLockRequests({ outputs } = this.#options): LockRequest[] {
    const requests = outputs.map(({ file, required }) => ({
      path: toJournalPath(file),
      isRequired: required
    }))
    return requests.filter(({ path }) => path !== this.#settings.journal.path)
  }
}
