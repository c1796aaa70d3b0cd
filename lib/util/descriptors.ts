import { readdirSync, readFileSync } from 'node:fs'

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
