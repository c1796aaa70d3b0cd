import type { Progress } from '../search/search.ts'

/** A short search shows nothing. Unit: ms */
const quietMs = 400
/** Pause between two lines. Unit: ms */
const pauseMs = 100
const clearLine = '\r\u001B[K'

/** A line on a terminal that says how far a search is. */
export class ProgressLine {
  readonly #write: (text: string) => void
  readonly #now: () => number
  #nextMs: number
  #isShown = false

  /** @param now Unit: ms */
  constructor(write: (text: string) => void, now: () => number = () => performance.now()) {
    this.#write = write
    this.#now = now
    this.#nextMs = now() + quietMs
  }

  show({ doneBytes, totalBytes, hits }: Progress): void {
    const now = this.#now()
    if (now < this.#nextMs) return
    this.#nextMs = now + pauseMs
    const share = Math.min(100, Math.floor((100 * doneBytes) / Math.max(1, totalBytes)))
    const bar = '#'.repeat(Math.floor(share / 5)).padEnd(20, '.')
    this.#write(`${clearLine}[${bar}] ${share} % of ${toSize(totalBytes)}, ${hits} found`)
    this.#isShown = true
  }

  /** Clears the line, so that others can write theirs. */
  clear(): void {
    if (this.#isShown) this.#write(clearLine)
    this.#isShown = false
  }
}

function toSize(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(bytes || 1) / 3)))
  const amount = bytes / 1000 ** power
  return `${power > 0 && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`
}
