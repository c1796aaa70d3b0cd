#!/usr/bin/env node
import type { Logger } from 'pino'
import { parseCommandLine, type Command } from './lib/cli/collector-command.ts'
import { exitCodes, toExitCode } from './lib/cli/exit-codes.ts'
import { helpText } from './lib/cli/help-text.ts'
import { isMain } from './lib/cli/is-main.ts'
import { runSubCommand } from './lib/cli/sub-commands.ts'
import { notifySystemd } from './lib/cli/systemd.ts'
import type { Collector } from './lib/collector/collector.ts'
import type { Gateway } from './lib/collector/gateway/gateway.ts'
import {
  parseCollectorOptions,
  type CollectorOptions,
  type ResolvedCollectorOptions
} from './lib/collector/options/collector-options.ts'
import type * as LoggerModule from './lib/collector/reporting/logger.ts'
import type { RunningCollector } from './lib/collector/running-collector.ts'
import { toMessage } from './lib/errors.ts'
import { followHeapGrowth } from './lib/util/heap-growth.ts'
import { version } from './lib/version.ts'
import { loadZeromq } from './lib/zeromq.ts'

export type { CollectorOptions } from './lib/collector/options/collector-options.ts'
export type { RunningCollector } from './lib/collector/running-collector.ts'
export { ZmqPubError, type ErrorCode } from './lib/errors.ts'

/**
 * Starts a collector in this process. Its own log goes to stderr.
 *
 *     const collector = await startCollector({ bind: 'tcp://127.0.0.1:*', file: 'logs/{date}.log' })
 *     console.log(collector.addresses)
 *     await collector.stop()
 *
 * @param options those of a configuration file. Environment variables are not read
 * @returns the collector, when it listens and its files can be written. If a collector on another host or in another
 *   container writes the same log, it waits until that one has ended
 * @throws ERR_ZMQ_PUB_OPTION if an option is not valid, ERR_ZMQ_PUB_KEY if a key cannot be used, ERR_ZMQ_PUB_ADDRESS if
 *   an address cannot be used, ERR_ZMQ_PUB_FILE if the log cannot be written, ERR_ZMQ_PUB_ZEROMQ if zeromq cannot be
 *   loaded
 */
export async function startCollector(options: CollectorOptions = {}): Promise<RunningCollector> {
  const resolved = parseCollectorOptions(options)
  const { createCollectorLogger } = await loadLogger()
  return start(resolved, createCollectorLogger())
}

/** Starts a collector, or a gateway where the options say so. @param signal ends the waiting for a lock */
async function start(
  options: ResolvedCollectorOptions,
  logger: Logger,
  signal?: AbortSignal
): Promise<Collector | Gateway> {
  await loadZeromq() // its modules import zeromq, whose own error doesn't say what to do
  if (options.gateway) {
    const { Gateway } = await import('./lib/collector/gateway/gateway.ts')
    return Gateway.start(options, logger)
  }
  const { Collector } = await loadCollector()
  return Collector.start(options, logger, Date.now, signal)
}

/** Loaded late: other commands do not need it, and Node.js opens fewer files at once, which a low limit may forbid. */
async function loadCollector(): Promise<{ Collector: typeof Collector }> {
  return import('./lib/collector/collector.ts')
}

/** Loaded late: pino takes longer to load than all that a short search does. */
async function loadLogger(): Promise<typeof LoggerModule> {
  return import('./lib/collector/reporting/logger.ts')
}

/** How long the end waits for stderr, which may be a pipe that no program reads. Unit: ms */
const stderrTimeoutMs = 500

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const
/** Other daemons use these to reopen their files or to restart. By default SIGUSR2 ends the process, and SIGUSR1 opens a debugger's port. */
const ignoredSignals = ['SIGUSR1', 'SIGUSR2'] as const

/** The program `zmq-pub-collector`: reads the arguments, runs the collector, and handles signals. */
async function main(): Promise<void> {
  const exitCode = await runSubCommand(process.argv.slice(2), process.env)
  if (exitCode !== undefined) {
    process.exitCode = exitCode
    return
  }
  const command = readCommand()
  if (command.name === 'help') return void process.stdout.write(helpText)
  if (command.name === 'version') return void process.stdout.write(`${version}\n`)
  const { createCollectorLogger } = await loadLogger()
  const logger = createCollectorLogger()
  let collector: Collector | Gateway | undefined
  const starting = new AbortController()
  const onStopSignal = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, 'stopping')
    starting.abort()
    if (collector) void stop(collector)
  }
  for (const name of stopSignals) process.on(name, onStopSignal)
  let mustReload = false
  process.on('SIGHUP', () => {
    if (collector) collector.reload(readOptions)
    else mustReload = true // when it has started
  })
  for (const name of ignoredSignals) {
    process.on(name, signal => logger.warn({ signal }, 'signal ignored; SIGHUP reopens the files'))
  }
  followHeapGrowth()
  try {
    collector = await start(command.options, logger, starting.signal)
  } catch (error) {
    if ((error as Error).name === 'AbortError') return exit(exitCodes.stopped) // by a signal, while it waited
    logger.fatal(toMessage(error))
    // With the code of a wrong use, systemd starts it again only when somebody has changed something.
    return exit(toExitCode(error, ['ERR_ZMQ_PUB_OPTION', 'ERR_ZMQ_PUB_KEY']))
  }
  if (starting.signal.aborted) return stop(collector)
  void collector.failure.then(error => {
    logger.fatal(toMessage(error))
    // Two writers that were started again each time would take the stream from each other for ever.
    return exit(toExitCode(error, ['ERR_ZMQ_PUB_ENGINE']))
  })
  notifySystemd(process.env, error =>
    logger.warn({ reason: error.message }, 'cannot notify systemd')
  )
  if (mustReload) collector.reload(readOptions)
}

/** Several signals may arrive, for example from a terminal and a supervisor: `Collector.stop` returns the same promise. */
async function stop(collector: Collector | Gateway): Promise<never> {
  const isWritten = await collector.stop()
  return exit(isWritten ? exitCodes.stopped : exitCodes.failed)
}

/** Exits when everything logged is written to stderr, or after a timeout. */
async function exit(code: number): Promise<never> {
  const { openStderr } = await loadLogger()
  await openStderr().flush(stderrTimeoutMs)
  process.exit(code)
}

/** Reads the options from flags, environment and file. */
function readOptions(): ResolvedCollectorOptions {
  const command = parseCommandLine(process.argv.slice(2), process.env)
  if (command.name !== 'run') throw new Error('unreachable: this process was started to run')
  return command.options
}

function readCommand(): Command {
  try {
    return parseCommandLine(process.argv.slice(2), process.env)
  } catch (error) {
    process.stderr.write(`zmq-pub-collector: ${toMessage(error)}\n`)
    process.exit(exitCodes.usage)
  }
}

// Without await: an app's bundle may be a CommonJS module, which does not allow it at the top level.
if (isMain(import.meta.url, 'collector.js')) void main()
