/** Debian's python3-zmq, for the other side of the plain wire. */
import type { Test } from 'tap'
import { startProgram, type Program } from './program.ts'
import { python } from './python-command.ts'
import { waitFor } from './wait.ts'

/** The reason why tests with Python can't run here; false where they can. */
export const skip =
  python === undefined && 'python3-zmq is not installed: apt-get install python3-zmq'

export function startPython(t: Test, script: string, args: string[]): Program {
  return startProgram(t, `test/fixtures/${script}`, { args, ...(python && { command: python }) })
}

/** The lines that a program has printed, once there are so many. */
export function waitForOutput(program: Program, count: number): Promise<string[]> {
  return waitFor(() => {
    const lines = program.stdout().split('\n').slice(0, -1)
    return lines.length >= count && lines
  }, `${count} lines of output, got ${program.stdout()}${program.stderr()}`)
}
