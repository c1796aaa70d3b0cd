import { html, nothing, type TemplateResult } from 'lit'
import { showTime } from './model/clock.ts'
import { levelNameOf, summarize, type Line } from './model/line.ts'
import { markFound, showText } from './model/show-text.ts'

/** How rows are shown. */
export interface RowSettings {
  hasDate: boolean
  /** texts of the filter, which are marked */
  wanted: readonly string[]
}

/** A name that is longer is cut. Unit: characters */
const maxNameLength = 60
const maxSummaryLength = 300

/** Made once for each line: it takes time where lines are long. */
const summaries = new WeakMap<Line, string>()

/** The cells of a row. Each text of a sender becomes a text node, and is never read as HTML. */
export function showLine(line: Line | undefined, { hasDate, wanted }: RowSettings): TemplateResult {
  if (!line) return html`<span class="message dim">loading…</span>`
  const level = levelNameOf(line.level)
  const summary = summaryOf(line)
  return html`<span class="time">${showTime(line.timeMs, hasDate)}</span
    ><span class="level">${level}</span><span class="app">${showText(line.app, maxNameLength)}</span
    ><span class="message"
      >${showMarked(showText(line.message), wanted)}${
        summary === '' ? nothing : html` <span class="dim">${showMarked(summary, wanted)}</span>`
      }</span
    >`
}

/** The class of a row: its colour. */
export function rowClass(line: Line | undefined, isSelected: boolean): string {
  const level = line ? ` is-${levelNameOf(line.level)}` : ''
  return `row${level}${isSelected ? ' is-selected' : ''}`
}

/** The number of the row that an event is about, -1 for none. */
export function rowOf(event: Event): number {
  const row = event.target instanceof Element ? event.target.closest('.row') : null
  return row ? Number(row.id.slice('row-'.length)) : -1
}

function summaryOf(line: Line): string {
  let summary = summaries.get(line)
  if (summary === undefined) {
    summary = showText(summarize(line.text, maxSummaryLength))
    summaries.set(line, summary)
  }
  return summary
}

function showMarked(text: string, wanted: readonly string[]): unknown {
  if (wanted.length === 0) return text
  return markFound(text, wanted).map(part =>
    part.isFound ? html`<mark>${part.text}</mark>` : part.text
  )
}
