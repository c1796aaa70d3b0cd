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

const units = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const

function toSize(bytes: number): string {
  let amount = bytes
  let unit = 0
  // What is rounded to 1000 is 1.0 of the next unit.
  for (; amount >= 999.5 && unit < units.length - 1; unit++) amount /= 1000
  return `${unit > 0 && amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`
}
