/** `zmq-pub-collector validate --config FILE`: lists everything that is wrong with a configuration file. */
import {
  parseCollectorOptions,
  type ResolvedCollectorOptions
} from '../collector/options/collector-options.ts'
import { toMessage, ZmqPubError } from '../errors.ts'
import { flagKinds, toConfigPath, toVariable } from './collector-command.ts'
import { readFlags } from '../options/flags.ts'
import { loadZeromq } from '../zeromq.ts'
import { findConfigProblems, readConfig } from './config-file.ts'
import { exitCodes } from './exit-codes.ts'

const validateHelp = `zmq-pub-collector validate: lists everything that is wrong with a configuration file.

Usage: zmq-pub-collector validate --config FILE

It checks the file, and whether this user can use the folders, keys and addresses in it.
Run it as the user of the collector. Environment variables are ignored, except for
ZMQ_PUB_COLLECTOR_CONFIG, which can name the file. Nothing is created.
Exit codes: 0 the file is valid, 78 it has problems (stderr lists them), 2 wrong usage.
`

/**
 * Reads the arguments behind `validate`.
 * @returns the path of the file; undefined where help is asked for
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function parseValidate(args: string[], env: NodeJS.ProcessEnv): string | undefined {
  const { help, ...given } = readFlags(args, flagKinds, 'give the file with --config')
  if (help) return undefined
  const { config = env[toVariable('config')] || undefined, ...others } = given
  if (typeof config === 'string' && Object.keys(others).length === 0) return toConfigPath(config)
  throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', 'validate takes only --config FILE; see --help')
}

/** As a SubCommand runs. Only valid options are checked against this machine. @returns 78 if a problem was found */
export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const path = parseValidate(args, env)
  if (path === undefined) {
    process.stdout.write(validateHelp)
    return exitCodes.stopped
  }
  const problems = findConfigProblems(path)
  const warnings: string[] = []
  if (problems.length === 0) {
    const found = await checkMachine(parseCollectorOptions(readConfig(path)))
    problems.push(...found.problems)
    warnings.push(...found.warnings)
  }
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  if (problems.length > 0) return exitCodes.invalidConfig
  process.stdout.write(`${path} is valid\n`)
  return exitCodes.stopped
}

/** What would keep a collector with these options from starting on this machine, else what it would warn of. */
async function checkMachine(
  options: ResolvedCollectorOptions
): Promise<{ problems: string[]; warnings: string[] }> {
  try {
    await loadZeromq() // the modules below import it, whose own error doesn't say what to do
  } catch (error) {
    return { problems: [toMessage(error)], warnings: [] }
  }
  const { findStartProblems, findStartWarnings } = await import('../collector/start-check.ts')
  const problems = await findStartProblems(options)
  return { problems, warnings: problems.length === 0 ? findStartWarnings(options) : [] }
}
