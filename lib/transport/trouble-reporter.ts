import type { EmitEvent } from './events.ts'

/** This many different texts are reported. */
const maxTexts = 50

/** Emits 'spoolTrouble', but not the same text again and again. */
export class TroubleReporter {
  readonly #emit: EmitEvent
  readonly #repeatMs: number
  /** when each text was reported, as of performance.now() */
  readonly #reportedAt = new Map<string, number>()

  /** @param repeatMs the same text is reported again after this time. Unit: ms */
  constructor(emit: EmitEvent, repeatMs: number) {
    this.#emit = emit
    this.#repeatMs = repeatMs
  }

  /** @param error whose message says what is wrong */
  report({ message }: Error): void {
    const now = performance.now()
    const reportedAt = this.#reportedAt.get(message)
    const isNew = reportedAt === undefined
    if (isNew ? this.#reportedAt.size > maxTexts : now - reportedAt < this.#repeatMs) return
    this.#reportedAt.set(message, now)
    const isLast = isNew && this.#reportedAt.size > maxTexts
    this.#emit('spoolTrouble', { message: isLast ? `${message}; more is not reported` : message })
  }
}
