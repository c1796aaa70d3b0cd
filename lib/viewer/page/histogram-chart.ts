import { html, type PropertyValues } from 'lit'
import uPlot from 'uplot'
import { showCount } from '../../top/text.ts'
import { LightElement } from './light-element.ts'
import { countByLevel, shownLevels, stack, sum, type Histogram } from './model/histogram.ts'
import { showMark } from './model/clock.ts'
import { levelNameOf } from './model/line.ts'
import type { Interval } from './model/time-range.ts'

/** Unit: px */
const heightPx = 96

/** Lines by time and level, in which one drags a range. */
export class HistogramChart extends LightElement {
  static override properties = { histogram: { attribute: false }, interval: { attribute: false } }
  declare histogram: Histogram
  declare interval: Interval

  #chart: uPlot | undefined
  readonly #resizes = new ResizeObserver(() => this.#resize())
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)')

  override connectedCallback(): void {
    super.connectedCallback()
    this.#scheme.addEventListener('change', this.#onScheme)
    window.addEventListener('theme', this.#onScheme)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#scheme.removeEventListener('change', this.#onScheme)
    window.removeEventListener('theme', this.#onScheme)
    this.#resizes.disconnect()
    this.#chart?.destroy()
    this.#chart = undefined
  }

  protected override render(): unknown {
    const byLevel = countByLevel(this.histogram)
    const counts = shownLevels.map(level => [level, sum(byLevel.get(level) ?? [])] as const)
    const known = counts.filter(([, count]) => count > 0)
    return html`<div class="chart" role="img" aria-label=${describe(known)}></div>
      <p class="legend">
        ${known.map(
          ([level, count]) =>
            html`<span class="key is-${levelNameOf(level)}"
              >${levelNameOf(level)} <b>${showCount(count)}</b></span
            >`
        )}
        <span class="hint dim">Drag in the chart to choose a time.</span>
      </p>`
  }

  protected override firstUpdated(): void {
    this.#resizes.observe(this)
  }

  protected override updated(_changed: PropertyValues): void {
    this.#draw()
  }

  readonly #onScheme = (): void => this.requestUpdate()

  #resize(): void {
    const width = this.querySelector('.chart')?.clientWidth ?? 0
    if (this.#chart && width > 0 && width !== this.#chart.width) {
      this.#chart.setSize({ width, height: heightPx })
    }
  }

  #draw(): void {
    this.#chart?.destroy()
    const frame = this.querySelector<HTMLElement>('.chart')
    if (!frame) return
    const { sinceMs, bucketMs } = this.histogram
    const stacked = stack(countByLevel(this.histogram))
    // The tallest bars are drawn first, and the others in front of them.
    const levels = shownLevels.toReversed()
    const times = (stacked.get(60) ?? []).map((_, index) => sinceMs + (index + 0.5) * bucketMs)
    const tops = levels.map(level => stacked.get(level) ?? [])
    const options = this.#toOptions(levels, frame.clientWidth)
    this.#chart = new uPlot(options, [times, ...tops], frame)
  }

  #toOptions(levels: readonly number[], width: number): uPlot.Options {
    const style = getComputedStyle(this)
    const colorOf = (name: string): string => resolveColor(this, `var(${name})`)
    const font = `11px ${style.fontFamily}`
    const axis = { stroke: colorOf('--dim'), font, ticks: { show: false } }
    const { sinceMs, untilMs } = this.interval
    const bars = uPlot.paths.bars?.({ size: [0.9, 60], gap: 1 })
    return {
      width,
      height: heightPx,
      ms: 1,
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { range: [sinceMs, untilMs] },
        y: { range: (_, __, max) => [0, Math.max(1, max)] }
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 20,
          gap: 4,
          values: (_, marks) => marks.map(mark => showMark(mark, untilMs - sinceMs))
        },
        {
          ...axis,
          grid: { stroke: colorOf('--line'), width: 1 },
          size: 48,
          space: 28,
          values: (_, marks) => marks.map(mark => (Number.isInteger(mark) ? shorten(mark) : ''))
        }
      ],
      series: [
        {},
        ...levels.map(level => ({
          fill: colorOf(`--chart-${levelNameOf(level)}`),
          width: 0,
          points: { show: false },
          ...(bars && { paths: bars })
        }))
      ],
      hooks: { setSelect: [chart => this.#choose(chart)] }
    }
  }

  #choose(chart: uPlot): void {
    const { left, width } = chart.select
    if (width < 3) return
    const sinceMs = Math.floor(chart.posToVal(left, 'x'))
    const untilMs = Math.max(sinceMs + 1, Math.ceil(chart.posToVal(left + width, 'x')))
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    this.dispatchEvent(new CustomEvent<Interval>('choose', { detail: { sinceMs, untilMs } }))
  }
}

function describe(counts: readonly (readonly [level: number, count: number])[]): string {
  const texts = counts.map(([level, count]) => `${showCount(count)} ${levelNameOf(level)}`)
  return texts.length === 0 ? 'No lines' : `Lines by time and level: ${texts.join(', ')}`
}

/** A color that a canvas understands: it doesn't know variables, and `light-dark()`. */
function resolveColor(element: HTMLElement, color: string): string {
  const before = element.style.color
  element.style.color = color
  const resolved = getComputedStyle(element).color
  element.style.color = before
  return resolved
}

/** 1200 as 1.2k: there is little room beside the chart. */
function shorten(count: number): string {
  if (count < 1000) return String(count)
  return count < 1e6 ? `${count / 1000}k` : `${count / 1e6}M`
}

declare global {
  interface HTMLElementTagNameMap {
    'histogram-chart': HistogramChart
  }
}
