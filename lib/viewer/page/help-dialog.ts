import { html } from 'lit'
import { LightElement } from './light-element.ts'
import { onPageKeys } from './page-keys.ts'

const keys: readonly (readonly [keys: string, meaning: string])[] = [
  ['/', 'write a text that the line contains; Enter applies it'],
  ['j or ↓, k or ↑', 'open the next or the previous record'],
  ['g or Home, G or End', 'go to the first or the last record'],
  ['Space', 'pause or resume the live records'],
  ['r', 'search the history again'],
  ['1, 2, 3', 'show live, history or senders'],
  ['Escape', 'close the record, or leave a field'],
  ['?', 'show this help']
]

/** What the keys do. */
export class HelpDialog extends LightElement {
  constructor() {
    super()
    onPageKeys(this, { '?': () => this.open() })
  }

  open(): void {
    this.querySelector('dialog')?.showModal()
  }

  readonly #close = (): void => this.querySelector('dialog')?.close()

  protected override render(): unknown {
    return html`<dialog aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        ${keys.map(
          ([key, meaning]) =>
            html`<div>
              <dt><kbd>${key}</kbd></dt>
              <dd>${meaning}</dd>
            </div>`
        )}
      </dl>
      <p>
        All filters are in the address of the page, so a link shows others the same. Text in lower
        case matches any case.
      </p>
      <p class="dim">
        <a href="/licenses.txt" target="_blank">Licences of the software in this page</a>
      </p>
      <button autofocus @click=${this.#close}>Close</button>
    </dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'help-dialog': HelpDialog
  }
}
