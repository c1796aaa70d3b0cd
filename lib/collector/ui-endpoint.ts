import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { Worker } from 'node:worker_threads'
import { ZmqPubError } from '../errors.ts'
import { isLocalAddress } from '../options/address.ts'
import { explainEndpointError } from '../util/endpoint.ts'
import { parseHostPort, showHostPort, type HostPort } from '../util/host-port.ts'
import { listenAt } from '../util/listen.ts'
import { RestartPace } from '../util/restart-pace.ts'
import { toThreadArguments } from '../util/thread.ts'
import { settlesWithin } from '../util/timeout.ts'
import type { FromViewer, LogSettings, ToViewer, ViewerData } from '../viewer/messages.ts'
import { Snapshots, type SnapshotSource } from './control/snapshot.ts'
import { PageFeed } from './live/page-feed.ts'
import { Watchers } from './live/watchers.ts'
import type { ResolvedCollectorOptions } from './options/collector-options.ts'

/** Of the token in the page's URL. Unit: bytes */
const tokenBytes = 32
/** The thread ends searches and connections by then. Unit: ms */
const closeMs = 1000
/** What the thread may hold: then it ends, and not the collector. Unit: MiB */
export const maxHeapMiB = 512

/** Told what happens to the page. */
export interface UiListener {
  /** Called when it listens. @param isLocal whether only this machine can connect */
  onServing(page: { url: string; isLocal: boolean }): void
  /** Called when the thread has ended by itself, or can't listen any more. It is started again. */
  onFailed(error: Error, restartMs: number): void
  /** Called when somebody has sent a wrong token. */
  onRefused(from: string): void
}

/** What the option `ui` adds to a collector: a thread with the page, and what it gets of the collector. Loaded only where it is given. */
export class UiEndpoint {
  /** the records that it gets */
  readonly live: PageFeed
  readonly #wanted: HostPort
  #port: number
  readonly #data: ViewerData
  readonly #watchers = new Watchers()
  #snapshots: Snapshots | undefined
  #listener: UiListener | undefined
  #worker: Worker | undefined
  readonly #restartPace = new RestartPace()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** Listens; there are no records before `serve`. @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(options: ResolvedCollectorOptions): Promise<UiEndpoint> {
    const endpoint = new UiEndpoint(options)
    await endpoint.#start()
    return endpoint
  }

  private constructor(options: ResolvedCollectorOptions) {
    const { ui, uiName, outputs, timezone, levelKey, messageKey, pinNames } = options
    this.#wanted = parseHostPort(ui) ?? { host: ui, port: 0 }
    this.#port = this.#wanted.port
    const isAppPinned = pinNames.includes('app')
    this.#data = {
      address: ui,
      names: uiName,
      token: randomBytes(tokenBytes).toString('base64url'),
      outputs,
      timezone,
      levelKey,
      messageKey,
      isAppPinned
    }
    this.live = new PageFeed({
      watchers: this.#watchers,
      post: post => this.#post({ kind: 'live', ...post }, [post.bytes]),
      isAppPinned
    })
  }

  /** Where it listens, with the actual port. */
  get address(): string {
    return showHostPort({ host: this.#wanted.host, port: this.#port })
  }

  /** Lets browsers see what the collector does, and tells where the page is. */
  serve(source: SnapshotSource, listener: UiListener): void {
    this.#snapshots = new Snapshots(source)
    this.#listener = listener
    listener.onServing({ url: this.#url, isLocal: this.#isLocal })
  }

  /** Shows other logs after a reload. */
  follow({ outputs, timezone }: LogSettings): void {
    Object.assign(this.#data, { outputs, timezone })
    this.#post({ kind: 'logs', outputs, timezone })
  }

  /** Ends all connections and searches. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.live.clear()
    const worker = this.#worker
    if (!worker) return
    const closed = new Promise<void>(resolve => {
      worker.on('message', (message: Partial<FromViewer>) => {
        if (message.isOurs && message.kind === 'closed') resolve()
      })
      worker.once('exit', () => resolve())
    })
    worker.ref()
    this.#post({ kind: 'close' })
    await settlesWithin(closed, closeMs)
    this.#worker = undefined
    await worker.terminate()
  }

  get #isLocal(): boolean {
    return isLocalAddress(`tcp://${this.address}`)
  }

  /** With the token, which the browser sends to nobody but the page. */
  get #url(): string {
    const { host } = this.#wanted
    const isAny = ['*', '0.0.0.0', '::'].includes(host)
    const shown = showHostPort({ host: isAny ? hostname() : host, port: this.#port })
    return `http://${shown}/#token=${this.#data.token}`
  }

  /** Starts the thread. Resolves when it listens. @throws ERR_ZMQ_PUB_ADDRESS */
  async #start(): Promise<void> {
    this.#restartPace.markStarted(performance.now())
    const data: ViewerData = { ...this.#data, address: this.address }
    const worker = new Worker(new URL('../viewer/worker.js', import.meta.url), {
      workerData: data,
      execArgv: toThreadArguments(),
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB }
    })
    this.#worker = worker
    let reason = new Error('the thread of the page has ended')
    worker.on('error', error => (reason = error))
    try {
      await new Promise<void>((resolve, reject) => {
        worker.once('exit', () => reject(reason))
        worker.on('message', (message: Partial<FromViewer>) => {
          if (!message.isOurs || message.kind === undefined) return
          const known = message as FromViewer
          if (known.kind === 'failed')
            reject(toAddressError(this.address, Object.assign(new Error(known.message), known)))
          else if (known.kind === 'listening') {
            this.#port = known.port
            resolve()
          } else if (worker === this.#worker) this.#onMessage(known)
        })
      })
    } catch (error) {
      this.#worker = undefined
      await worker.terminate()
      throw error
    }
    if (this.#isClosed) return void (await worker.terminate())
    worker.unref() // the page alone keeps no process alive
    worker.once('exit', () => {
      if (worker === this.#worker) this.#onEnd(reason)
    })
  }

  #onMessage(message: FromViewer): void {
    switch (message.kind) {
      case 'watch':
        for (const frame of message.frames) this.#watchers.take(Buffer.from(frame))
        this.live.unfiltered = message.unfiltered
        return this.#post({ kind: 'watching' })
      case 'done':
        return this.live.acknowledge(message.bytes)
      case 'snapshot':
        return this.#post({
          kind: 'snapshot',
          text: JSON.stringify(this.#snapshots?.take() ?? null)
        })
      case 'refused':
        return this.#listener?.onRefused(message.from)
      case 'listening':
      case 'failed':
      case 'closed': // handled where they are waited for
    }
  }

  /** A bug, or a lack of memory: the collector continues, and the page is started again after a while. */
  #onEnd(error: Error): void {
    this.#worker = undefined
    this.live.clear()
    const restartMs = this.#restartPace.markEnded(performance.now())
    this.#listener?.onFailed(error, restartMs)
    this.#timer = setTimeout(() => {
      this.#start().then(
        () => this.#listener?.onServing({ url: this.#url, isLocal: this.#isLocal }),
        (again: Error) => this.#isClosed || this.#onEnd(again)
      )
    }, restartMs).unref()
  }

  #post(message: ToViewer, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer)
  }
}

/** What would keep a collector from serving its page, as messages with their codes. An address in use is no problem: see `findStartProblems`. */
export async function findUiProblems(address: string): Promise<string[]> {
  const server = createServer()
  try {
    await listenAt(server, parseHostPort(address) ?? { host: address, port: 0 }, true)
  } catch (error) {
    const isInUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    return isInUse ? [] : [toAddressError(address, error).message]
  } finally {
    server.close()
  }
  return []
}

function toAddressError(address: string, error: unknown): ZmqPubError {
  const explanation = explainEndpointError(`tcp://${address}`, error)
  return new ZmqPubError(
    'ERR_ZMQ_PUB_ADDRESS',
    `cannot serve the page at ${address}: ${explanation}`,
    { cause: error }
  )
}
