import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Engine } from '../../engine/engine.ts'
import { toMessage } from '../../errors.ts'
import { NatsEngine } from '../../engine/nats/nats-engine.ts'
import { Entrance } from '../entrance.ts'
import { Reception } from '../intake/reception.ts'
import { SenderSessions } from '../intake/sender-sessions.ts'
import type { MetricsEndpoint } from '../metrics-endpoint.ts'
import { openMetrics } from '../optional-parts.ts'
import type { ResolvedCollectorOptions } from '../options/collector-options.ts'
import { Reporter } from '../reporting/reporter.ts'
import { findTroubles } from '../reporting/readiness.ts'
import { SenderReporter } from '../reporting/sender-reporter.ts'
import type { Totals } from '../reporting/totals.ts'
import { TimeZone } from '../time/time-zone.ts'
import { PlainSenders } from './plain-senders.ts'
import { StreamOutput } from './stream-output.ts'

/** How long `stop` waits for the stream. Unit: ms */
const stopTimeoutMs = 8000
const stopPollMs = 20

/** What a gateway is made of. */
interface GatewayParts {
  engine: Engine
  entrance: Entrance
  endpoint: MetricsEndpoint | undefined
  logger: Logger
}

/**
 * A collector that writes a stream instead of files. It remembers nothing: apps have every record until it is in the
 * stream, and writers judge by the numbers of the records what is new, and what is missing.
 *
 *   Entrance (XSUB) ─▶ Reception: the next one? ─▶ StreamOutput ─▶ PublishQueue ─▶ Engine
 *        └──── acks ── Acker ◀── CommitTracker: is all before it in the stream? ◀── stored ─┘
 */
export class Gateway {
  readonly #options: ResolvedCollectorOptions
  readonly #engine: Engine
  readonly #entrance: Entrance
  readonly #endpoint: MetricsEndpoint | undefined
  readonly #reporter: Reporter
  readonly #output: StreamOutput
  readonly #plainSenders: PlainSenders
  readonly #reception: Reception
  #isStopping = false
  #stopped: Promise<boolean> | undefined
  /** never resolves: the connection to the engine is made again whenever it is lost */
  readonly failure = new Promise<Error>(() => undefined)

  /**
   * Connects to the engine, reads the keys and opens the sockets.
   * @param logger for the gateway's own log
   * @throws ERR_ZMQ_PUB_ENGINE, ERR_ZMQ_PUB_KEY, ERR_ZMQ_PUB_ADDRESS
   */
  static async start(options: ResolvedCollectorOptions, logger: Logger): Promise<Gateway> {
    if (!options.gateway) throw new Error('unreachable: no stream is given')
    const engine = await NatsEngine.openForGateway(options.gateway)
    let entrance: Entrance | undefined
    try {
      const marker = { maxMessageBytes: engine.maxPayloadBytes, streamId: engine.id }
      entrance = await Entrance.open(options, logger, marker)
      const endpoint = await openMetrics(options.metrics)
      const gateway = new Gateway(options, { engine, entrance, endpoint, logger })
      gateway.#open()
      return gateway
    } catch (error) {
      await entrance?.close()
      await engine.close()
      throw error
    }
  }

  private constructor(
    options: ResolvedCollectorOptions,
    { engine, entrance, endpoint, logger }: GatewayParts
  ) {
    this.#options = options
    this.#engine = engine
    this.#entrance = entrance
    this.#endpoint = endpoint
    this.#reporter = new Reporter(logger)
    const stream = options.gateway?.stream ?? ''
    this.#output = new StreamOutput(engine, stream, {
      onTrouble: error => this.#reporter.cannotWrite(stream, this.#pendingBytes, error),
      onRecovery: troubleMs => this.#reporter.writesAgain(stream, troubleMs, this.#pendingBytes)
    })
    this.#plainSenders = new PlainSenders({
      publish: (entry, onStored) => this.#output.publish(entry, onStored),
      maxPayloadBytes: engine.maxPayloadBytes
    })
    const zone = new TimeZone(options.timezone)
    this.#reception = new Reception({
      access: entrance.access,
      pinNames: options.pinNames,
      reporter: this.#reporter,
      senderReporter: new SenderReporter(logger),
      sessions: new SenderSessions(),
      expiresSenders: true,
      acker: {
        collectorId: engine.id,
        persist: () => undefined,
        send: frame => entrance.sendUpstream(frame),
        onTrouble: () => undefined,
        onRecovery: () => undefined
      },
      batches: {
        journal: { senders: { inherit: () => undefined, forget: () => undefined } },
        outputs: this.#output,
        judgesGaps: false,
        onHello: (sender, isNew) => {
          if (isNew) this.#announce('hello', sender)
        },
        onBye: sender => this.#announce('bye', sender)
      },
      plain: { appendPlain: message => this.#plainSenders.append(message) },
      zone: () => zone,
      now: Date.now,
      maxPayloadBytes: engine.maxPayloadBytes, // the engine would refuse it each time that it is published
      refusedClients: () => entrance.refusedClients,
      pendingBytes: () => this.#pendingBytes,
      serveMetrics: counted =>
        endpoint?.serve(
          { ...counted, outputs: () => [this.#output.state], journalErrors: () => 0 },
          () => this.#findTroubles()
        )
    })
  }

  /** Bound addresses, with their actual ports. */
  get addresses(): readonly string[] {
    return this.#entrance.addresses
  }

  /** What it has done so far; the object is updated in place. */
  get totals(): Totals {
    return this.#reception.totals
  }

  /** A gateway has no file. */
  get path(): string | undefined {
    return undefined
  }

  /** Stops receiving, and waits until what was received is in the stream. @returns false where that took too long */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<boolean> {
    this.#isStopping = true
    this.#entrance.unsubscribe() // so that apps need not find out by its silence
    this.#reception.stopTimers()
    this.#plainSenders.flush()
    const isWritten = await this.#untilStored()
    this.#output.close()
    this.#reception.close()
    await this.#entrance.close()
    await this.#engine.close()
    await this.#endpoint?.close()
    this.#reception.logTotals()
    this.#reporter.stopped(isWritten)
    return isWritten
  }

  async #untilStored(): Promise<boolean> {
    const deadline = performance.now() + stopTimeoutMs
    while (this.#pendingBytes > 0 && performance.now() < deadline) await delay(stopPollMs)
    return this.#pendingBytes === 0
  }

  /** A gateway has no file. */
  reopen(): void {}

  /** Reads the authorized keys again. Other options take effect at the next start. @param read throws where the configuration is invalid */
  reload(read: () => ResolvedCollectorOptions): void {
    if (this.#isStopping) return
    this.#entrance.rereadKeys()
    try {
      const options = read()
      const names = Object.keys(options) as (keyof ResolvedCollectorOptions)[]
      const changed = names.filter(name => !isDeepStrictEqual(options[name], this.#options[name]))
      this.#reporter.reloaded(changed)
    } catch (error) {
      this.#reporter.configurationRefused(toMessage(error))
    }
  }

  /** Logs senders that have become silent, and forgets those gone for long. @param now as of performance.now() */
  expireSenders(now: number): void {
    this.#reception.expireSenders(now)
  }

  get #pendingBytes(): number {
    return this.#output.requiredBytes
  }

  #open(): void {
    this.#entrance.receive({
      onMessage: (frames, mode) => this.#isStopping || this.#reception.take(frames, mode),
      onRoundEnd: () => this.#onRoundEnd()
    })
    this.#entrance.reportStart()
    this.#reporter.publishing(this.#options.gateway?.stream ?? '')
    if (!this.#endpoint) return
    this.#endpoint.onFailed = (error, restartMs) => this.#reporter.metricsFailed(error, restartMs)
    this.#reporter.servingMetrics(this.#endpoint)
  }

  #onRoundEnd(): void {
    this.#reception.onRoundEnd()
    this.#plainSenders.flush()
  }

  /** In its turn: what it says is true when all before it is in the stream. */
  #announce(kind: 'hello' | 'bye', sender: Parameters<StreamOutput['announce']>[1]): void {
    this.#reception.whenCommitted(sender, () => this.#output.announce(kind, sender))
  }

  #findTroubles(): string[] {
    const outputs = [this.#output.state]
    const isStopping = this.#isStopping
    return findTroubles({ isStarting: false, isStopping, outputs, journalTrouble: undefined })
  }
}
