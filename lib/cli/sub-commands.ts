/** The sub-commands of `zmq-pub-collector`, by the first argument. Each loads what it needs only when it is called. */
import { toMessage } from '../errors.ts'
import { getOwn } from '../util/object.ts'
import { suggestName } from '../util/suggest.ts'
import { exitCodes, toExitCode } from './exit-codes.ts'

/** A module that runs a sub-command. */
interface SubCommand {
  /**
   * Runs it to its end.
   * @param args the arguments behind the command's name
   * @returns the exit code
   * @throws ZmqPubError: wrong usage if an option, a configuration file or a key cannot be used
   */
  run: (args: string[], env: NodeJS.ProcessEnv) => number | Promise<number>
}

const subCommands: Readonly<Record<string, () => Promise<SubCommand>>> = {
  check: () => import('./check-command.ts'),
  keygen: () => import('./keygen.ts'),
  search: () => import('./search.ts'),
  tail: () => import('./tail.ts'),
  top: () => import('./top.ts'),
  validate: () => import('./validate.ts')
}

/**
 * Runs the sub-command that the first argument names. Errors are written to stderr.
 * @returns its exit code; undefined where the first argument is no sub-command
 */
export async function runSubCommand(
  [name = '', ...args]: string[],
  env: NodeJS.ProcessEnv
): Promise<number | undefined> {
  const load = getOwn(subCommands, name)
  if (!load) return refuseMisspelt(name)
  try {
    const { run } = await load()
    return await run(args, env)
  } catch (error) {
    process.stderr.write(`zmq-pub-collector: ${toMessage(error)}\n`)
    return toExitCode(error, ['ERR_ZMQ_PUB_OPTION', 'ERR_ZMQ_PUB_CONFIG', 'ERR_ZMQ_PUB_KEY'])
  }
}

/** @returns undefined for a flag, or for what resembles no command: the collector's own arguments are read then */
function refuseMisspelt(name: string): number | undefined {
  const hint = /^\w+$/.test(name) ? suggestName(name, Object.keys(subCommands)) : ''
  if (hint === '') return undefined
  process.stderr.write(`zmq-pub-collector: unknown command '${name}'${hint}; see --help\n`)
  return exitCodes.usage
}
