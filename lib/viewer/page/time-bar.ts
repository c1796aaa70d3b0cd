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
    download: { attribute: false }
  }
  declare range: TimeRange
  declare interval: Interval
  declare output: number | undefined
  declare outputs: readonly LogOutput[]
  /** address of the download */
  declare download: string

  constructor() {
    super()
    this.range = defaultRange
    this.interval = { sinceMs: 0, untilMs: 1 }
    this.output = undefined
    this.outputs = []
    this.download = ''
  }

  protected override render(): unknown {
    const { range, interval } = this
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
    </div>`
  }

  #showInput(label: string, ms: number, change: (ms: number) => Interval): unknown {
    const onChange = (event: Event): void => {
      const given = parseInputValue((event.target as HTMLInputElement).value)
      const range = change(given)
      if (range.sinceMs < range.untilMs) navigate(this, { range })
      else this.requestUpdate()
    }
    return html`<label class="time-input"
      ><span class="dim">${label}</span>
      <input type="datetime-local" step="1" .value=${live(toInputValue(ms))} @change=${onChange} />
    </label>`
  }

  #showOutputs(): unknown {
    return html`<select aria-label="Log" class="log" @change=${this.#onOutput}>
      ${this.outputs.map(
        ({ output, file }) =>
          html`<option value=${output} .selected=${live(output === this.output)}>
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
