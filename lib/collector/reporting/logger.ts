import { isatty } from 'node:tty'
import { pino, type Logger } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { BestEffortOutput, toStream } from '../../util/best-effort-output.ts'

/** One for the process, whose stderr it is. */
let stderrOutput: BestEffortOutput | undefined

/** stderr, as something that can neither stop nor end the collector. */
export function openStderr(): BestEffortOutput {
  stderrOutput ??= new BestEffortOutput(2, toStream(2, process.stderr))
  return stderrOutput
}

/**
 * Creates the logger of the collector's own log, which writes to stderr. It says how many lines stderr
 * didn't take, once it takes some again.
 * @param isTerminal whether to write lines for people in place of NDJSON
 */
export function createCollectorLogger(isTerminal = isatty(2), output = openStderr()): Logger {
  const settings = { name: 'zmq-pub-collector' }
  const ignore = 'pid,hostname,name,sender.versions,sender.id'
  const toReadable = prettyFactory({ ignore, translateTime: 'SYS:HH:MM:ss' })
  const write = (line: string): void => output.write(isTerminal ? toReadable(line) : line)
  const logger = pino(settings, { write })
  output.onRestored = lines =>
    logger.warn({ lines }, 'lines of this log are missing: stderr did not accept them')
  return logger
}
