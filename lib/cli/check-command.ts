/** `zmq-pub-collector check`: says whether a collector answers. */
import { parseCheck } from './check-arguments.ts'
import { check } from './check.ts'
import { exitCodes } from './exit-codes.ts'

const checkHelp = `zmq-pub-collector check: connects to a collector as an app does, and waits for an ack.

Usage: zmq-pub-collector check [options]

  --address ADDRESS    the collector; default: ZMQ_PUB_ADDRESS, or
                       tcp://127.0.0.1:5558
  --timeout SECONDS    how long it may take to answer, from 1 to 60              [5]
  --curve-server-key-file FILE   encrypt, with this public key of the collector
  --curve-secret-key-file FILE   the key pair of this client: make it with
                       zmq-pub-collector keygen check, and copy check.key to the
                       collector's --authorized-keys
  --help

The variables ZMQ_PUB_CURVE_SERVER_KEY_FILE and ZMQ_PUB_CURVE_SECRET_KEY_FILE can name
the files, too. Nothing is written into the log. A collector whose disk is full answers.
Exit codes: 0 it has answered, 1 it has not (stderr says why), 2 wrong usage or keys.
`

/** As a SubCommand runs. @returns 0 where the collector has answered */
export async function run(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const request = parseCheck(args, env)
  if (!request) {
    process.stdout.write(checkHelp)
    return exitCodes.stopped
  }
  const { isAnswered, text } = await check(request)
  const output = isAnswered ? process.stdout : process.stderr
  output.write(`${text}\n`)
  return isAnswered ? exitCodes.stopped : exitCodes.failed
}
