import type { PlainMessage } from '../format/plain-message.ts'
import { toWriteError } from '../files/write-error.ts'
import { findJournalPath, toJournalPath } from '../journal/journal-path.ts'
import { DecoderPool } from '../format/decoder-pool.ts'
import type { Journal } from '../journal/journal.ts'
import { toLockRequests, type LockRequest, type LogLocks } from '../journal/log-locks.ts'
import { refuseFolderPath } from '../naming/log-path.ts'
import { hasValues } from '../naming/path-template.ts'
import type { ResolvedCollectorOptions } from '../options/collector-options.ts'
import type { ResolvedOutputOptions } from '../options/output-options.ts'
import type { RecordBatch } from '../routing/record-batch.ts'
import { TimeZone } from '../time/time-zone.ts'
import { DescriptorBudget } from './descriptor-budget.ts'
import { Output, type OutputListener, type OutputSettings, type OutputState } from './output.ts'
import {
  addStates,
  appendBatch,
  appendPlain,
  checkFolders,
  closeOutputs,
  countPending
} from './outputs.ts'

/** A former output that is not required, or no longer configured, is abandoned after this. Unit: ms */
const abandonAfterMs = 3000

/** What live outputs need of their collector. */
export interface LiveOutputsOptions {
  journal: Journal
  /** may have the logs' locks already */
  locks: LogLocks
  listener: OutputListener
  /** ms since the epoch */
  now: () => number
}

/**
 * The outputs in use. A reload replaces them, while the former ones still write what they have accepted.
 *
 * A collector may be killed at any moment of a reload, and its next start looks for the journal beside the logs of the
 * configuration that it then reads. So the journal is moved before the new outputs exist: what they write, and what is
 * acknowledged from then on, is known to a start with the new configuration. Until the former outputs have ended, a start with the former one
 * finds it, too (Journal.moveTo), and their logs stay locked.
 */
export class LiveOutputs {
  readonly #settings: LiveOutputsOptions
  readonly #locks: LogLocks
  readonly #descriptors: DescriptorBudget
  readonly #decoders: DecoderPool
  /** by the outputs of each former configuration: resolves when they have ended */
  readonly #former = new Map<readonly Output[], Promise<void>>()
  /** by path template, what former outputs had done when they ended */
  readonly #past = new Map<string, OutputState>()
  #options: ResolvedCollectorOptions
  #zone: TimeZone
  #current: readonly Output[]

  constructor(options: ResolvedCollectorOptions, settings: LiveOutputsOptions) {
    this.#settings = settings
    this.#locks = settings.locks
    this.#descriptors = new DescriptorBudget({
      onExhausted: limit => settings.listener.onExhausted(limit)
    })
    this.#decoders = new DecoderPool({ onDeath: error => settings.listener.onFailed(0, error) })
    this.#options = options
    this.#zone = new TimeZone(options.timezone)
    this.#current = this.#create()
  }

  /** The time zone in use; a reload may replace it. */
  get zone(): TimeZone {
    return this.#zone
  }

  /** Paths of the files that are open or being opened. */
  get paths(): string[] {
    return this.#current.flatMap(({ paths }) => paths)
  }

  /** Bytes accepted and not yet written, by former outputs too. */
  get pendingBytes(): number {
    return this.#countPending(false)
  }

  /** The same, of required outputs only. Unit: bytes */
  get requiredBytes(): number {
    return this.#countPending(true)
  }

  /** What the outputs have done since the collector's start, and how they are; one for each path template that is in use. */
  get states(): OutputState[] {
    const states = new Map<string, OutputState>()
    for (const { state } of [...this.#current, ...this.#listFormer()]) {
      const known = states.get(state.file) ?? this.#past.get(state.file)
      states.set(state.file, known ? addStates(state, known) : state)
    }
    return [...states.values()]
  }

  /** Locks the logs and checks that all outputs can write. @throws ERR_ZMQ_PUB_FILE where a required one can't */
  async start(): Promise<void> {
    this.#locks.acquireAll(this.#toLockRequests())
    for (const output of this.#current) await output.start()
  }

  /** Appends a batch to every output; `flush` begins to write it. */
  append(batch: RecordBatch): void {
    appendBatch(this.#current, batch, this.#settings.listener)
  }

  /** Buffers a plain message until `flush`. @returns false where a required output has dropped it */
  appendPlain(message: PlainMessage): boolean {
    return appendPlain(this.#current, message, this.#settings.listener)
  }

  /** Begins to write what was appended. */
  flush(): void {
    for (const output of this.#current) output.flush()
  }

  /** Reopens all files by name, after an external tool has moved the old ones away. */
  reopen(): void {
    for (const output of this.#current) output.reopen()
  }

  /**
   * Replaces the outputs. A log that a former output still writes is opened only when that one has
   * written everything it accepted.
   * @throws ERR_ZMQ_PUB_FILE where a required output or the journal can't be written; the outputs then stay as they were
   */
  replace(options: ResolvedCollectorOptions): void {
    for (const { file } of options.outputs) refuseFolderPath(file)
    checkFolders(options.outputs)
    this.#locks.acquireAll(this.#toLockRequests(options))
    this.#moveJournal(options)
    const former = this.#current
    for (const output of former) output.retireHousekeeping()
    this.#decoders.giveBack()
    // An output that is no longer configured must not block the others forever.
    const wantedFiles = options.outputs.filter(({ required }) => required).map(({ file }) => file)
    const isStillWanted = (file: string): boolean => wantedFiles.includes(file)
    const closed = closeOutputs(former, abandonAfterMs, isStillWanted).then(() => {
      this.#former.delete(former)
      for (const output of former) this.#keep(output.state)
      if (this.#former.size === 0) this.#onFormerClosed()
    })
    this.#former.set(former, closed)
    this.#options = options
    this.#zone = new TimeZone(options.timezone)
    this.#current = this.#create()
    // At once: where the disk is full, the former ones end only when retention makes room.
    for (const output of this.#current) output.scheduleHousekeeping()
  }

  /** Resolves when everything is written and on disk. @param optionalMs outputs that are not required are abandoned after this. Unit: ms */
  async close(optionalMs: number): Promise<void> {
    this.#decoders.giveBack()
    await Promise.all([...this.#former.values(), closeOutputs(this.#current, optionalMs)])
  }

  /** Discards what is not written yet. */
  async abandon(): Promise<void> {
    this.#decoders.abandon()
    await Promise.all([...this.#listFormer(), ...this.#current].map(output => output.abandon()))
  }

  /** Keeps what a former output has done, for the one that has its path now, or will have it. */
  #keep(state: OutputState): void {
    const ended = { ...state, pendingBytes: 0, openFiles: 0, trouble: undefined }
    const past = this.#past.get(state.file)
    this.#past.set(state.file, past ? addStates(ended, past) : ended)
  }

  /** All former outputs have finished: releases their locks, and lets housekeeping compress their files. */
  #onFormerClosed(): void {
    const { journal, listener } = this.#settings
    journal.endMove()
    try {
      journal.compact()
    } catch (error) {
      listener.onWriteTrouble(journal.path, this.pendingBytes, error as Error)
    }
    this.#releaseOthers()
    for (const output of this.#current) output.scheduleHousekeeping()
  }

  /** The outputs from before a reload that still write. */
  #listFormer(): Output[] {
    return [...this.#former.keys()].flat()
  }

  #countPending(isRequiredOnly: boolean): number {
    let bytes = countPending(this.#current, isRequiredOnly)
    for (const outputs of this.#former.keys()) bytes += countPending(outputs, isRequiredOnly)
    return bytes
  }

  /** Releases the locks of logs that are not configured. */
  #releaseOthers(): void {
    this.#locks.keepOnly(this.#toLockRequests().map(({ path }) => path))
  }

  /**
   * Moves the journal to where a start with these options looks for it first, unless it finds it where it is.
   * @throws ERR_ZMQ_PUB_FILE where it can't be written there; it is then where it was
   */
  #moveJournal({ outputs }: ResolvedCollectorOptions): void {
    const { journal } = this.#settings
    const formerPath = journal.path
    if (findJournalPath(outputs) === formerPath) return
    const firstRequired = outputs.find(({ required }) => required)
    const path = firstRequired && toJournalPath(firstRequired.file)
    const lock = path && path !== formerPath && this.#locks.handOver(path)
    if (!path || !lock) return
    try {
      // What the former outputs still write must stay locked.
      this.#locks.takeBack(formerPath, journal.moveTo(path, lock))
    } catch (error) {
      this.#locks.takeBack(path, lock)
      if (this.#former.size === 0) this.#releaseOthers()
      throw toWriteError(path, error)
    }
  }

  /** Releases all locks, so that other collectors may write these logs. */
  release(): void {
    this.#descriptors.close()
    this.#locks.keepOnly([])
  }

  /** The outputs of the current options; call it after the former ones are in `#former`. */
  #create(): Output[] {
    const { outputs, fsync } = this.#options
    const { listener, journal, now } = this.#settings
    const wanted = outputs.map(toWantedFiles)
    const allowed = this.#descriptors.share(wanted)
    if (sum(allowed) < sum(wanted))
      listener.onOpenFilesLowered(sum(allowed), this.#descriptors.limit)
    const former = this.#listFormer()
    const settings: OutputSettings = {
      journal,
      now,
      descriptors: this.#descriptors,
      decoders: this.#decoders,
      zone: this.#zone,
      fsync,
      isOnlyOutput: former.length === 0 && outputs.length === 1,
      whenFormerClosed: matches => Promise.all(former.map(output => output.whenClosed(matches))),
      former: () => this.#listFormer()
    }
    return outputs.map(
      (output, index) =>
        new Output({ ...output, maxOpenFiles: allowed[index] ?? 1 }, settings, listener)
    )
  }

  /** The log beside the journal needs no lock of its own: the journal's lock covers it. */
  #toLockRequests({ outputs } = this.#options): LockRequest[] {
    const { path: journalPath } = this.#settings.journal
    return toLockRequests(outputs, journalPath).filter(({ path }) => path !== journalPath)
  }
}

/** How many files an output may have open. Without placeholders and event time it has a single log. */
function toWantedFiles({ file, timeKey, maxOpenFiles }: ResolvedOutputOptions): number {
  return hasValues(file) || timeKey !== '' ? maxOpenFiles : 1
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
