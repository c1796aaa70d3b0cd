/** The arguments of `zmq-pub-collector top`. */
import type { ResolvedCollectorOptions } from '../collector/options/collector-options.ts'
import { readFlags } from '../options/flags.ts'
import { flagKinds, resolveOptions } from './collector-command.ts'
import { readSeconds, refuseGateway } from './shared-arguments.ts'

/** What is to be shown, and how. */
export interface TopRequest {
  /** of the collector that is asked: where its journal is */
  collector: ResolvedCollectorOptions
  /** one look, instead of a live table */
  isOnce: boolean
  /** as JSON; one look, too */
  isJson: boolean
  /** between two looks */
  intervalMs: number
}

const defaultIntervalSeconds = 1
const maxIntervalSeconds = 60

/**
 * Reads the arguments behind `top`: those of the collector, which tell where it is, and its own.
 * @returns undefined where help is asked for
 * @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_CONFIG
 */
export function parseTop(args: string[], env: NodeJS.ProcessEnv): TopRequest | undefined {
  const own = { once: 'switch', json: 'switch', interval: 'value', help: 'switch' } as const
  const { version: _, ...collectorKinds } = flagKinds
  const flags = readFlags(
    args,
    { ...collectorKinds, ...own },
    "give the collector's configuration file with --config, or its log with --file"
  )
  if (flags['help']) return undefined
  const collector = resolveOptions(flags, env)
  refuseGateway('top', collector)
  const { interval = `${defaultIntervalSeconds}` } = flags
  return {
    collector,
    isOnce: flags['once'] === true,
    isJson: flags['json'] === true,
    intervalMs: readSeconds('--interval', String(interval), maxIntervalSeconds)
  }
}
