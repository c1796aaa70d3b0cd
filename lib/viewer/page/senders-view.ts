import { html, nothing } from 'lit'
import type { OutputRow, Snapshot, StreamRow } from '../../collector/control/snapshot.ts'
import { sortRows, type Order } from '../../top/table.ts'
import { showBytes, showCount, showDuration, showSince } from '../../top/text.ts'
import { toView, type Row, type View } from '../../top/view.ts'
import { loadSnapshot } from './api.ts'
import { navigate } from './events.ts'
import { LightElement } from './light-element.ts'
import { noFilters } from './model/filters.ts'
import { showText } from './model/show-text.ts'

/** Unit: ms */
const intervalMs = 2000
/** Unit: characters */
const maxNameLength = 80

interface Column {
  title: string
  /** undefined where rows can't be sorted by it */
  order?: Order
  /** left out in narrow windows */
  isMinor?: boolean
  isNumber?: boolean
  show: (row: Row) => string
}

const columns: readonly Column[] = [
  { title: 'Host', show: ({ host }) => showText(host, maxNameLength) || '–' },
  { title: 'PID', isMinor: true, isNumber: true, show: ({ pid }) => (pid ? String(pid) : '–') },
  {
    title: 'Lines/s',
    order: 'lines',
    isNumber: true,
    show: ({ lines }) => known(lines, showCount)
  },
  {
    title: 'Bytes/s',
    order: 'bytes',
    isMinor: true,
    isNumber: true,
    show: ({ bytes }) => known(bytes, showBytes)
  },
  { title: 'Lag', order: 'lag', isNumber: true, show: ({ lagMs }) => known(lagMs, showDuration) },
  { title: 'Lost', order: 'lost', isNumber: true, show: ({ lost }) => showCount(lost) },
  {
    title: 'Seen',
    order: 'seen',
    isMinor: true,
    isNumber: true,
    show: row => showSince(row.seenMs)
  },
  { title: 'State', show: ({ status }) => status }
]

/** Who sends how much, and who has lost lines. */
export class SendersView extends LightElement {
  static override properties = {
    view: { state: true },
    order: { state: true },
    trouble: { state: true }
  }
  declare view: View | undefined
  declare order: Order
  declare trouble: string | undefined

  #previous: Snapshot | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #request = new AbortController()

  constructor() {
    super()
    this.view = undefined
    this.order = 'lines'
    this.trouble = undefined
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#request = new AbortController()
    void this.#look()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#request.abort()
    clearTimeout(this.#timer)
  }

  protected override render(): unknown {
    const { view, trouble } = this
    return html`${
      trouble === undefined
        ? nothing
        : html`<p class="trouble" role="alert">No current numbers: ${trouble}. Trying again…</p>`
    }
    ${view ? this.#showView(view) : html`<p class="empty">loading…</p>`}`
  }

  #showView(view: View): unknown {
    const rows = sortRows(view.rows, this.order)
    const { outputs, otherSenders, otherRoots, otherOutputs, source } = view.snapshot
    const others = (otherSenders?.count ?? 0) + (otherRoots?.count ?? 0)
    return html`<p class="summary">${describeTotals(view)}</p>
      <div class="table-frame" tabindex="0" role="region" aria-label="Senders">
        <table>
          <thead>
            <tr>
              ${this.#showTitle({ title: 'Sender', order: 'name', show: () => '' })}
              ${columns.map(column => this.#showTitle(column))}
            </tr>
          </thead>
          <tbody>
            ${rows.map(row => this.#showRow(row))}
          </tbody>
        </table>
        ${rows.length === 0 ? html`<p class="empty">No sender has connected yet.</p>` : nothing}
        ${others > 0 ? html`<p class="dim">… and ${showCount(others)} more</p>` : nothing}
      </div>
      <h2>Outputs</h2>
      <ul class="outputs">
        ${source ? showStream(source) : nothing} ${outputs.map(showOutput)}
        ${otherOutputs > 0 ? html`<li class="dim">… and ${showCount(otherOutputs)} more</li>` : nothing}
      </ul>`
  }

  #showTitle({ title, order, isMinor, isNumber }: Column): unknown {
    const isSorted = order !== undefined && order === this.order
    const direction = order === 'name' ? 'ascending' : 'descending'
    const sort = (): void => {
      if (order !== undefined) this.order = order
    }
    return html`<th
      scope="col"
      class=${classOf(isMinor, isNumber)}
      aria-sort=${isSorted ? direction : nothing}
    >
      ${
        order === undefined
          ? title
          : html`<button class="quiet" @click=${sort}>${title}${isSorted ? ' ↓' : ''}</button>`
      }
    </th>`
  }

  #showRow(row: Row): unknown {
    const name = showText(row.name, maxNameLength)
    const show = (): void =>
      navigate(this, { view: 'live', filters: { ...noFilters, app: row.name } })
    return html`<tr class=${row.lost > 0 ? 'is-lossy' : `is-${row.status}`}>
      <th scope="row">
        ${
          row.name === ''
            ? '(no name)'
            : html`<button class="link" title="Live records of ${name}" @click=${show}>
                ${name}
              </button>`
        }
      </th>
      ${columns.map(
        ({ show: showCell, isMinor, isNumber }) =>
          html`<td class=${classOf(isMinor, isNumber)}>${showCell(row)}</td>`
      )}
    </tr>`
  }

  /** Asks again and again, as long as the view is shown. */
  async #look(): Promise<void> {
    const { signal } = this.#request
    try {
      const snapshot = await loadSnapshot(signal)
      this.view = toView(snapshot, this.#previous)
      this.#previous = snapshot
      this.trouble = undefined
    } catch (error) {
      if (signal.aborted) return
      this.trouble = (error as Error).message
    }
    if (!signal.aborted) this.#timer = setTimeout(() => void this.#look(), intervalMs)
  }
}

function classOf(isMinor: boolean | undefined, isNumber: boolean | undefined): string {
  return `${isMinor ? 'minor ' : ''}${isNumber ? 'number' : ''}`
}

function known(value: number | undefined, show: (value: number) => string): string {
  return value === undefined ? '–' : show(value)
}

function describeTotals({ snapshot, total }: View): unknown {
  const { connected, gone, totals } = snapshot
  const { lines, bytes } = total
  const lost = totals.missingRecords + totals.droppedPlainRecords + totals.failedRecords
  const refused = totals.refusedClients + totals.refusedMessages + totals.badMessages
  return html`<b>${lines === undefined ? '–' : showCount(lines)}</b> lines/s ·
    <b>${bytes === undefined ? '–' : showBytes(bytes)}</b>/s ·
    <b>${showCount(connected)}</b> connected · <b>${showCount(gone)}</b> gone or silent ·
    <span class=${lost > 0 ? 'bad' : ''}><b>${showCount(lost)}</b> lost</span>${
      refused > 0 ? html` · <b>${showCount(refused)}</b> refused` : nothing
    }
    <span class="dim"
      >· ${showText(snapshot.host, maxNameLength)}, up ${showSince(snapshot.uptimeMs)}</span
    >`
}

function showOutput({ file, isRequired, pendingBytes, trouble }: OutputRow): unknown {
  const state = trouble === undefined ? 'ok' : `cannot write (${showText(trouble, 200)})`
  return html`<li class=${trouble === undefined ? '' : 'bad'}>
    <code>${showText(file, 200)}</code> ${isRequired ? '' : 'optional, '}${state},
    ${showBytes(pendingBytes)} waiting
  </li>`
}

/** What a writer reads. */
function showStream({ stream, trouble }: StreamRow): unknown {
  const state = trouble === undefined ? 'ok' : `cannot be read (${showText(trouble, 200)})`
  return html`<li class=${trouble === undefined ? '' : 'bad'}>
    stream <code>${showText(stream, 200)}</code> ${state}
  </li>`
}

declare global {
  interface HTMLElementTagNameMap {
    'senders-view': SendersView
  }
}
