import type { Control } from './control/control.ts'
import type { SnapshotSource } from './control/snapshot.ts'
import type { LiveTap } from './live-tap.ts'
import type { MetricsEndpoint } from './metrics-endpoint.ts'
import { openMetrics, openUi } from './optional-parts.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'
import type { Metrics, MetricsSource } from './reporting/metrics.ts'
import type { Reporter } from './reporting/reporter.ts'
import type { UiEndpoint } from './ui-endpoint.ts'

/** Where one can look into a collector: metrics, the page, and the local socket that `top` asks. */
export class Endpoints {
  /** undefined without the option `metrics` */
  readonly #metrics: MetricsEndpoint | undefined
  /** undefined without the option `ui` */
  readonly #ui: UiEndpoint | undefined
  #control: Control | undefined

  /** Listens for metrics and the page, which show nothing yet. @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_ADDRESS */
  static async open(options: ResolvedCollectorOptions): Promise<Endpoints> {
    const metrics = await openMetrics(options.metrics)
    try {
      return new Endpoints(metrics, await openUi(options))
    } catch (error) {
      await metrics?.close()
      throw error
    }
  }

  private constructor(metrics: MetricsEndpoint | undefined, ui: UiEndpoint | undefined) {
    this.#metrics = metrics
    this.#ui = ui
  }

  /** What gets the records that browsers see. */
  get live(): LiveTap | undefined {
    return this.#ui?.live
  }

  /** Shows metrics. @param findTroubles why the collector isn't ready, one sentence each @returns undefined where they aren't asked for */
  serveMetrics(source: MetricsSource, findTroubles: () => string[]): Metrics | undefined {
    return this.#metrics?.serve(source, findTroubles)
  }

  /** Opens the local socket of this journal. */
  async openControl(source: SnapshotSource, reporter: Reporter): Promise<void> {
    // Loaded with the rest, it would need more file descriptors at once.
    const { Control } = await import('./control/control.ts')
    this.#control = new Control(source, {
      onMoved: path => reporter.controlSocketMoved(path),
      onOff: (path, reason) => reporter.controlSocketOff(path, reason)
    })
    await this.#control.follow(source.journalPath())
  }

  /** Shows the page, and says where page and metrics are. */
  servePage(source: SnapshotSource, reporter: Reporter): void {
    if (this.#metrics) {
      this.#metrics.onFailed = (error, restartMs) => reporter.metricsFailed(error, restartMs)
      reporter.servingMetrics(this.#metrics)
    }
    this.#ui?.serve(source, {
      onServing: page => reporter.servingPage(page),
      onFailed: (error, restartMs) => reporter.pageFailed(error, restartMs),
      onRefused: from => reporter.pageRefused(from)
    })
  }

  /** Shows other logs after a reload. */
  follow(options: ResolvedCollectorOptions, journalPath: string): void {
    this.#ui?.follow(options)
    void this.#control?.follow(journalPath)
  }

  /** Ends the page: its searches would delay the end of the collector. */
  async closePage(): Promise<void> {
    await this.#ui?.close()
  }

  async close(): Promise<void> {
    this.#control?.close()
    await Promise.all([this.#metrics?.close(), this.#ui?.close()])
  }
}
