/** What components tell the page. */
import type { PageState } from './model/address.ts'
import type { Filters } from './model/filters.ts'

/** Made from what is shown at that moment: components learn of a change with the next frame only. */
export type Change = (page: PageState) => Partial<PageState>

/** Shows something else, with an entry of its own in the browser's history. */
export function navigate(from: HTMLElement, change: Partial<PageState>): void {
  send(from, () => change)
}

/** Shows the same with other filters. */
export function changeFilters(from: HTMLElement, change: (filters: Filters) => Filters): void {
  send(from, ({ filters }) => ({ filters: change(filters) }))
}

function send(from: HTMLElement, detail: Change): void {
  from.dispatchEvent(new CustomEvent('navigate', { detail, bubbles: true }))
}

declare global {
  interface HTMLElementEventMap {
    navigate: CustomEvent<Change>
  }
}
