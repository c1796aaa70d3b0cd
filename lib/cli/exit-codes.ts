import { ZmqPubError, type ErrorCode } from '../errors.ts'

/** What the exit code of `zmq-pub-collector` says. `--help` lists them. */
export const exitCodes = { stopped: 0, failed: 1, usage: 2, invalidConfig: 78 } as const

/** @param usage codes of errors that come again until somebody changes what was given */
export function toExitCode(error: unknown, usage: readonly ErrorCode[]): number {
  const isUsage = error instanceof ZmqPubError && usage.includes(error.code)
  return isUsage ? exitCodes.usage : exitCodes.failed
}
