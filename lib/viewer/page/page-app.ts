import { html, nothing } from 'lit'
import { loadOutputs, loadSnapshot, openSession, type LogOutput } from './api.ts'
import type { Change } from './events.ts'
import type { KnownNames } from './filter-bar.ts'
import { LightElement } from './light-element.ts'
import { parseAddress, toAddress, views, type PageState, type View } from './model/address.ts'
import { readToken } from './model/token.ts'
import { onPageKeys } from './page-keys.ts'
import { applyTheme, loadTheme, themes, type Theme } from './theme.ts'

const viewNames: Readonly<Record<View, string>> = {
  live: 'Live',
  history: 'History',
  senders: 'Senders'
}

/** The whole page. */
export class PageApp extends LightElement {
  static override properties = {
    page: { state: true },
    session: { state: true },
    outputs: { state: true },
    names: { state: true },
    theme: { state: true }
  }
  declare page: PageState
  declare session: 'unknown' | 'open' | 'none'
  declare outputs: readonly LogOutput[]
  declare names: KnownNames
  declare theme: Theme

  /** why there is no session */
  #reason = ''

  constructor() {
    super()
    this.page = parseAddress(location.search)
    this.session = 'unknown'
    this.outputs = []
    this.names = { apps: [], hosts: [] }
    this.theme = loadTheme()
    applyTheme(this.theme)
    onPageKeys(
      this,
      Object.fromEntries(
        views.map((view, index) => [String(index + 1), () => this.#show({ view })])
      )
    )
  }

  override connectedCallback(): void {
    super.connectedCallback()
    window.addEventListener('popstate', this.#onPopState)
    window.addEventListener('session-ended', this.#onSessionEnded)
    window.addEventListener('hashchange', this.#start)
    window.addEventListener('focus', this.#onFocus)
    this.#start()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    window.removeEventListener('popstate', this.#onPopState)
    window.removeEventListener('session-ended', this.#onSessionEnded)
    window.removeEventListener('hashchange', this.#start)
    window.removeEventListener('focus', this.#onFocus)
  }

  protected override updated(): void {
    document.title = `${viewNames[this.page.view]} · zmq-pub`
  }

  protected override render(): unknown {
    if (this.session === 'none') {
      return html`<session-notice .reason=${this.#reason} @session=${this.#start}></session-notice>`
    }
    if (this.session === 'unknown') return nothing
    const { view, filters } = this.page
    return html`<div class="page" @navigate=${this.#onNavigate}>
      <header class="top">
        <h1 class="brand">zmq-pub</h1>
        <nav aria-label="Views">
          ${views.map(
            each =>
              html`<a
                href=${this.#addressOf({ view: each })}
                aria-current=${each === view ? 'page' : nothing}
                @click=${(event: MouseEvent) => this.#onLink(event, each)}
                >${viewNames[each]}</a
              >`
          )}
        </nav>
        <span class="space"></span>
        <button class="quiet" title="Light or dark" @click=${this.#changeTheme}>
          <span class="unseen">Colours: </span>◐ ${this.theme}
        </button>
        <button class="quiet" aria-label="Keys (?)" @click=${this.#showHelp}>?</button>
      </header>
      ${
        view === 'senders'
          ? nothing
          : html`<filter-bar .filters=${filters} .names=${this.names}></filter-bar>`
      }
      <main>${this.#showView()}</main>
      <help-dialog></help-dialog>
    </div>`
  }

  #showView(): unknown {
    const { view, filters, range, output } = this.page
    if (view === 'senders') return html`<senders-view></senders-view>`
    if (view === 'live') return html`<live-view .filters=${filters}></live-view>`
    return html`<history-view
      .filters=${filters}
      .range=${range}
      .output=${output}
      .outputs=${this.outputs}
    ></history-view>`
  }

  #addressOf(change: Partial<PageState>): string {
    return location.pathname + toAddress({ ...this.page, ...change })
  }

  #show(change: Partial<PageState>): void {
    const address = this.#addressOf(change)
    if (address === location.pathname + location.search) return
    history.pushState(null, '', address)
    this.page = { ...this.page, ...change }
  }

  /** Opens a session where the address has a token, and finds out whether there is one. */
  readonly #start = (): void => {
    void this.#begin()
  }

  async #begin(): Promise<void> {
    this.#reason = ''
    try {
      const token = readToken(location.hash)
      if (token !== undefined) {
        // The token must not stay in the address bar, where others could see it.
        history.replaceState(null, '', location.pathname + location.search)
        await openSession(token)
      }
      await this.#enter()
    } catch (error) {
      this.#reason = (error as Error).message
      if (this.session !== 'open') this.session = 'none'
    }
  }

  /** @throws ApiError where there is no session */
  async #enter(): Promise<void> {
    this.outputs = await loadOutputs()
    this.session = 'open'
    await this.#loadNames()
  }

  /** Another tab may have opened a session in the meantime. */
  readonly #onFocus = (): void => {
    if (this.session !== 'none') return
    this.#enter().catch(() => {}) // the notice stays as it is
  }

  async #loadNames(): Promise<void> {
    const { senders, roots } = await loadSnapshot(AbortSignal.timeout(10_000))
    this.names = {
      apps: toNames([...senders.map(({ app }) => app), ...roots.map(({ root }) => root)]),
      hosts: toNames(senders.map(({ host }) => host))
    }
  }

  readonly #onNavigate = (event: CustomEvent<Change>): void => this.#show(event.detail(this.page))

  /** A link that is opened in another tab is left to the browser. */
  #onLink(event: MouseEvent, view: View): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    this.#show({ view })
  }

  readonly #onPopState = (): void => {
    this.page = parseAddress(location.search)
  }

  readonly #onSessionEnded = (): void => {
    if (this.session === 'open') {
      this.#reason =
        'The session has ended: the collector or its page was started again, or 100 newer sessions were opened.'
    }
    this.session = 'none'
  }

  readonly #changeTheme = (): void => {
    this.theme = themes[(themes.indexOf(this.theme) + 1) % themes.length] ?? 'auto'
    applyTheme(this.theme)
  }

  readonly #showHelp = (): void => this.querySelector('help-dialog')?.open()
}

function toNames(names: readonly string[]): string[] {
  return [...new Set(names)].filter(name => name !== '').toSorted()
}

declare global {
  interface HTMLElementTagNameMap {
    'page-app': PageApp
  }
}
