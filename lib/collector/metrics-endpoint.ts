import { Worker } from 'node:worker_threads'
import { toMessage } from '../errors.ts'
import { RestartPace } from '../util/restart-pace.ts'
import { toThreadArguments } from '../util/thread.ts'
import type {
  FromMetricsThread,
  MetricsThreadData,
  Question,
  ToMetricsThread
} from './reporting/metrics-messages.ts'
import { loadPromClient, Metrics, type MetricsSource } from './reporting/metrics.ts'
import { MetricsServer, toAddressError } from './reporting/metrics-server.ts'

/** What the thread may hold: then it ends, and not the collector. Unit: MiB */
export const maxMetricsHeapMiB = 64

/** What the option `metrics` adds to a collector: its numbers, and a thread that serves them. Loaded only where it is given. */
export class MetricsEndpoint {
  readonly #client: Awaited<ReturnType<typeof loadPromClient>>
  /** where it listens, with the actual port */
  #address: string
  #isLocal = false
  #worker: Worker | undefined
  #metrics: Metrics | undefined
  #findTroubles: () => string[] = () => ['starting']
  #timer: NodeJS.Timeout | undefined
  readonly #restartPace = new RestartPace()
  #isClosed = false
  /** Called when the thread has ended by itself. It is started again. */
  onFailed: (error: Error, restartMs: number) => void = () => undefined

  /** Listens; the server says that the collector is starting. @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_ADDRESS */
  static async open(address: string): Promise<MetricsEndpoint> {
    const endpoint = new MetricsEndpoint(await loadPromClient(), address)
    await endpoint.#start()
    return endpoint
  }

  private constructor(client: Awaited<ReturnType<typeof loadPromClient>>, address: string) {
    this.#client = client
    this.#address = address
  }

  /** Where it listens, with the actual port. */
  get address(): string {
    return this.#address
  }

  /** Whether only this machine can connect. */
  get isLocal(): boolean {
    return this.#isLocal
  }

  /** Serves the numbers of a collector. @param findTroubles why it isn't ready, one sentence each */
  serve(source: MetricsSource, findTroubles: () => string[]): Metrics {
    this.#metrics = new Metrics(this.#client, source)
    this.#findTroubles = findTroubles
    this.#post({ kind: 'serve', contentType: this.#metrics.contentType })
    return this.#metrics
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  /** Starts the thread. Resolves when it listens. @throws ERR_ZMQ_PUB_ADDRESS */
  async #start(): Promise<void> {
    this.#restartPace.markStarted(performance.now())
    const data: MetricsThreadData = { address: this.#address }
    const worker = new Worker(new URL('metrics-worker.js', import.meta.url), {
      workerData: data,
      execArgv: toThreadArguments(),
      resourceLimits: { maxOldGenerationSizeMb: maxMetricsHeapMiB }
    })
    this.#worker = worker
    let reason = new Error('the thread of the metrics has ended')
    worker.on('error', error => (reason = error))
    try {
      await new Promise<void>((resolve, reject) => {
        worker.once('exit', () => reject(reason))
        worker.on('message', (message: Partial<FromMetricsThread>) => {
          if (!message.isOurs || message.kind === undefined) return
          const known = message as FromMetricsThread
          if (known.kind === 'failed')
            reject(toAddressError(this.#address, Object.assign(new Error(known.message), known)))
          else if (known.kind === 'ask') void this.#answer(known.question)
          else {
            this.#address = known.address
            this.#isLocal = known.isLocal
            resolve()
          }
        })
      })
    } catch (error) {
      this.#worker = undefined
      await worker.terminate()
      throw error
    }
    if (this.#isClosed) return void (await worker.terminate())
    worker.unref() // metrics alone keep no process alive
    worker.once('exit', () => {
      if (worker === this.#worker) this.#restart(reason)
    })
    if (this.#metrics) this.#post({ kind: 'serve', contentType: this.#metrics.contentType })
  }

  /** A bug, or a lack of memory: the collector goes on, and the metrics are there again soon. */
  #restart(error: Error): void {
    this.#worker = undefined
    const restartMs = this.#restartPace.markEnded(performance.now())
    this.onFailed(error, restartMs)
    this.#timer = setTimeout(() => {
      this.#start().catch((again: Error) => this.#isClosed || this.#restart(again))
    }, restartMs).unref()
  }

  async #answer(question: Question): Promise<void> {
    if (question === 'troubles') {
      return this.#post({ kind: 'troubles', troubles: this.#findTroubles() })
    }
    try {
      this.#post({ kind: 'numbers', text: (await this.#metrics?.render()) ?? '' })
    } catch (error) {
      this.#post({ kind: 'failed', message: toMessage(error) })
    }
  }

  #post(message: ToMetricsThread): void {
    this.#worker?.postMessage(message)
  }
}

/** What would keep a collector from serving metrics, as messages with their codes. An address in use is no problem: see `findStartProblems`. */
export async function findMetricsProblems(address: string): Promise<string[]> {
  try {
    await loadPromClient()
    const server = await MetricsServer.open(address)
    await server.close()
  } catch (error) {
    const { cause } = error as Error & { cause?: NodeJS.ErrnoException }
    if (cause?.code !== 'EADDRINUSE') return [toMessage(error)]
  }
  return []
}
