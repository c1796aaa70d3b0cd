import { writeToStderr } from '../util/stderr.ts'
import type { TransportEvents } from './events.ts'
import { toStderrLine, TroubleLines } from './trouble-lines.ts'

/** Writes the trouble of one transport to stderr, whether the app listens to events or not. */
export class TroubleLog {
  readonly #isQuiet: boolean
  readonly #app: () => string
  readonly #lines = new TroubleLines()
  #timer: NodeJS.Timeout | undefined

  /** @param app the name of the app's logger as it is known by now, or '' */
  constructor(isQuiet: boolean, app: () => string) {
    this.#isQuiet = isQuiet
    this.#app = app
  }

  /** @param isTold whether the app can listen to the event: a transport that is quiet writes what leaves no other trace */
  note<Name extends keyof TransportEvents>(
    name: Name,
    detail: TransportEvents[Name],
    isTold: boolean
  ): void {
    if (this.#isQuiet && !isLoss({ [name]: detail }, isTold)) return
    const line = this.#lines.note(name, detail, performance.now())
    if (line !== undefined) this.#write(line)
    this.#setTimer()
  }

  /** Writes what was held back. */
  close(): void {
    clearTimeout(this.#timer)
    for (const line of this.#lines.takeDue(Number.POSITIVE_INFINITY)) this.#write(line)
  }

  #setTimer(): void {
    const { dueAt } = this.#lines
    if (this.#timer || dueAt === Number.POSITIVE_INFINITY) return
    this.#timer = setTimeout(() => this.#writeDue(), Math.max(0, dueAt - performance.now())).unref()
  }

  #writeDue(): void {
    this.#timer = undefined
    for (const line of this.#lines.takeDue(performance.now())) this.#write(line)
    this.#setTimer()
  }

  #write(line: string): void {
    writeToStderr(toStderrLine(this.#app(), line))
  }
}

/** When a process ends, no event arrives any more. */
function isLoss({ undelivered, dropped }: Partial<TransportEvents>, isTold: boolean): boolean {
  return (
    (undelivered !== undefined && undelivered.records > 0) || (dropped !== undefined && !isTold)
  )
}
