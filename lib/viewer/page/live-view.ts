import { html, nothing } from 'lit'
import { navigate } from './events.ts'
import { LightElement } from './light-element.ts'
import { LiveConnection, type ConnectionState } from './live-connection.ts'
import type { LineList } from './line-list.ts'
import { Arrivals, type Arrival } from './model/arrivals.ts'
import { isEmpty, noFilters, type Filters } from './model/filters.ts'
import { showTime } from './model/clock.ts'
import { parseLine, type Line } from './model/line.ts'
import { LiveLines } from './model/live-lines.ts'
import { onPageKeys } from './page-keys.ts'
import { saveLines } from './save-lines.ts'
import { showCount } from '../../top/text.ts'

/** How often the counts are drawn while nothing comes. Unit: ms */
const clockMs = 1000

/** Lines as they arrive. */
export class LiveView extends LightElement {
  static override properties = {
    filters: { attribute: false },
    state: { state: true },
    refusal: { state: true },
    opened: { state: true }
  }
  declare filters: Filters
  declare state: ConnectionState
  /** why the collector refuses the stream, '' where it doesn't */
  declare refusal: string
  declare opened: Line | undefined

  #lines = new LiveLines()
  #arrivals = new Arrivals(performance.now())
  #connection: LiveConnection | undefined
  #clock: ReturnType<typeof setInterval> | undefined
  /** lines that were not kept while the view was paused */
  #skipped = 0

  constructor() {
    super()
    this.filters = noFilters
    this.state = 'connecting'
    this.refusal = ''
    this.opened = undefined
    onPageKeys(this, { ' ': () => this.#togglePause(), Escape: () => this.#close() })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#clock = setInterval(() => this.requestUpdate(), clockMs)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#clock)
    this.#connection?.close()
    this.#connection = undefined
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('filters') && this.#connection) return
    this.#connection?.close()
    this.#lines = new LiveLines()
    this.#arrivals = new Arrivals(performance.now())
    this.#skipped = 0
    this.opened = undefined
    this.#list?.unselect()
    this.#list?.showEnd()
    this.#connection = new LiveConnection(this.filters, {
      onLines: (lines, arrival) => this.#receive(lines, arrival),
      onState: state => {
        this.state = state
        if (state !== 'lost') this.refusal = ''
      },
      onRefused: reason => {
        this.refusal = reason
      },
      onGap: sinceMs => this.#lines.add([toGapLine(sinceMs, Date.now())])
    })
  }

  protected override render(): unknown {
    const { isPaused, waiting } = this.#lines
    const pauseName = isPaused ? 'Resume' : 'Pause'
    return html`<div class="toolbar">
        <button aria-pressed=${isPaused} @click=${this.#togglePause}>${pauseName}</button>
        <span class="status is-${this.state}" role="status">${this.#describeState()}</span>
        <span class="counts">${this.#describeCounts()}</span>
        <span class="space"></span>
        <button class="quiet" @click=${this.#clear}>Clear</button>
        <button class="quiet" @click=${this.#download}>Download</button>
      </div>
      <div class="split">
        <div class="list-frame">
          <line-list
            .source=${this.#lines}
            .wanted=${this.filters.texts}
            .label=${'Live records'}
            @open-line=${this.#open}
            @follow=${this.#onFollow}
          ></line-list>
          ${this.#lines.count === 0 ? this.#describeEmpty() : nothing}
          ${
            isPaused && waiting > 0
              ? html`<button class="newer" @click=${this.#togglePause}>
                  ${showCount(waiting)} new ${waiting === 1 ? 'line' : 'lines'} ↓
                </button>`
              : nothing
          }
        </div>
        ${
          this.opened
            ? html`<record-panel .line=${this.opened} @close-line=${this.#close}></record-panel>`
            : nothing
        }
      </div>`
  }

  get #list(): LineList | null {
    return this.querySelector('line-list')
  }

  #describeState(): string {
    if (this.refusal !== '') return `${this.refusal}; trying again…`
    if (this.state === 'lost') return 'connection lost, trying again…'
    if (this.state === 'connecting') return 'connecting…'
    return this.#lines.isPaused ? 'paused' : 'live'
  }

  /** "n of m lines": whether all lines are shown. */
  #describeCounts(): string {
    const { shownPerSecond, totalPerSecond, shown, total, dropped, isEstimate } =
      this.#arrivals.summarize(performance.now())
    const about = isEstimate ? 'about ' : ''
    const isSampled = shownPerSecond < totalPerSecond
    const counts = [
      `${isSampled ? `${showCount(shownPerSecond)} of ${about}` : ''}${showCount(totalPerSecond)} lines/s`
    ]
    if (shown < total) counts.push(`${showCount(shown)} of ${showCount(total)} lines were shown`)
    if (dropped > 0) counts.push(`${showCount(dropped)} lines not sent: this browser is too slow`)
    if (this.#skipped > 0) counts.push(`${showCount(this.#skipped)} lines not kept while paused`)
    return counts.join(' · ')
  }

  #describeEmpty(): unknown {
    if (this.state !== 'open') return nothing
    return html`<p class="empty">
      ${
        !isEmpty(this.filters)
          ? 'No record has matched the filters yet. A new filter starts an empty list.'
          : 'No record has arrived yet. Records appear here when an app logs.'
      }
      <button class="link" @click=${this.#showHistory}>Show earlier records in the history</button>
    </p>`
  }

  #receive(lines: Line[], arrival: Arrival): void {
    this.#arrivals.add(arrival, performance.now())
    this.#lines.add(lines)
    this.#list?.refresh()
    this.requestUpdate()
  }

  readonly #togglePause = (): void => {
    if (this.#lines.isPaused) {
      this.#skipped += this.#lines.resume()
      this.#list?.unselect() // its row moves
      this.#list?.showEnd()
    } else {
      this.#lines.pause()
    }
    this.requestUpdate()
  }

  /** Who scrolls back wants to read: the view stays until the end is in view again. */
  readonly #onFollow = (event: CustomEvent<boolean>): void => {
    if (!event.detail) this.#lines.pause()
    else if (!this.opened) this.#skipped += this.#lines.resume()
    this.requestUpdate()
  }

  readonly #open = (event: CustomEvent<Line>): void => {
    this.#lines.pause()
    this.opened = event.detail
  }

  readonly #close = (): void => {
    this.opened = undefined
    this.#list?.unselect()
  }

  readonly #clear = (): void => {
    this.#lines.clear()
    this.#close()
    this.#list?.showEnd()
  }

  readonly #showHistory = (): void => navigate(this, { view: 'history' })

  readonly #download = (): void => saveLines(this.#lines.list())
}

/** A row that says what is missing between the rows around it. */
function toGapLine(sinceMs: number, now: number): Line {
  const message = `the connection was lost at ${showTime(sinceMs, false)}: the history has the records since then`
  const line = { level: 40, time: now, name: 'zmq-pub page', msg: message }
  return parseLine(JSON.stringify(line))
}

declare global {
  interface HTMLElementTagNameMap {
    'live-view': LiveView
  }
}
