/** Python programs with pyzmq, for the other side of the plain wire. */
import type { Test } from 'tap'
import { startProgram, type Program } from './program.ts'
import { python } from './python-command.ts'
import { waitFor } from './wait.ts'

/** Why tests with Python are skipped; false where they can run. */
export const skip =
  python === undefined && 'python3-zmq is not installed: apt-get install python3-zmq'

/** Starts a script of test/fixtures. */
export function startPython(t: Test, script: string, args: string[]): Program {
  return startProgram(t, `test/fixtures/${script}`, { args, ...(python && { command: python }) })
}

/** The lines that a program has printed, once there are at least `count`. */
export function waitForOutput(program: Program, count: number): Promise<string[]> {
  return waitFor(() => {
    const lines = program.stdout().split('\n').slice(0, -1)
    return lines.length >= count && lines
  }, `${count} lines of output, got ${program.stdout()}${program.stderr()}`)
}
