import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { Acker } from './acker.ts'
import { Announcer } from './announcer.ts'
import type { ResolvedCollectorOptions } from './collector-options.ts'
import { ZmqPubError, toMessage } from './errors.ts'
import { Filing } from './filing.ts'
import { decodeHeader, frameKinds, type Header } from './frame.ts'
import { toGapEntry } from './gap-entry.ts'
import { decodeHello, helloIntervalMs } from './hello.ts'
import { Intake, type Gap, type SenderState } from './intake.ts'
import { Journal, toJournalPath } from './journal.ts'
import { LogLocks, findJournalPath } from './log-locks.ts'
import { findLogs, refuseFolder } from './log-name.ts'
import type { OutputListener } from './output.ts'
import { skipRecords } from './traits.ts'
import { Outputs, checkFolders } from './outputs.ts'
import { PlainIntake } from './plain-intake.ts'
import { Receiver } from './receiver.ts'
import { Totals } from './totals.ts'
import { Zone } from './zone.ts'

/** A sender that has said nothing for this long is gone. Unit: ms */
const silentMs = 3 * helloIntervalMs
/** A sender that is gone is forgotten after this long. Unit: ms */
const forgetMs = 7 * 24 * 3_600_000
const totalsIntervalMs = 60_000
/** `stop` waits this long for the disk. Unit: ms */
const stopTimeoutMs = 8000

/**
 * A running collector: takes what senders publish and appends it to the log.
 *
 *   Receiver (XSUB) ─▶ Intake: is it new? ─▶ Outputs: which logs? ─▶ RotatingLog ─▶ LogFile (sonic-boom)
 *        ▲                                                             │ written
 *        └──── acks ── Acker ◀── Filing: is it in all of them? ◀───────┘
 */
export class Collector {
  #options: ResolvedCollectorOptions
  /** the options as they were read last: some of them may not be in use */
  #given: ResolvedCollectorOptions
  #zone: Zone
  readonly #announcer: Announcer
  readonly #now: () => number
  readonly #intake: Intake
  readonly #journal: Journal
  readonly #locks = new LogLocks()
  readonly #filing = new Filing()
  readonly #totals = new Totals()
  readonly #acker: Acker
  readonly #plain: PlainIntake
  #outputs: Outputs
  /** outputs of an earlier configuration that still write */
  readonly #former = new Map<Outputs, Promise<void>>()
  #receiver!: Receiver
  #isStopping = false
  #stopped: Promise<boolean> | undefined
  readonly #timers: NodeJS.Timeout[]

  /**
   * @param logger for the collector's own words
   * @param now the clock that dates files and foreign records. Unit: ms since the epoch
   * @throws ERR_ZMQ_PUB_ADDRESS, ERR_ZMQ_PUB_FILE
   */
  static async start(
    options: ResolvedCollectorOptions,
    logger: Logger,
    now: () => number = Date.now
  ): Promise<Collector> {
    for (const { file } of options.outputs) refuseFolder(file)
    const collector = new Collector(options, logger, now)
    try {
      await collector.#open()
    } catch (error) {
      collector.#clearTimers()
      await collector.#outputs.abandon()
      collector.#locks.keepOnly([])
      collector.#journal.close()
      throw error
    }
    return collector
  }

  private constructor(options: ResolvedCollectorOptions, logger: Logger, now: () => number) {
    this.#options = options
    this.#given = options
    this.#announcer = new Announcer(logger)
    this.#now = now
    this.#zone = new Zone(options.timezone)
    this.#journal = Journal.open(findJournalPath(options.outputs.map(({ file }) => file)), now)
    this.#intake = new Intake(
      [...this.#journal.positions].map(([id, { expected }]) => [id, expected] as const)
    )
    this.#acker = new Acker({
      collectorId: this.#journal.collectorId,
      note: acks => this.#journal.file(acks, this.#options.fsync),
      send: frame => this.#receiver.sendUpstream(frame),
      onTrouble: error =>
        this.#announcer.cannotWrite(this.#journal.path, this.#outputs.pendingBytes, error)
    })
    this.#outputs = this.#createOutputs(undefined)
    this.#plain = new PlainIntake({
      zone: () => this.#zone,
      now,
      target: () => this.#outputs,
      totals: this.#totals
    })
    this.#timers = [
      setInterval(() => this.#sayTotals(), totalsIntervalMs).unref(),
      setInterval(() => this.noticeSilence(performance.now()), helloIntervalMs).unref()
    ]
  }

  /** Where it listens, with real ports. */
  get addresses(): readonly string[] {
    return this.#receiver.addresses
  }

  /** What it has done so far. */
  get totals(): Totals {
    return this.#totals
  }

  /** A file that is open. */
  get path(): string | undefined {
    return this.#outputs.paths[0]
  }

  /** Stops receiving and writes out what was received. @returns false where the disk didn't take it in time */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<boolean> {
    this.#isStopping = true
    this.#clearTimers()
    this.#plain.flush()
    const all = [...this.#former.keys(), this.#outputs]
    const closing = Promise.all([...this.#former.values(), this.#outputs.close()])
    const isWritten = await raceWithin(closing, stopTimeoutMs)
    if (!isWritten) for (const outputs of all) await outputs.abandon()
    this.#acker.flush()
    this.#acker.stop()
    await this.#receiver.close()
    this.#journal.close(isWritten)
    this.#locks.keepOnly([])
    this.#sayTotals()
    this.#announcer.stopped(isWritten)
    return isWritten
  }

  /** Goes on in new files of the same names, for those who have moved the old ones away. */
  reopen(): void {
    this.#outputs.reopen()
  }

  /**
   * Goes on with what the configuration says now: outputs, time zone and fsync; its sockets stay as
   * they are. New outputs write when the old ones have written all that they took. Where the
   * configuration can't be used, that is said, and the old one stays.
   * @param read throws where the configuration is wrong
   */
  reload(read: () => ResolvedCollectorOptions): void {
    if (this.#isStopping) return
    try {
      const options = read()
      if (isDeepStrictEqual(options, this.#given)) return this.reopen()
      for (const { file } of options.outputs) refuseFolder(file)
      checkFolders(options.outputs)
      this.#locks.hold(this.#toLockPaths(options))
      this.#replaceOutputs(options)
    } catch (error) {
      this.#announcer.refusedConfiguration(toMessage(error))
      this.reopen()
    }
  }

  #replaceOutputs(options: ResolvedCollectorOptions): void {
    this.#plain.flush()
    const former = this.#outputs
    const closed = former.close().then(() => {
      this.#former.delete(former)
      this.#locks.keepOnly(this.#toLockPaths(this.#options))
    })
    this.#former.set(former, closed)
    const { bind, connect, topic } = this.#options
    const sockets = { bind, connect, topic }
    this.#given = options
    this.#options = { ...options, ...sockets }
    this.#zone = new Zone(options.timezone)
    this.#outputs = this.#createOutputs(closed)
    this.#outputs.tend()
    const names = ['bind', 'connect', 'topic'] as const
    this.#announcer.reloaded(names.filter(name => !isDeepStrictEqual(sockets[name], options[name])))
  }

  /** Says which senders have been silent for long, and forgets those of old. @param now as of performance.now() */
  noticeSilence(now: number): void {
    for (const sender of this.#intake.markSilent(now - silentMs)) {
      this.#announcer.sender(sender, 'sender silent')
    }
    this.#intake.forget(now - forgetMs)
  }

  async #open(): Promise<void> {
    this.#locks.hold(this.#toLockPaths(this.#options))
    await this.#outputs.start()
    this.#receiver = await Receiver.open(this.#options, {
      onMessage: frames => this.#onMessage(frames)
    })
    if (this.#journal.isNew && this.#hasLogs()) this.#announcer.journalMissing()
    this.#announcer.started(this.#receiver.addresses, this.#options.connect)
  }

  #createOutputs(after: Promise<unknown> | undefined): Outputs {
    const { outputs, fsync } = this.#options
    const settings = { zone: this.#zone, now: this.#now, journal: this.#journal, fsync, after }
    const listener: OutputListener = {
      onWriting: path => this.#announcer.writing(path),
      onDelete: path => this.#announcer.deleted(path),
      onDropped: records => (this.#totals.droppedOptionalRecords += records),
      cannotTend: (action, path, error) => this.#announcer.cannotTend(action, path, error),
      cannotWrite: (path, pendingBytes, error) =>
        this.#announcer.cannotWrite(path, pendingBytes, error)
    }
    return new Outputs(outputs, settings, listener)
  }

  /** The journal's own lock keeps one of the outputs. */
  #toLockPaths({ outputs }: ResolvedCollectorOptions): string[] {
    return outputs
      .map(({ file }) => toJournalPath(file))
      .filter(path => path !== this.#journal.path)
  }

  #hasLogs(): boolean {
    return this.#options.outputs.some(({ file, rotate }) =>
      findLogs(file, rotate).some(({ bytes }) => bytes > 0)
    )
  }

  #onMessage([topic, payload, third]: Buffer[]): void {
    if (this.#isStopping || !topic) return
    try {
      if (!payload)
        throw new ZmqPubError('ERR_ZMQ_PUB_FRAME', 'two or three frames expected, got one')
      const header = third && decodeHeader(third)
      if (header) this.#onFrame(header, payload)
      else this.#plain.take(topic, payload)
    } catch (error) {
      this.#totals.badMessages++
      this.#announcer.refusedMessage(topic, toMessage(error))
    }
  }

  #onFrame(header: Header, payload: Buffer): void {
    switch (header.kind) {
      case frameKinds.hello:
        return this.#onHello(header, payload)
      case frameKinds.batch:
        return this.#onBatch(header, payload)
      case frameKinds.bye:
        return this.#onBye(header)
    }
  }

  #onHello(header: Header, payload: Buffer): void {
    const hello = decodeHello(payload)
    if (!hello) return
    const { sender, isNew, gaps } = this.#intake.hello(header, hello, performance.now())
    if (isNew) this.#announcer.sender(sender, 'sender connected')
    this.#writeGaps(sender, gaps)
    this.#acknowledge(sender)
  }

  #onBatch(header: Header, payload: Buffer): void {
    const verdict = this.#intake.batch(header, performance.now())
    if (verdict.kind === 'duplicate') {
      this.#totals.duplicateRecords += header.count
      this.#acknowledge(verdict.sender)
    }
    if (verdict.kind !== 'take') return
    const { sender, skip, gaps } = verdict
    this.#writeGaps(sender, gaps)
    const records = skipRecords(payload, skip)
    const first = header.first + skip
    this.#totals.records += header.count - skip
    this.#totals.bytes += records.length
    this.#append(sender, records, first, header.first + header.count - 1)
  }

  #onBye(header: Header): void {
    const known = this.#intake.bye(header)
    if (!known) return
    this.#writeGaps(known.sender, known.gaps)
    this.#announcer.sender(known.sender, 'sender gone')
  }

  /** Writes a sender's records, and acknowledges them when they are in all files that wait for them. */
  #append(
    sender: SenderState,
    records: Buffer,
    first: number,
    last: number,
    isNotice = false
  ): void {
    this.#plain.flush() // a sender may have spoken plain before
    const ticket = this.#filing.begin(sender.id, () => {
      sender.filed = last
      this.#acknowledge(sender)
    })
    const { id: senderId, hello } = sender
    this.#outputs.append({ senderId, hello, records, first, last, isNotice }, ticket)
    ticket.done()
  }

  #acknowledge(sender: SenderState): void {
    this.#acker.add(sender.id, sender.filed, this.#intake.present)
  }

  #writeGaps(sender: SenderState, gaps: Gap[]): void {
    for (const gap of gaps) {
      this.#totals.missingRecords += gap.to - gap.from + 1
      const entry = toGapEntry(sender, gap, this.#now())
      this.#announcer.gap(entry)
      const record = Buffer.from(`${JSON.stringify(entry)}\n`)
      this.#append(sender, record, gap.from, gap.to, true)
    }
  }

  #sayTotals(): void {
    this.#announcer.totals(this.#totals, this.#intake.present, this.#outputs.pendingBytes)
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}

/** @returns whether the promise was fulfilled in time */
async function raceWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), timeoutMs)
  })
  try {
    return await Promise.race([promise.then(() => true), timeout])
  } finally {
    clearTimeout(timer)
  }
}
