import { html, nothing } from 'lit'
import { changeFilters, navigate } from './events.ts'
import { LightElement } from './light-element.ts'
import { showDateTime } from './model/clock.ts'
import { canBeFilter, noFilters, withField } from './model/filters.ts'
import { levelNameOf, listMembers, type Line, type Member } from './model/line.ts'
import { showLines, showText } from './model/show-text.ts'

/** A longer value is cut, until one asks for all of it. Unit: characters */
const maxValueLength = 4000
/** "Same value" looks this long before and after the record. Unit: ms */
const aroundMs = 15 * 60_000

/** A record with all its fields. */
export class RecordPanel extends LightElement {
  static override properties = {
    line: { attribute: false },
    opened: { state: true }
  }
  declare line: Line
  /** keys whose values are shown as a whole */
  declare opened: ReadonlySet<string>

  constructor() {
    super()
    this.opened = new Set()
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('line')) this.opened = new Set()
  }

  protected override render(): unknown {
    const { line } = this
    const level = levelNameOf(line.level)
    return html`<aside class="panel is-${level}" aria-label="Record">
      <header>
        <span class="level">${level}</span>
        <time>${showDateTime(line.timeMs)}</time>
        <button class="quiet" title="Copy the record as it is" @click=${this.#copy}>Copy</button>
        <button class="quiet" aria-label="Close the record (Escape)" @click=${this.#close}>
          ✕
        </button>
      </header>
      <div class="panel-body" tabindex="0" role="region" aria-label="Fields of the record">
        <p class="panel-message">${this.#showValue('msg', line.message)}</p>
        <dl>${listMembers(line.text).map(member => this.#showMember(member))}</dl>
      </div>
    </aside>`
  }

  #showMember(member: Member): unknown {
    const key = showText(member.key)
    return html`<div class="member">
      <dt>${key}</dt>
      <dd>
        <span class=${member.isScalar ? 'value' : 'value dim'}
          >${this.#showValue(member.key, member.value)}</span
        >
        ${canFilter(member) ? this.#showActions(member, key) : nothing}
      </dd>
    </div>`
  }

  #showValue(key: string, value: string): unknown {
    if (value.length <= maxValueLength) return showLines(value, maxValueLength)
    if (this.opened.has(key)) return showLines(value, value.length)
    const showAll = (): void => {
      this.opened = new Set([...this.opened, key])
    }
    return html`${showLines(value, maxValueLength)}
      <button class="quiet" @click=${showAll}>
        Show all ${value.length.toLocaleString('en')} characters
      </button>`
  }

  #showActions(member: Member, key: string): unknown {
    const actions = [
      ['only this', `Only records with this ${key}`, () => this.#filter(member, 'fields')],
      ['not this', `Only records without this ${key}`, () => this.#filter(member, 'nots')],
      [
        'same value',
        `All records with this ${key}, whatever sent them`,
        () => this.#findSame(member)
      ]
    ] as const
    return html`<span class="actions">
      ${actions.map(
        ([name, title, act]) =>
          html`<button class="quiet" title=${title} @click=${act}>
            ${name}<span class="unseen">: ${title}</span>
          </button>`
      )}
    </span>`
  }

  #filter(member: Member, kind: 'fields' | 'nots'): void {
    changeFilters(this, filters => withField(filters, member, kind))
  }

  /** A trace id or a request id: what all apps have logged about it, around the time of this record. */
  #findSame(member: Member): void {
    const { timeMs } = this.line
    const filters = withField(noFilters, member, 'fields')
    const around = { sinceMs: Math.floor(timeMs) - aroundMs, untilMs: Math.ceil(timeMs) + aroundMs }
    const range = Number.isNaN(timeMs) ? {} : { range: around }
    navigate(this, { view: 'history', filters, ...range })
  }

  readonly #copy = (): void => {
    void navigator.clipboard?.writeText(this.line.text)
  }

  readonly #close = (): void => {
    this.dispatchEvent(new Event('close-line'))
  }
}

/** Whether a filter can be made of a member. A time is chosen in the chart. */
function canFilter(member: Member): boolean {
  return member.isScalar && member.key !== 'time' && canBeFilter(member)
}

declare global {
  interface HTMLElementTagNameMap {
    'record-panel': RecordPanel
  }
}
