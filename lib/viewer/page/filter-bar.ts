import { html, nothing } from 'lit'
import { live } from 'lit/directives/live.js'
import { pinoLevelNames } from '../../record/levels.ts'
import { changeFilters } from './events.ts'
import { LightElement } from './light-element.ts'
import {
  isEmpty,
  noFilters,
  withoutField,
  type FieldFilter,
  type Filters
} from './model/filters.ts'
import { showText } from './model/show-text.ts'
import { onPageKeys } from './page-keys.ts'

/** Names that senders have, as suggestions. */
export interface KnownNames {
  apps: readonly string[]
  hosts: readonly string[]
}

/** A filter in a chip is cut. Unit: characters */
const maxChipLength = 80

/** The filters, each of which can be changed. */
export class FilterBar extends LightElement {
  static override properties = {
    filters: { attribute: false },
    names: { attribute: false }
  }
  declare filters: Filters
  declare names: KnownNames

  constructor() {
    super()
    this.filters = noFilters
    this.names = { apps: [], hosts: [] }
    onPageKeys(this, { '/': () => this.querySelector<HTMLInputElement>('#filter-text')?.focus() })
  }

  protected override render(): unknown {
    const { filters, names } = this
    return html`<search>
      <form class="filters" aria-label="Filters" @submit=${this.#onSubmit}>
        <select aria-label="Lowest level" @change=${this.#onLevel}>
          <option value="0" .selected=${live(filters.level === 0)}>All levels</option>
          ${Object.entries(pinoLevelNames).map(
            ([number, name]) =>
              html`<option value=${number} .selected=${live(filters.level === Number(number))}>
                ${number === '60' ? name : `${name} and higher`}
              </option>`
          )}
        </select>
        ${this.#showInput('app', 'App', names.apps)} ${this.#showInput('host', 'Host', names.hosts)}
        ${this.#showInput('topic', 'Sub-topic', [], 'Sub-topic, e.g. db.')}
        <input
          id="filter-text"
          type="search"
          enterkeyhint="search"
          autocomplete="off"
          spellcheck="false"
          aria-label="Text that the line contains"
          placeholder="Line contains…   ( / )"
          maxlength="500"
          @change=${this.#onText}
          @keydown=${this.#onKey}
        />
      </form>
      ${this.#showChips()}
    </search>`
  }

  #showInput(
    name: 'app' | 'host' | 'topic',
    label: string,
    known: readonly string[],
    hint = label
  ): unknown {
    const change = (event: Event): void => {
      const value = (event.target as HTMLInputElement).value.trim()
      this.#apply({ [name]: value })
    }
    return html`<input
        type="search"
        autocomplete="off"
        spellcheck="false"
        class=${this.filters[name] === '' ? 'name' : 'name is-set'}
        aria-label=${label}
        placeholder=${hint}
        maxlength="200"
        list=${known.length > 0 ? `known-${name}` : nothing}
        name=${name}
        .value=${this.filters[name]}
        @change=${change}
        @keydown=${this.#onKey}
      />${
        known.length > 0
          ? html`<datalist id="known-${name}">
              ${known.map(each => html`<option value=${each}></option>`)}
            </datalist>`
          : nothing
      }`
  }

  #showChips(): unknown {
    const { filters } = this
    if (isEmpty(filters)) return nothing
    const { texts, fields, nots } = filters
    const withoutText = (text: string): void =>
      changeFilters(this, now => ({ ...now, texts: now.texts.filter(each => each !== text) }))
    return html`<ul class="chips" aria-label="Active filters">
      ${texts.map(text => showChip('contains', text, () => withoutText(text)))}
      ${fields.map(field => showChip('', describe(field, '='), () => this.#remove(field)))}
      ${nots.map(field => showChip('not', describe(field, '='), () => this.#remove(field)))}
      <li><button class="quiet" @click=${this.#clear}>Clear all filters</button></li>
    </ul>`
  }

  #remove(field: FieldFilter): void {
    changeFilters(this, filters => withoutField(filters, field))
  }

  #apply(change: Partial<Filters>): void {
    changeFilters(this, filters => ({ ...filters, ...change }))
  }

  readonly #clear = (): void => changeFilters(this, () => noFilters)

  readonly #onLevel = (event: Event): void => {
    this.#apply({ level: Number((event.target as HTMLSelectElement).value) })
  }

  readonly #onText = (event: Event): void => {
    const input = event.target as HTMLInputElement
    const text = input.value
    input.value = ''
    if (text === '') return
    changeFilters(this, now => ({ ...now, texts: [...new Set([...now.texts, text])] }))
  }

  /** Leaves a field, which is then as it was: a browser would empty it. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    const input = event.target as HTMLInputElement
    const name = (['app', 'host', 'topic'] as const).find(each => each === input.name)
    input.value = name ? this.filters[name] : ''
    input.blur()
  }

  /** Enter in a field changes it; nothing is sent. */
  readonly #onSubmit = (event: Event): void => event.preventDefault()
}

function describe({ key, value }: FieldFilter, sign: string): string {
  return `${key}${sign}${value}`
}

function showChip(kind: string, text: string, remove: () => void): unknown {
  const shown = showText(text, maxChipLength)
  return html`<li class="chip">
    ${kind === '' ? nothing : html`<span class="dim">${kind}</span>`} <code>${shown}</code>
    <button class="quiet" aria-label="Remove the filter ${kind} ${shown}" @click=${remove}>
      ✕
    </button>
  </li>`
}

declare global {
  interface HTMLElementTagNameMap {
    'filter-bar': FilterBar
  }
}
