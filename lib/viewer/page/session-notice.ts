import { html, nothing } from 'lit'
import { openSession } from './api.ts'
import { LightElement } from './light-element.ts'
import { readToken } from './model/token.ts'

/** What to do where the page has no session. */
export class SessionNotice extends LightElement {
  static override properties = { reason: { attribute: false }, trouble: { state: true } }
  /** why there is none; '' where that isn't known */
  declare reason: string
  declare trouble: string

  constructor() {
    super()
    this.reason = ''
    this.trouble = ''
  }

  protected override render(): unknown {
    const trouble = toSentence(this.trouble || this.reason)
    return html`<main class="notice">
      <h1>Open this page with the URL in the collector's log</h1>
      <p>
        Only people who can read the collector's log may read the records here. Each time the
        collector is started, it logs a new URL for this page:
      </p>
      <pre><code>${location.origin}/#token=…</code></pre>
      <p>Open that URL, or paste it here:</p>
      <form @submit=${this.#onSubmit}>
        <input
          type="text"
          aria-label="URL from the collector's log"
          placeholder="${location.origin}/#token=…"
          autocomplete="off"
          spellcheck="false"
          autofocus
        />
        <button>Open</button>
      </form>
      ${trouble === '' ? nothing : html`<p class="trouble" role="alert">${trouble}</p>`}
    </main>`
  }

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault()
    void this.#open(this.querySelector('input')?.value ?? '')
  }

  async #open(text: string): Promise<void> {
    try {
      const token = readToken(text)
      if (token === undefined) {
        this.trouble = "This is not a URL of the collector's log: #token= is missing."
        return
      }
      await openSession(token)
      this.dispatchEvent(new Event('session'))
    } catch (error) {
      this.trouble = (error as Error).message
    }
  }
}

/** Errors of the collector start with a small letter, and have no full stop. */
function toSentence(text: string): string {
  return text === ''
    ? ''
    : `${text[0]?.toUpperCase()}${text.slice(1)}${/[.…]$/.test(text) ? '' : '.'}`
}

declare global {
  interface HTMLElementTagNameMap {
    'session-notice': SessionNotice
  }
}
