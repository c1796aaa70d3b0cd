import type * as promClient from 'prom-client'
import type { Counter, Histogram, Registry } from 'prom-client'
import { ZmqPubError } from '../../errors.ts'
import { version } from '../../version.ts'
import { MetricLabels, otherLabels } from './metric-labels.ts'
import type { Totals } from './totals.ts'
import type { OnCounted, Tally, Traffic, TrafficName } from './traffic.ts'

type PromClient = typeof promClient

/** What a scrape reads of a collector. */
export interface MetricsSource {
  totals: () => Readonly<Totals>
  traffic: () => Traffic
  sessions: Iterable<{ isGone: boolean; hello: TrafficName }>
  outputs: () => readonly ReportedOutput[]
  /** attempts to write the journal that have failed */
  journalErrors: () => number
  /** the stream that a writer reads; undefined where there is none */
  source?: () => { stream: string; trouble: Error | undefined } | undefined
}

interface ReportedOutput {
  file: string
  writtenRecords: number
  writeErrors: number
  pendingBytes: number
  openFiles: number
  trouble: Error | undefined
}

/** A value and its labels. */
type Add = (labels: Record<string, string>, value: number) => void

/** The upper limits of what `zmq_pub_lag_seconds` tells apart. Unit: s */
const lagBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600]

/** The metrics with the labels `app` and `host`, by what they count. */
const countedByName = {
  records: { name: 'zmq_pub_received_records_total', help: 'New records received.' },
  bytes: { name: 'zmq_pub_received_bytes_total', help: 'Bytes of the new records received.' },
  missingRecords: {
    name: 'zmq_pub_gap_records_total',
    help: 'Records that an app has dropped, which are missing in the log.'
  }
} as const satisfies Partial<Record<keyof Tally, object>>

/** Loads prom-client, which only collectors with metrics need. @throws ERR_ZMQ_PUB_OPTION where it isn't installed */
export async function loadPromClient(): Promise<PromClient> {
  // By catch, so that a bundler may leave it out.
  return import('prom-client').catch((error: unknown) => {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      'metrics needs the package prom-client, which is not installed here; install it beside zmq-pub: npm install prom-client',
      { cause: error }
    )
  })
}

/**
 * The numbers that Prometheus reads. All but the lag are taken from the collector's counters when Prometheus asks, so
 * that they cost nothing in between. docs/metrics.md lists them.
 */
export class Metrics {
  readonly #client: PromClient
  readonly #source: MetricsSource
  readonly #registry: Registry
  readonly #byName: [keyof Tally, Counter<'app' | 'host'>][]
  readonly #labels = new MetricLabels(labels => {
    for (const [, counter] of this.#byName) counter.remove(labels)
  })
  readonly #lag: Histogram
  /** as of the present scrape */
  #outputs: readonly ReportedOutput[] = []

  constructor(client: PromClient, source: MetricsSource) {
    this.#client = client
    this.#source = source
    this.#registry = new client.Registry()
    const registers = [this.#registry]
    this.#byName = Object.entries(countedByName).map(([key, { name, help }]) => [
      key as keyof Tally,
      new client.Counter({ name, help, labelNames: ['app', 'host'], registers })
    ])
    this.#addSenders()
    this.#addOutputs()
    this.#addTotals()
    this.#lag = new client.Histogram({
      name: 'zmq_pub_lag_seconds',
      help: 'Age of records when they are written: of one record in each round of receiving.',
      buckets: lagBuckets,
      registers
    })
    this.#addProcess()
  }

  /** Of what `render` returns. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** All numbers in the format of Prometheus. */
  render(): Promise<string> {
    this.#source.traffic().settle()
    this.#outputs = this.#source.outputs()
    return this.#registry.metrics()
  }

  /** A record was written. @param lagMs its age */
  observeLag(lagMs: number): void {
    this.#lag.observe(lagMs / 1000)
  }

  /** To be called by `Traffic`. */
  readonly onCounted: OnCounted = (name, counted) => {
    const labels = name ? this.#labels.use(name, performance.now()) : otherLabels
    for (const [key, counter] of this.#byName) counter.inc(labels, counted[key])
  }

  #addSenders(): void {
    this.#addGauge('zmq_pub_senders', 'Connected senders.', ['app', 'host'], add => {
      const senders = new Map<TrafficName, number>()
      for (const { isGone, hello } of this.#source.sessions) {
        if (isGone) continue
        const labels = this.#labels.find(hello)
        senders.set(labels, (senders.get(labels) ?? 0) + 1)
      }
      for (const labels of this.#labels) add({ ...labels }, senders.get(labels) ?? 0)
      add({ ...otherLabels }, senders.get(otherLabels) ?? 0)
    })
  }

  #addOutputs(): void {
    const each = (add: Add, toValue: (output: ReportedOutput) => number): void => {
      for (const output of this.#outputs) add({ output: output.file }, toValue(output))
    }
    const labelNames = ['output']
    this.#addCounter(
      'zmq_pub_written_records_total',
      'Records that are in the files of an output.',
      labelNames,
      add => each(add, ({ writtenRecords }) => writtenRecords)
    )
    this.#addCounter(
      'zmq_pub_write_errors_total',
      'Attempts to write that have failed; they are repeated.',
      labelNames,
      add => {
        each(add, ({ writeErrors }) => writeErrors)
        add({ output: 'journal' }, this.#source.journalErrors())
      }
    )
    this.#addGauge(
      'zmq_pub_pending_bytes',
      'Bytes accepted and not written yet.',
      labelNames,
      add => each(add, ({ pendingBytes }) => pendingBytes)
    )
    this.#addGauge('zmq_pub_open_files', 'Files that are open for writing.', labelNames, add =>
      each(add, ({ openFiles }) => openFiles)
    )
    this.#addGauge('zmq_pub_source_up', '1 if the stream can be read, else 0.', ['stream'], add => {
      const source = this.#source.source?.()
      if (source) add({ stream: source.stream }, source.trouble ? 0 : 1)
    })
    this.#addGauge('zmq_pub_output_up', '1 if an output can be written, else 0.', labelNames, add =>
      each(add, ({ trouble }) => (trouble ? 0 : 1))
    )
  }

  #addTotals(): void {
    const single = (name: string, help: string, key: keyof Totals): void =>
      this.#addCounter(name, help, [], add => add({}, this.#source.totals()[key]))
    single(
      'zmq_pub_duplicate_records_total',
      'Records received again, and not written again.',
      'duplicateRecords'
    )
    single(
      'zmq_pub_deferred_batches_total',
      'Batches not accepted because too much waited to be written; they are sent again.',
      'deferredBatches'
    )
    single(
      'zmq_pub_rejected_clients_total',
      'Connections refused because of their key.',
      'refusedClients'
    )
    this.#addCounter(
      'zmq_pub_rejected_messages_total',
      'Messages refused: because of their key, or of their format.',
      ['reason'],
      add => {
        const totals = this.#source.totals()
        add({ reason: 'key' }, totals.refusedMessages)
        add({ reason: 'format' }, totals.badMessages)
      }
    )
    this.#addCounter(
      'zmq_pub_discarded_records_total',
      'Records received, and not written: too many waited for an output, or it failed.',
      ['reason'],
      add => {
        const totals = this.#source.totals()
        add({ reason: 'required_output_full' }, totals.droppedPlainRecords)
        add({ reason: 'optional_output_full' }, totals.droppedOptionalRecords)
        add({ reason: 'output_failed' }, totals.failedRecords)
      }
    )
  }

  /** Names and meanings are those of Prometheus's own libraries. */
  #addProcess(): void {
    this.#addCounter('process_cpu_seconds_total', 'CPU time of the process.', [], add => {
      const { user, system } = process.cpuUsage()
      add({}, (user + system) / 1e6)
    })
    this.#addGauge('process_resident_memory_bytes', 'Memory of the process.', [], add =>
      add({}, process.memoryUsage.rss())
    )
    this.#addGauge('process_start_time_seconds', 'Start of the process, Unix time.', [], add =>
      add({}, performance.timeOrigin / 1000)
    )
    const labels = { version, node_version: process.versions.node }
    this.#addGauge('zmq_pub_build_info', 'Versions, always 1.', Object.keys(labels), add =>
      add(labels, 1)
    )
  }

  #addCounter(name: string, help: string, labelNames: string[], fill: (add: Add) => void): void {
    const counter = new this.#client.Counter({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        counter.reset()
        fill((labels, value) => counter.inc(labels, value))
      }
    })
  }

  #addGauge(name: string, help: string, labelNames: string[], fill: (add: Add) => void): void {
    const gauge = new this.#client.Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        gauge.reset()
        fill((labels, value) => gauge.set(labels, value))
      }
    })
  }
}
