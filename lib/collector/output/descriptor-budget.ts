/**
 * Shares the process's file descriptors between logs and sockets. Without one, no app can connect and no
 * log can be opened, and libzmq spins.
 */
import { countDescriptors, readDescriptorLimit } from '../../util/descriptors.ts'
import type { OpenFiles } from './open-files.ts'

/** How many descriptors are kept free: for new apps, the journal, and files that are read. */
const minFree = 8
/** Pause between two looks at how many are free. Unit: ms */
const checkMs = 1000
/** The largest part of the time that these looks may take. */
const maxCheckShare = 0.005

/** What a budget knows about the system, and whom it tells. */
export interface DescriptorBudgetOptions {
  /** undefined where the system has no limit, or doesn't tell */
  limit?: number | undefined
  /** undefined where the system doesn't tell */
  count?: () => number | undefined
  /** no descriptor is left, and no idle file could be closed for one */
  onExhausted: (limit: number | undefined) => void
}

/** The open files of all outputs, of which idle ones are closed where descriptors run out. */
export class DescriptorBudget {
  readonly #limit: number | undefined
  readonly #count: () => number | undefined
  readonly #onExhausted: (limit: number | undefined) => void
  readonly #outputs = new Set<OpenFiles>()
  #timer: NodeJS.Timeout | undefined

  constructor({ onExhausted, ...system }: DescriptorBudgetOptions) {
    this.#limit = 'limit' in system ? system.limit : readDescriptorLimit()
    this.#count = system.count ?? countDescriptors
    this.#onExhausted = onExhausted
    if (this.#limit !== undefined) this.#checkIn(checkMs)
  }

  /** How many descriptors this process may have; undefined where that isn't known. */
  get limit(): number | undefined {
    return this.#limit
  }

  /** Adds an output's files to those that may be closed for others. */
  add(files: OpenFiles): void {
    this.#outputs.add(files)
  }

  /** Takes back `add`. */
  remove(files: OpenFiles): void {
    this.#outputs.delete(files)
  }

  /**
   * Lowers limits of open files so that logs take at most half of the descriptors that are free at the start: the
   * rest is for apps.
   * @param wanted by output @returns the same numbers where there is no need
   */
  share(wanted: readonly number[]): number[] {
    const total = wanted.reduce((sum, files) => sum + files, 0)
    const free = (this.#limit ?? Number.POSITIVE_INFINITY) - (this.#count() ?? 0)
    const most = Math.max(1, Math.floor(free / 2))
    if (total <= most) return [...wanted]
    return wanted.map(files => Math.max(1, Math.floor((most * files) / total)))
  }

  /**
   * Closes the file that was unused for longest, of any output, where a descriptor is missing.
   * @returns whether one was closed; it is when this resolves. False is reported
   */
  async closeIdle(): Promise<boolean> {
    const idle = [...this.#outputs].filter(({ idleSince }) => idleSince !== undefined)
    const [longest] = idle.toSorted((a, b) => (a.idleSince ?? 0) - (b.idleSince ?? 0))
    const closing = longest?.evictIdle()
    if (!closing) this.#onExhausted(this.#limit)
    await closing
    return closing !== undefined
  }

  /** Closes idle files until some descriptors are free: apps that want to connect can't ask. */
  async keepSomeFree(): Promise<void> {
    const limit = this.#limit ?? Number.POSITIVE_INFINITY
    while (limit - (this.#count() ?? 0) < minFree) if (!(await this.closeIdle())) return
  }

  /** Ends the looks at how many descriptors are free. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #checkIn(pauseMs: number): void {
    this.#timer = setTimeout(() => {
      const startedAt = performance.now()
      void this.keepSomeFree().finally(() => {
        const pause = Math.max(checkMs, (performance.now() - startedAt) / maxCheckShare)
        if (this.#timer !== undefined) this.#checkIn(pause)
      })
    }, pauseMs).unref()
  }
}
