import type { ReactiveController, ReactiveControllerHost } from 'lit'

/** Keys of the whole page, by their name in `KeyboardEvent.key`. */
export type KeyActions = Readonly<Record<string, () => void>>

/** Reacts to keys while a component is shown, but not while somebody writes into a field. */
export function onPageKeys(host: ReactiveControllerHost, actions: KeyActions): void {
  host.addController(new PageKeys(actions))
}

class PageKeys implements ReactiveController {
  readonly #actions: KeyActions

  constructor(actions: KeyActions) {
    this.#actions = actions
  }

  hostConnected(): void {
    document.addEventListener('keydown', this.#onKey)
  }

  hostDisconnected(): void {
    document.removeEventListener('keydown', this.#onKey)
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { key, target, ctrlKey, metaKey, altKey } = event
    const action = Object.hasOwn(this.#actions, key) ? this.#actions[key] : undefined
    if (!action || ctrlKey || metaKey || altKey || event.defaultPrevented) return
    if (target instanceof Element && isUsed(target, key)) return
    event.preventDefault()
    action()
  }
}

/** Whether an element does something of its own with a key. */
function isUsed(target: Element, key: string): boolean {
  if (document.querySelector('dialog[open]')) return true
  if (target.closest('input, select, textarea')) return true
  return (key === ' ' || key === 'Enter') && target.closest('button, a, summary') !== null
}
