import { helloIntervalMs } from '../../wire/hello.ts'
import type { ClientAccess, SecurityMode } from '../access/access.ts'
import type { Metrics, MetricsSource } from '../reporting/metrics.ts'
import type { Reporter } from '../reporting/reporter.ts'
import type { SenderReporter } from '../reporting/sender-reporter.ts'
import { Totals } from '../reporting/totals.ts'
import { Traffic } from '../reporting/traffic.ts'
import { Acker, type AckerOptions } from './acker.ts'
import { BatchIntake, type BatchIntakeOptions } from './batch-intake.ts'
import { Identities } from './identities.ts'
import { LagSampler } from './lag-sampler.ts'
import { MessageIntake } from './message-intake.ts'
import { PlainIntake, type PlainIntakeOptions } from './plain-intake.ts'
import type { RecordIntakeOptions } from './record-intake.ts'
import type { SenderSessions, SenderState } from './sender-sessions.ts'

const totalsIntervalMs = 60_000

/** What gets the records that are appended, while somebody watches. */
type Live = NonNullable<PlainIntakeOptions['live'] & BatchIntakeOptions['live']>

/** What the reception of a collector and that of a gateway differ in. */
export interface ReceptionOptions extends Pick<PlainIntakeOptions, 'zone' | 'now'> {
  /** who may connect, and under which name; undefined where no address is secure */
  access: ClientAccess | undefined
  pinNames: readonly ('app' | 'host')[]
  reporter: Reporter
  senderReporter: SenderReporter
  sessions: SenderSessions
  /** Whether senders are asked for a sign of life: not by a writer, whose gateways do that. */
  expiresSenders: boolean
  acker: Omit<AckerOptions, 'senders'>
  batches: Pick<BatchIntakeOptions, 'journal' | 'outputs' | 'judgesGaps' | 'onHello' | 'onBye'>
  plain: PlainIntakeOptions['outputs']
  live?: Live | undefined
  /** as that of MessageIntake */
  maxPayloadBytes?: number
  /** how many clients were refused so far */
  refusedClients: () => number
  /** what waits to be written. Unit: bytes */
  pendingBytes: () => number
  /** @returns undefined where no metrics are asked for */
  serveMetrics: (
    source: Pick<MetricsSource, 'totals' | 'traffic' | 'sessions'>
  ) => Metrics | undefined
}

/**
 * All that is between the sockets and the outputs of a collector or a gateway: one intake for each wire, the senders'
 * sessions, their acks, and what is counted.
 *
 *   take ─▶ MessageIntake ┬▶ BatchIntake: whose is it? ─▶ RecordIntake: is it new? ─▶ batches.outputs
 *                         └▶ PlainIntake ─▶ plain
 */
export class Reception {
  readonly #options: ReceptionOptions
  readonly #totals = new Totals()
  readonly #traffic: Traffic
  readonly #lag: LagSampler
  readonly #acker: Acker
  readonly #records: RecordIntakeOptions
  readonly #batchIntake: BatchIntake
  readonly #messages: MessageIntake
  readonly #timers: NodeJS.Timeout[]

  constructor(options: ReceptionOptions) {
    this.#options = options
    const { sessions, now, zone, live, plain, reporter, pinNames } = options
    const metrics = options.serveMetrics({
      totals: () => this.totals,
      traffic: () => this.#traffic,
      sessions
    })
    this.#traffic = new Traffic(metrics?.onCounted)
    this.#lag = new LagSampler(now, metrics && (lagMs => metrics.observeLag(lagMs)))
    this.#acker = new Acker({ ...options.acker, senders: sessions })
    const counted = { live, totals: this.#totals, traffic: this.#traffic }
    this.#records = {
      ...options.batches,
      ...counted,
      sessions,
      acker: this.#acker,
      reporter: options.senderReporter,
      lag: this.#lag,
      now
    }
    const identities = new Identities(options.access, pinNames)
    this.#batchIntake = new BatchIntake({ ...this.#records, identities })
    this.#messages = new MessageIntake({
      batchIntake: this.#batchIntake,
      plainIntake: new PlainIntake({ zone, now, outputs: plain, ...counted }),
      totals: this.#totals,
      reporter,
      isPinned: pinNames.length > 0,
      ...(options.maxPayloadBytes !== undefined && { maxPayloadBytes: options.maxPayloadBytes })
    })
    this.#timers = [setInterval(() => this.logTotals(), totalsIntervalMs).unref()]
    if (!options.expiresSenders) return
    const expire = (): void => this.expireSenders(performance.now())
    this.#timers.push(setInterval(expire, helloIntervalMs).unref())
  }

  /** What was done so far; the object is updated in place. */
  get totals(): Totals {
    this.#totals.refusedClients = this.#options.refusedClients()
    return this.#totals
  }

  get traffic(): Traffic {
    return this.#traffic
  }

  /** What another intake of records needs to work on the same sessions, acks and counts. */
  get recordOptions(): RecordIntakeOptions {
    return this.#records
  }

  /** Takes a message of a socket. */
  take(frames: Buffer[], mode: SecurityMode): void {
    this.#messages.take(frames, mode)
  }

  /** All that was there was taken: of the next round a lag is measured again. */
  onRoundEnd(): void {
    this.#lag.onRoundEnd()
  }

  /** As that of BatchIntake. */
  whenCommitted(sender: SenderState, then: () => void): void {
    this.#batchIntake.whenCommitted(sender, then)
  }

  /** Logs senders that have become silent, and forgets those gone for long. @param now as of performance.now() */
  expireSenders(now: number): void {
    this.#batchIntake.expireSenders(now)
  }

  /** Logs what was done so far, as every minute. */
  logTotals(): void {
    const { sessions, reporter, pendingBytes } = this.#options
    const traffic = this.#traffic.report(sessions)
    const now = { senders: sessions.present, pendingBytes: pendingBytes(), ...traffic }
    reporter.totals(this.totals, now)
  }

  /** Nothing is expected any more, so no sender counts as silent. */
  stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  /** Sends the acks that are due, and no others. */
  close(): void {
    this.#acker.close()
  }
}
