import { setPriority } from 'node:os'

/** Of the scheduler: the collector and the apps come first. */
const niceness = 5

/** Lowers the priority of the calling thread. Elsewhere than on Linux that would be the priority of the process: it stays as it is. */
export function lowerPriority(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(niceness)
  } catch {
    // A container may forbid it.
  }
}

/** The arguments of Node.js for a thread: those of the process, without the one that only fits a program that is given as text (`-e`). */
export function toThreadArguments(execArgv: readonly string[] = process.execArgv): string[] {
  return execArgv.filter(
    (argument, index) =>
      !argument.startsWith('--input-type') && execArgv[index - 1] !== '--input-type'
  )
}
