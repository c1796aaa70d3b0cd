/** Waiting for events, never for time. */

/** A promise, and the function that resolves it. */
export function latch<T = void>(): { promise: Promise<T>; open: (value: T) => void } {
  let open!: (value: T) => void
  const promise = new Promise<T>(resolve => (open = resolve))
  return { promise, open }
}

/**
 * Polls until `look` returns something.
 * @param what is waited for, for the error message
 * @throws after `timeoutMs`
 */
export async function waitFor<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string,
  timeoutMs = 60_000
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
