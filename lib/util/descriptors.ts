import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** Pause before what could not be opened is opened again. Unit: ms */
const retryMs = 5

/** How many file descriptors this process may have; undefined where the system doesn't tell, or knows no limit. */
export function readDescriptorLimit(): number | undefined {
  try {
    const [, soft] =
      /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

/** How many file descriptors this process has; undefined where the system doesn't tell. None is left where even looking needs one. */
export function countDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length - 1 // without that of the folder itself
  } catch (error) {
    return isOutOfDescriptors(error) ? Number.POSITIVE_INFINITY : undefined
  }
}

/** Whether an error says that the process (EMFILE) or the system (ENFILE) has no file descriptor left. */
export function isOutOfDescriptors(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EMFILE' || code === 'ENFILE'
}

/** What `open` returns, as soon as there is a file descriptor for it. @throws what it throws for other reasons */
export async function openWhenPossible<T>(open: () => T): Promise<T> {
  for (;;) {
    try {
      return open()
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error
      await setTimeout(retryMs)
    }
  }
}
