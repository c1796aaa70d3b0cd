/**
 * Waits for a promise, but not longer than a time. Leaves no timer behind.
 * @returns true if it was fulfilled in time, false if not
 * @throws what the promise was rejected with, if in time
 */
export async function settlesWithin(
  promise: Promise<unknown>,
  timeoutMs: number
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), timeoutMs)
  })
  try {
    return await Promise.race([promise.then(() => true), timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** What a promise resolves to; undefined where the signal comes first. */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal
): Promise<T | undefined> {
  const listening = new AbortController() // the signal may outlive many promises
  const aborted = new Promise<undefined>(resolve => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { signal: listening.signal })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    listening.abort()
  }
}
