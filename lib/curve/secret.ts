import { inspect } from 'node:util'

const hidden = '[secret]'

/**
 * Holds a value that must not be shown. Only `reveal()` gives it: texts, JSON, `console.log()`, a logger
 * and the message of an error have `[secret]` in its place, and a copy for another thread is empty.
 */
export class Secret<T extends string | Buffer> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value, for the one call that needs it: don't store it, don't put it into a message. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }

  [inspect.custom](): string {
    return hidden
  }
}
