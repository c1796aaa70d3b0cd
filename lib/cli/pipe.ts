#!/usr/bin/env node
/** The program `zmq-pub`: sends the lines that it reads from stdin, for apps that log to stdout. */
import { once } from 'node:events'
import { toMessage } from '../errors.ts'
import { readFlags, toFlag, type FlagKind } from '../options/flags.ts'
import type { EmitEvent } from '../transport/events.ts'
import {
  parseTransportOptions,
  transportDefaults,
  transportOptionNames,
  type ResolvedTransportOptions,
  type TransportOptions
} from '../transport/options.ts'
import { TransportStream } from '../transport/transport-stream.ts'
import { BestEffortOutput, toStream } from '../util/best-effort-output.ts'
import { version } from '../version.ts'
import { curveFlagKinds, readCurveFlags, toCurveName } from './curve-flags.ts'
import { isMain } from './is-main.ts'
import { Tee } from './tee.ts'

const helpText = `zmq-pub: sends the log lines that it reads from stdin to a collector.

Usage: node app.js | zmq-pub [options]

  --address ADDRESS    the collector; may be repeated       [tcp://127.0.0.1:5558]
  --mode MODE          several addresses: copies or failover                [copies]
  --topic TOPIC        root topic                   [the \`name\` in the first record]
  --wire WIRE          auto, batch or plain                                   [auto]
  --bind               bind the addresses instead of connecting
  --insecure           let any host connect and read all lines, with --bind
  --curve-server-key-file FILE   encrypt, with this public key of the collector
  --curve-server-key KEY         the same key itself, in place of a file
  --curve-secret-key-file FILE   the app's own key pair, see zmq-pub-collector keygen
  --spool DIR          folder for lines that can't be delivered yet
  --level-key KEY      member with the level           [level, severity, log.level]
  --time-key KEY       member with the time           [time, timestamp, @timestamp]
  --message-key KEY    member with the message                       [msg, message]
  --tee                also write the lines to stdout
  --quiet              write events to stderr only if lines are lost
  --help, --version

Every other option of the transport is a flag as well, such as --max-buffer-bytes 1048576: see
docs/options.md. Environment variables are ZMQ_PUB_ADDRESS, ZMQ_PUB_TOPIC, ZMQ_PUB_SPOOL,
ZMQ_PUB_CURVE_SERVER_KEY_FILE and so on; the pair itself may be in ZMQ_PUB_CURVE_PUBLIC_KEY and
ZMQ_PUB_CURVE_SECRET_KEY. A flag wins over the environment.
Events of the connection go to stderr, one JSON line per event.
Exit codes: 0 all lines were delivered or are in the spool, 1 some were lost, 2 wrong usage.
`

/** How long the end waits for stderr, which may be a pipe that nobody reads. Unit: ms */
const stderrTimeoutMs = 1000

const exitCodes = { lost: 1, usage: 2 } as const

/**
 * Signals that reach the app as well, from a terminal (Ctrl-C, Ctrl-\, its end) or a supervisor such as nodemon:
 * if the app ends by them, its last lines must still be read.
 */
const appSignals = ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2'] as const

/** What a command line asks for. */
export type PipeCommand =
  | { name: 'run'; options: ResolvedTransportOptions; isTee: boolean }
  | { name: 'help' }
  | { name: 'version' }

/** The options that are a flag of the same name; keys have flags of their own. */
const plainNames = transportOptionNames.filter(name => name !== 'curve')

/**
 * @param args the arguments without the program's name
 * @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_KEY
 */
export function parsePipeArguments(args: string[], env: NodeJS.ProcessEnv): PipeCommand {
  const kinds = plainNames.map(name => [toFlag(name), kindOf(name)] as const)
  const switches = { tee: 'switch', help: 'switch', version: 'switch' } as const
  const flags = readFlags(
    args,
    { ...Object.fromEntries(kinds), ...curveFlagKinds, ...switches },
    'give an address with --address; lines come from stdin, such as zmq-pub < FILE'
  )
  if (flags['help']) return { name: 'help' }
  if (flags['version']) return { name: 'version' }
  const given = Object.fromEntries(
    plainNames.map(name => [name, toValue(name, flags[toFlag(name)])])
  )
  const curve = readCurveFlags(flags)
  return {
    name: 'run',
    // Each event is a line on stderr: counters are for those who ask for them.
    options: parseTransportOptions(
      { ...given, countersMs: given['countersMs'] ?? 0, curve },
      toFlagName,
      env
    ),
    isTee: flags['tee'] === true
  }
}

/** How a message names an option. */
function toFlagName(name: string): string {
  return name.startsWith('curve') ? toCurveName(name) : `--${toFlag(name)}`
}

function kindOf(name: keyof TransportOptions): FlagKind {
  if (name === 'address') return 'list'
  return typeof transportDefaults[name] === 'boolean' ? 'switch' : 'value'
}

/** A flag's value as the option's type; what can't be converted stays a string, which the option's validator rejects. */
function toValue(name: keyof TransportOptions, given: unknown): unknown {
  if (name === 'spool' && typeof given === 'string' && !given.startsWith('{')) return { dir: given }
  const isJson = name === 'spool' || ['number', 'object'].includes(typeof transportDefaults[name])
  if (typeof given !== 'string' || !isJson) return given
  try {
    return JSON.parse(given)
  } catch {
    return given
  }
}

async function main(): Promise<void> {
  const command = readCommand()
  if (command.name === 'help') return void process.stdout.write(helpText)
  if (command.name === 'version') return void process.stdout.write(`${version}\n`)
  for (const name of appSignals) process.on(name, () => undefined)
  const stderr = new BestEffortOutput(2, toStream(2, process.stderr))
  const say = (event: string, detail: object): void =>
    stderr.write(`${JSON.stringify({ name: 'zmq-pub', event, ...detail })}\n`)
  const emit: EmitEvent = (event, detail) => {
    const isLoss = event === 'dropped' || event === 'undelivered'
    if (isLoss && (detail as { records: number }).records > 0) process.exitCode = exitCodes.lost
    if (isLoss || !command.options.quiet) say(event, detail)
  }
  const stream = await TransportStream.open(command.options, emit).catch((error: unknown) =>
    exitWithError(error, exitCodes.lost)
  )
  const tee = command.isTee ? createTee(command.options.stallMs, say) : undefined
  let isTerminated = false
  process.on('SIGTERM', () => {
    isTerminated = true
    process.stdin.destroy()
    tee?.stop()
  })
  try {
    await copyStdin(stream, tee)
  } catch (error) {
    // SIGTERM ends reading early; what was read is still sent.
    if (!isTerminated) {
      process.exitCode = exitCodes.lost
      say('stdinTrouble', { message: toMessage(error) })
    }
  }
  const closed = once(stream, 'close')
  stream.end()
  await Promise.all([closed, tee?.end()])
  await stderr.flush(stderrTimeoutMs)
  process.exit()
}

function createTee(stallMs: number, say: (event: string, detail: object) => void): Tee {
  toStream(1, process.stdout) // for its effect: a stopped terminal must not stop the process
  return new Tee(process.stdout, stallMs, {
    onTrouble: why => say('teeTrouble', { message: `stdout: ${why}` }),
    onMissed: lines => say('teeMissed', { lines })
  })
}

async function copyStdin(stream: TransportStream, tee: Tee | undefined): Promise<void> {
  for await (const chunk of process.stdin) {
    const drained = stream.write(chunk) ? undefined : once(stream, 'drain')
    await Promise.all([drained, tee?.write(chunk as Buffer)])
  }
}

function readCommand(): PipeCommand {
  try {
    return parsePipeArguments(process.argv.slice(2), process.env)
  } catch (error) {
    return exitWithError(error, exitCodes.usage)
  }
}

function exitWithError(error: unknown, exitCode: number): never {
  process.stderr.write(`zmq-pub: ${toMessage(error)}\n`)
  process.exit(exitCode)
}

if (isMain(import.meta.url, 'pipe.js')) await main()
