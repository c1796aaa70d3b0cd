/** `zmq-pub-collector check`: says whether a collector answers. */
import { parseCheck } from './check-arguments.ts'
import { check } from './check.ts'
import { exitCodes } from './exit-codes.ts'
import { helpText } from './help-text.ts'

/** As a SubCommand runs. @returns 0 where the collector has answered */
export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const request = parseCheck(args, env)
  if (!request) {
    process.stdout.write(helpText)
    return exitCodes.stopped
  }
  const { isAnswered, text } = await check(request)
  const output = isAnswered ? process.stdout : process.stderr
  output.write(`${text}\n`)
  return isAnswered ? exitCodes.stopped : exitCodes.failed
}
