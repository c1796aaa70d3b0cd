/** Light or dark: as the system has it, or as somebody has chosen on this page. */

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const storageKey = 'zmq-pub-theme'

export function loadTheme(): Theme {
  return themes.find(theme => theme === readStored()) ?? 'auto'
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
  try {
    localStorage.setItem(storageKey, theme)
  } catch {
    // The browser keeps nothing for this page: the choice holds until it is closed.
  }
  window.dispatchEvent(new Event('theme'))
}

function readStored(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}
