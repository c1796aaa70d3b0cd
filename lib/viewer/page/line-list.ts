import { html, type PropertyValues } from 'lit'
import { LightElement } from './light-element.ts'
import { rowClass, rowOf, showLine } from './line-row.ts'
import type { Line } from './model/line.ts'
import { findRow, type RowSource } from './model/row-source.ts'
import { ScrollMap } from './model/scroll-map.ts'
import { onPageKeys } from './page-keys.ts'

/** As `--row` in page.css. Unit: px */
const rowPx = 22
/** Rows above and below the view: scrolling shows them before the page has drawn. */
const spareRows = 15
/** After this pause in scrolling, the scroll bar is put where it belongs. Unit: ms */
const settleMs = 200

/** After a jump by a key, the browser may still move towards where the wheel was going: not for longer. Unit: ms */
const jumpMs = 250

/** A list of any number of rows, of which only those in view are elements. */
export class LineList extends LightElement {
  static override properties = {
    source: { attribute: false },
    wanted: { attribute: false },
    hasDate: { attribute: false },
    label: { attribute: false }
  }
  declare source: RowSource
  declare wanted: readonly string[]
  declare hasDate: boolean
  declare label: string

  /** the selected row, -1 = none */
  #selected = -1
  /** whether the selected row waits to be opened */
  #isOpening = false
  /** whether the list stays at its end as rows are added */
  #isFollowing = true
  readonly #map = new ScrollMap()
  #jumpedAt = Number.NEGATIVE_INFINITY
  readonly #resizes = new ResizeObserver(() => this.requestUpdate())
  #settling: ReturnType<typeof setTimeout> | undefined
  /** the row under the pointer when it was pressed: rows may move until it is released */
  #pressed: Line | undefined

  constructor() {
    super()
    this.source = { count: 0, rowAt: () => undefined }
    this.wanted = []
    this.hasDate = false
    this.label = ''
    onPageKeys(this, {
      j: () => this.#step(1),
      ArrowDown: () => this.#step(1),
      k: () => this.#step(-1),
      ArrowUp: () => this.#step(-1),
      PageDown: () => this.#step(this.#rowsInView - 1),
      PageUp: () => this.#step(1 - this.#rowsInView),
      g: () => this.select(0),
      Home: () => this.select(0),
      G: () => this.#jumpToEnd(),
      End: () => this.#jumpToEnd()
    })
  }

  /** Whether the newest row is in view, and will be as rows are added. */
  get isFollowing(): boolean {
    return this.#isFollowing
  }

  /** Draws again in the next frame, as the source has changed. */
  refresh(): void {
    this.requestUpdate()
  }

  /** Rows were added or removed: what is in view stays there. */
  shift(row: number, added: number): void {
    if (row * rowPx <= this.#map.topPx) this.#map.shift(added * rowPx)
    if (this.#selected >= row) this.#selected += added
    this.requestUpdate()
  }

  /** Shows the newest row, and those that are added. */
  showEnd(): void {
    this.#setFollowing(true)
    this.requestUpdate()
  }

  unselect(): void {
    this.#selected = -1
    this.#isOpening = false
    this.requestUpdate()
  }

  select(row: number): void {
    const index = Math.min(Math.max(0, row), this.source.count - 1)
    if (index < 0) return
    this.#selected = index
    this.#setFollowing(false)
    this.#showRow(index)
    this.requestUpdate()
    this.#isOpening = true
    this.#open()
  }

  /** Opens the selected row, now or when it is loaded. */
  #open(): void {
    const line = this.source.rowAt(this.#selected)
    if (!this.#isOpening || !line) return
    this.#isOpening = false
    this.dispatchEvent(new CustomEvent('open-line', { detail: line }))
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#resizes.disconnect()
    clearTimeout(this.#settling)
  }

  protected override firstUpdated(): void {
    this.#resizes.observe(this.#scroller)
    this.requestUpdate()
  }

  protected override render(): unknown {
    const { count } = this.source
    this.#map.resize(count * rowPx, this.#viewPx)
    if (this.#isFollowing) this.#map.moveTo(count * rowPx)
    const first = Math.max(0, Math.floor(this.#map.topPx / rowPx) - spareRows)
    const last = Math.min(count, first + this.#rowsInView + 2 * spareRows)
    const rows = Array.from({ length: last - first }, (_, index) => this.#toRow(first + index))
    const active = this.#selected >= first && this.#selected < last ? `row-${this.#selected}` : ''
    return html`<div
      class="scroller"
      role="listbox"
      tabindex="0"
      aria-label=${this.label}
      aria-activedescendant=${active}
      @scroll=${this.#onScroll}
      @pointerdown=${this.#onPress}
      @click=${this.#onClick}
    >
      <div class="canvas"><div class="rows" data-first=${first}>${rows}</div></div>
    </div>`
  }

  protected override updated(_changed: PropertyValues): void {
    const { heightPx, scrollPx, topPx } = this.#map
    const canvas = this.querySelector<HTMLElement>('.canvas')
    const rows = this.querySelector<HTMLElement>('.rows')
    if (!canvas || !rows) return
    canvas.style.height = `${heightPx}px`
    const first = Number(rows.dataset['first'])
    rows.style.transform = `translateY(${scrollPx - topPx + first * rowPx}px)`
    if (Math.abs(this.#scroller.scrollTop - scrollPx) >= 1) this.#scroller.scrollTop = scrollPx
    const firstInView = Math.floor(topPx / rowPx)
    const detail = { first: firstInView, last: firstInView + this.#rowsInView + 1 }
    this.dispatchEvent(new CustomEvent('rows-in-view', { detail }))
    this.#open()
  }

  #toRow(index: number): unknown {
    const line = this.source.rowAt(index)
    const isSelected = index === this.#selected
    return html`<div
      class=${rowClass(line, isSelected)}
      id="row-${index}"
      role="option"
      aria-selected=${isSelected}
      aria-setsize=${this.source.count}
      aria-posinset=${index + 1}
    >
      ${showLine(line, this)}
    </div>`
  }

  get #scroller(): HTMLElement {
    return this.querySelector('.scroller') as HTMLElement
  }

  get #viewPx(): number {
    return this.querySelector('.scroller')?.clientHeight ?? 0
  }

  get #rowsInView(): number {
    return Math.ceil(this.#viewPx / rowPx)
  }

  #step(rows: number): void {
    const first = Math.floor(this.#map.topPx / rowPx)
    const start = this.#isFollowing ? this.source.count - 1 : first
    this.select(this.#selected === -1 ? start : this.#selected + rows)
  }

  #jumpToEnd(): void {
    this.#jumpedAt = performance.now()
    this.showEnd()
  }

  #showRow(index: number): void {
    const top = index * rowPx
    const bottom = top + rowPx - this.#viewPx
    this.#jumpedAt = performance.now()
    if (top < this.#map.topPx) this.#map.moveTo(top)
    else if (bottom > this.#map.topPx) this.#map.moveTo(bottom)
  }

  #setFollowing(isFollowing: boolean): void {
    if (this.#isFollowing === isFollowing) return
    this.#isFollowing = isFollowing
    this.dispatchEvent(new CustomEvent('follow', { detail: isFollowing }))
  }

  readonly #onScroll = (): void => {
    const { scrollTop } = this.#scroller
    // If the view has become higher at the end of the list, the browser has scrolled.
    this.#map.resize(this.source.count * rowPx, this.#viewPx)
    // What this list has scrolled itself is no news.
    if (Math.abs(scrollTop - this.#map.scrollPx) < 1) return
    if (performance.now() - this.#jumpedAt < jumpMs) return this.requestUpdate()
    this.#map.scrollTo(scrollTop)
    this.#setFollowing(this.#map.isAtEnd)
    this.requestUpdate()
    clearTimeout(this.#settling)
    this.#settling = setTimeout(() => {
      this.#map.moveTo(this.#map.topPx)
      this.requestUpdate()
    }, settleMs)
  }

  readonly #onPress = (event: Event): void => {
    this.#pressed = this.source.rowAt(rowOf(event))
  }

  readonly #onClick = (event: Event): void => {
    if (String(getSelection()) !== '') return // a text was marked, to be copied
    const index = rowOf(event)
    if (index === -1) return
    const line = this.#pressed
    this.select(line === undefined ? index : findRow(this.source, line, index))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'line-list': LineList
  }
}
