/** What components tell the page. */
import type { PageState } from './model/address.ts'

/** Shows something else, with an entry of its own in the browser's history. */
export function navigate(from: HTMLElement, change: Partial<PageState>): void {
  from.dispatchEvent(new CustomEvent('navigate', { detail: change, bubbles: true }))
}

declare global {
  interface HTMLElementEventMap {
    navigate: CustomEvent<Partial<PageState>>
  }
}
