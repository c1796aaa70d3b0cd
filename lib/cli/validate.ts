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
import { helpText } from './help-text.ts'

/**
 * Reads the arguments behind `validate`.
 * @returns the path of the file; undefined where help is asked for
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function parseValidate(args: string[], env: NodeJS.ProcessEnv): string | undefined {
  const { help, ...given } = readFlags(args, flagKinds)
  if (help) return undefined
  const { config = env[toVariable('config')] || undefined, ...others } = given
  if (typeof config === 'string' && Object.keys(others).length === 0) return toConfigPath(config)
  throw new ZmqPubError('ERR_ZMQ_PUB_OPTION', 'validate takes only --config FILE; see --help')
}

/** As a SubCommand runs. Only valid options are checked against this machine. @returns 78 if a problem was found */
export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const path = parseValidate(args, env)
  if (path === undefined) {
    process.stdout.write(helpText)
    return exitCodes.stopped
  }
  const problems = findConfigProblems(path)
  if (problems.length === 0) {
    problems.push(...(await findMachineProblems(parseCollectorOptions(readConfig(path)))))
  }
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  if (problems.length > 0) return exitCodes.invalidConfig
  process.stdout.write(`${path} is valid\n`)
  return exitCodes.stopped
}

/** What would keep a collector with these options from starting on this machine, as messages. */
async function findMachineProblems(options: ResolvedCollectorOptions): Promise<string[]> {
  try {
    await loadZeromq() // the modules below import it, whose own error doesn't say what to do
  } catch (error) {
    return [toMessage(error)]
  }
  const { findStartProblems } = await import('../collector/start-check.ts')
  return findStartProblems(options)
}
