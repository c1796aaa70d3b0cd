import { html, nothing } from 'lit'
import { showCount } from '../../top/text.ts'
import { loadHistogram, loadLines, toDownload, type HistoryQuery, type LogOutput } from './api.ts'
import { navigate } from './events.ts'
import { LightElement } from './light-element.ts'
import type { LineList } from './line-list.ts'
import { defaultRange, alignInterval, chooseBucketMs, toInterval } from './model/time-range.ts'
import type { Interval, TimeRange } from './model/time-range.ts'
import { noFilters, type Filters } from './model/filters.ts'
import type { Histogram } from './model/histogram.ts'
import { HistoryList } from './model/history-list.ts'
import type { Line } from './model/line.ts'
import { showText } from './model/show-text.ts'
import { onPageKeys } from './page-keys.ts'

/** Buckets of the chart. */
const maxBuckets = 200
/** From this length on, rows have a date. Unit: ms */
const dayMs = 86_400_000

/** The records in the files. */
export class HistoryView extends LightElement {
  static override properties = {
    filters: { attribute: false },
    range: { attribute: false },
    output: { attribute: false },
    outputs: { attribute: false },
    histogram: { state: true },
    progress: { state: true },
    trouble: { state: true },
    opened: { state: true }
  }
  declare filters: Filters
  declare range: TimeRange
  declare output: number | undefined
  declare outputs: readonly LogOutput[]
  declare histogram: Histogram | undefined
  /** of the search for the chart, from 0 to 1; undefined where there is none */
  declare progress: number | undefined
  declare trouble: string | undefined
  declare opened: Line | undefined

  #interval: Interval = { sinceMs: 0, untilMs: 1 }
  #list: HistoryList | undefined
  #search: AbortController | undefined

  constructor() {
    super()
    this.filters = noFilters
    this.range = defaultRange
    this.output = undefined
    this.outputs = []
    this.histogram = undefined
    this.progress = undefined
    this.trouble = undefined
    this.opened = undefined
    onPageKeys(this, { Escape: () => this.#close(), r: () => this.#load() })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#search?.abort()
    this.#list?.close()
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('filters') || changed.has('range') || changed.has('output')) this.#load()
  }

  protected override render(): unknown {
    return html`<time-bar
        .range=${this.range}
        .interval=${this.#interval}
        .output=${this.output}
        .outputs=${this.outputs}
        .download=${toDownload(this.#query, this.#interval)}
        @refresh=${this.#load}
      ></time-bar>
      <p class="summary" role="status">${this.#describe()}</p>
      ${
        this.progress === undefined
          ? nothing
          : html`<progress max="1" .value=${this.progress} aria-label="Search"></progress>`
      }
      ${
        this.trouble === undefined
          ? nothing
          : html`<p class="trouble" role="alert">
              The search failed: ${this.trouble} <button @click=${this.#retry}>Try again</button>
            </p>`
      }
      ${this.#describeTroubles()}
      ${
        this.histogram
          ? html`<histogram-chart
              .histogram=${this.histogram}
              .interval=${this.#interval}
              @choose=${this.#choose}
            ></histogram-chart>`
          : nothing
      }
      <div class="split">
        <div class="list-frame">
          <line-list
            .source=${this.#list ?? nothingFound}
            .wanted=${this.filters.texts}
            .hasDate=${this.#interval.untilMs - this.#interval.sinceMs > dayMs}
            .label=${'Records of the chosen time'}
            @open-line=${this.#open}
            @rows-in-view=${this.#onRows}
          ></line-list>
          ${this.histogram?.total === 0 ? this.#describeEmpty() : nothing}
        </div>
        ${
          this.opened
            ? html`<record-panel .line=${this.opened} @close-line=${this.#close}></record-panel>`
            : nothing
        }
      </div>`
  }

  get #query(): HistoryQuery {
    const { filters, output, outputs } = this
    const isShown = (each: LogOutput): boolean =>
      output === undefined ? each.isDefault : each.output === output
    return { filters, output, keys: outputs.find(isShown) }
  }

  get #rows(): LineList | null {
    return this.querySelector('line-list')
  }

  #describe(): string {
    if (!this.histogram) return this.progress === undefined ? '' : 'searching…'
    const { total, withoutTime } = this.histogram
    const lines = `${showCount(total)} ${total === 1 ? 'line' : 'lines'}`
    return withoutTime > 0 ? `${lines}, and ${showCount(withoutTime)} without a time` : lines
  }

  /** What the search could not read. */
  #describeTroubles(): unknown {
    const troubles = this.histogram?.troubles ?? []
    if (troubles.length === 0) return nothing
    const [first = ''] = troubles
    const more = troubles.length > 1 ? ` (and ${troubles.length - 1} more)` : ''
    return html`<p class="trouble" role="alert">
      Some records are missing here: ${showText(first, 300)}${more}
    </p>`
  }

  #describeEmpty(): unknown {
    return html`<p class="empty">
      No record of this time matches. Choose a longer time, or fewer filters.
    </p>`
  }

  readonly #load = (): void => {
    this.#search?.abort()
    this.#list?.close()
    const search = new AbortController()
    this.#search = search
    const wanted = toInterval(this.range, Date.now())
    const bucketMs = chooseBucketMs(wanted, maxBuckets)
    this.#interval = alignInterval(wanted, bucketMs)
    this.progress = 0
    this.trouble = undefined
    this.histogram = undefined
    this.#list = undefined
    this.#close()
    void this.#run(this.#query, this.#interval, bucketMs, search.signal)
  }

  async #run(
    query: HistoryQuery,
    interval: Interval,
    bucketMs: number,
    signal: AbortSignal
  ): Promise<void> {
    try {
      const buckets = Math.round((interval.untilMs - interval.sinceMs) / bucketMs)
      const histogram = await loadHistogram(query, interval, buckets, signal, progress => {
        this.progress = progress
      })
      if (signal.aborted) return
      this.#list = new HistoryList(histogram, interval.untilMs, this.#toSource(query), change => {
        this.trouble = this.#list?.trouble
        this.#rows?.shift(change.row, change.added)
      })
      this.histogram = histogram
      this.#rows?.showEnd()
    } catch (error) {
      if (signal.aborted) return
      this.trouble = (error as Error).message
    }
    this.progress = undefined
  }

  #toSource(query: HistoryQuery) {
    return {
      loadLines: (interval: Interval, limit: number, signal: AbortSignal) =>
        loadLines(query, interval, limit, signal),
      loadHistogram: (interval: Interval, buckets: number, signal: AbortSignal) =>
        loadHistogram(query, interval, buckets, signal)
    }
  }

  readonly #retry = (): void => {
    if (!this.#list) return this.#load()
    this.#list.retry()
    this.trouble = undefined
    this.#rows?.refresh()
  }

  readonly #onRows = (event: CustomEvent<{ first: number; last: number }>): void => {
    this.#list?.show(event.detail.first, event.detail.last)
  }

  readonly #choose = (event: CustomEvent<Interval>): void => navigate(this, { range: event.detail })

  readonly #open = (event: CustomEvent<Line>): void => {
    this.opened = event.detail
  }

  readonly #close = (): void => {
    this.opened = undefined
    this.#rows?.unselect()
  }
}

const nothingFound = { count: 0, rowAt: () => undefined }

declare global {
  interface HTMLElementTagNameMap {
    'history-view': HistoryView
  }
}
