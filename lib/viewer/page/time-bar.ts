import { html, nothing } from 'lit'
import { live } from 'lit/directives/live.js'
import type { LogOutput } from './api.ts'
import { navigate } from './events.ts'
import { LightElement } from './light-element.ts'
import { parseInputValue, toInputValue } from './model/clock.ts'
import { showText } from './model/show-text.ts'
import { defaultRange, usualRanges, type Interval, type TimeRange } from './model/time-range.ts'

/** Which time, and which log, the history shows. */
export class TimeBar extends LightElement {
  static override properties = {
    range: { attribute: false },
    interval: { attribute: false },
    output: { attribute: false },
    outputs: { attribute: false },
    download: { attribute: false },
    refused: { state: true }
  }
  declare range: TimeRange
  declare interval: Interval
  declare output: number | undefined
  declare outputs: readonly LogOutput[]
  /** address of the download */
  declare download: string
  /** what was chosen last, where it ends before it begins */
  declare refused: Interval | undefined

  constructor() {
    super()
    this.range = defaultRange
    this.interval = { sinceMs: 0, untilMs: 1 }
    this.output = undefined
    this.outputs = []
    this.download = ''
    this.refused = undefined
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('range')) this.refused = undefined
  }

  protected override render(): unknown {
    const { range } = this
    const interval = this.refused ?? this.interval
    const lastMs = 'lastMs' in range ? range.lastMs : 0
    const isUsual = usualRanges.some(([, ms]) => ms === lastMs)
    return html`<div class="toolbar">
        <select aria-label="Time" @change=${this.#onRange}>
          ${usualRanges.map(
            ([name, ms]) =>
              html`<option value=${ms} .selected=${live(ms === lastMs)}>${name}</option>`
          )}
          ${isUsual ? nothing : html`<option value="0" .selected=${live(true)}>Chosen time</option>`}
        </select>
        ${this.#showInput('From', interval.sinceMs, ms => ({ ...interval, sinceMs: ms }))}
        ${this.#showInput('Until', interval.untilMs, ms => ({ ...interval, untilMs: ms }))}
        <button class="quiet" title="Search again (r)" @click=${this.#refresh}>Refresh</button>
        ${this.outputs.length > 1 ? this.#showOutputs() : nothing}
        <span class="space"></span>
        <a class="button quiet" href=${this.download} download>Download</a>
      </div>
      ${
        this.refused
          ? html`<p class="trouble" role="alert">Until must be later than From.</p>`
          : nothing
      }`
  }

  #showInput(label: string, ms: number, change: (ms: number) => Interval): unknown {
    const onChange = (event: Event): void => {
      const given = parseInputValue((event.target as HTMLInputElement).value)
      const range = change(given)
      if (Number.isNaN(given)) return this.requestUpdate() // an empty field: as it was
      this.refused = range.sinceMs < range.untilMs ? undefined : range
      if (!this.refused) navigate(this, { range })
    }
    return html`<label class="time-input"
      ><span class="dim">${label}</span>
      <input type="datetime-local" step="1" .value=${live(toInputValue(ms))} @change=${onChange} />
    </label>`
  }

  #showOutputs(): unknown {
    return html`<select aria-label="Log" class="log" @change=${this.#onOutput}>
      ${this.outputs.map(
        ({ output, file, isDefault }) =>
          html`<option
            value=${output}
            .selected=${live(this.output === undefined ? isDefault : output === this.output)}
          >
            ${showText(file, 80)}
          </option>`
      )}
    </select>`
  }

  readonly #onRange = (event: Event): void => {
    const lastMs = Number((event.target as HTMLSelectElement).value)
    if (lastMs > 0) navigate(this, { range: { lastMs } })
  }

  readonly #onOutput = (event: Event): void => {
    navigate(this, { output: Number((event.target as HTMLSelectElement).value) })
  }

  readonly #refresh = (): void => {
    this.dispatchEvent(new Event('refresh'))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'time-bar': TimeBar
  }
}
