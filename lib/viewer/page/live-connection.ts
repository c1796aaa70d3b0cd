/** The stream of live records. A lost connection is opened again until it works. */
import { parseObject } from '../../util/object.ts'
import { findRefusal } from './api.ts'
import type { Arrival } from './model/arrivals.ts'
import { addFilters, type Filters } from './model/filters.ts'
import { parseLine, type Line } from './model/line.ts'

export type ConnectionState = 'connecting' | 'open' | 'lost'

export interface LiveListener {
  onLines: (lines: Line[], arrival: Arrival) => void
  onState: (state: ConnectionState) => void
  /** The collector refuses the stream, and says why; '' where it doesn't. It is asked again. */
  onRefused: (reason: string) => void
  /** The connection was lost at this time, and works again. Unit: ms since the epoch */
  onGap: (sinceMs: number) => void
}

/** Unit: ms */
const retryMs = 2000

export class LiveConnection {
  readonly #path: string
  readonly #listener: LiveListener
  #source: EventSource | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(filters: Filters, listener: LiveListener) {
    const params = new URLSearchParams()
    addFilters(params, filters)
    this.#path = `/api/live?${params}`
    this.#listener = listener
    listener.onState('connecting')
    this.#open()
  }

  close(): void {
    this.#isClosed = true
    this.#source?.close()
    clearTimeout(this.#timer)
  }

  #open(): void {
    const source = new EventSource(this.#path)
    this.#source = source
    source.addEventListener('open', () => this.#listener.onState('open'))
    source.addEventListener('records', event => this.#receive(event.data as string))
    source.addEventListener('start', event => {
      const { missedSinceMs } = parseObject(event.data as string) ?? {}
      if (typeof missedSinceMs === 'number') this.#listener.onGap(missedSinceMs)
    })
    source.addEventListener('error', () => {
      this.#listener.onState('lost')
      // After an answer such as 401 or 429 the browser doesn't try again, and doesn't say which it was.
      if (source.readyState === EventSource.CLOSED) void this.#openAgain()
    })
  }

  async #openAgain(): Promise<void> {
    // A session that has ended is noticed here.
    const reason = await findRefusal(this.#path)
    if (this.#isClosed) return
    this.#listener.onRefused(reason)
    this.#timer = setTimeout(() => this.#open(), retryMs)
  }

  #receive(data: string): void {
    const { lines, shown, total, dropped, isEstimate } = parseObject(data) ?? {}
    const texts = Array.isArray(lines) ? lines.filter(text => typeof text === 'string') : []
    this.#listener.onLines(
      texts.map(text => parseLine(text)),
      {
        shown: toCount(shown, texts.length),
        total: toCount(total, texts.length),
        dropped: toCount(dropped, 0),
        isEstimate: isEstimate === true
      }
    )
  }
}

function toCount(given: unknown, otherwise: number): number {
  return typeof given === 'number' && given >= 0 ? given : otherwise
}
