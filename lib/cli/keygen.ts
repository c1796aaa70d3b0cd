/** `zmq-pub-collector keygen NAME`: makes a key pair for a collector or an app. */
import { writeKeyPair } from '../curve/certificate-file.ts'
import { createKeyPair, toFingerprint } from '../curve/keys.ts'
import { ZmqPubError } from '../errors.ts'
import { readFlags } from '../options/flags.ts'
import { exitCodes } from './exit-codes.ts'

const keygenHelp = `zmq-pub-collector keygen: creates a key pair for a collector or an app.

Usage: zmq-pub-collector keygen NAME [--dir FOLDER]

  NAME                 1 to 64 letters, digits, '.', '_' or '-'
  --dir FOLDER         where the files are created    [the working directory]
  --help

NAME.key is the public key, for others. NAME.key_secret has both keys: keep it on this
host. Existing files are never overwritten. What to do next is printed with the keys.
Exit codes: 0 the files are created, 2 wrong usage, or they cannot be created.
`

/** What is to be made. */
export interface KeygenRequest {
  /** of the files, without `.key` */
  keyName: string
  folder: string
}

/** As a SubCommand runs. Says where the keys are and what to do with them. */
export function run(args: string[]): number {
  const request = parseKeygen(args)
  process.stdout.write(request ? generateKeys(request) : keygenHelp)
  return exitCodes.stopped
}

/** Names that Windows keeps for devices. */
const deviceName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/**
 * Reads the arguments behind `keygen`.
 * @returns undefined where help is asked for
 * @throws ERR_ZMQ_PUB_OPTION
 */
export function parseKeygen(args: string[]): KeygenRequest | undefined {
  const index = args.findIndex((arg, at) => !arg.startsWith('-') && args[at - 1] !== '--dir')
  const flags = readFlags(
    index === -1 ? args : args.toSpliced(index, 1),
    { dir: 'value', help: 'switch' },
    'give one NAME, and the folder with --dir'
  )
  if (flags['help']) return undefined
  const { dir = '.' } = flags
  return { keyName: checkName(args[index] ?? ''), folder: String(dir) }
}

/** The name isn't shown in messages: it may be a key that was pasted at the wrong place. */
function checkName(name: string): string {
  const isFit = /^\w[\w.-]{0,63}$/.test(name) && !/\.key$|\.$/.test(name) && !deviceName.test(name)
  if (isFit) return name
  const rule =
    "keygen NAME must have 1 to 64 letters, digits, '.', '_' or '-', must not start with '.' or '-', and must not end with '.key'"
  const strange = /[^\w.-]/.exec(name)?.[0]
  const got =
    strange === undefined ? `${name.length} characters` : `one with ${JSON.stringify(strange)}`
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_OPTION',
    `${rule}, got ${name === '' ? 'none' : got}; use --dir to choose a folder`
  )
}

/**
 * Makes and writes the pair.
 * @returns what to print: where the files are, and what to do with them
 * @throws ERR_ZMQ_PUB_KEY where one of the files is there already, or can't be written
 */
export function generateKeys({ keyName, folder }: KeygenRequest): string {
  const keyPair = createKeyPair()
  const { publicPath, secretPath } = writeKeyPair(folder, keyName, keyPair)
  return `${publicPath}         the public key, for others
${secretPath}  the secret key: keep it here, and let no other user read it
fingerprint: ${toFingerprint(keyPair.publicKey)}

For a collector: put the .key file of each app into a folder, such as clients, and start it with
  zmq-pub-collector --curve-secret-key ${quote(secretPath)} --authorized-keys clients
For an app: copy ${publicPath} into that folder, and set this option; COLLECTOR.key is the collector's .key file
  curve: { serverKeyFile: 'COLLECTOR.key', secretKeyFile: ${JSON.stringify(secretPath).replaceAll('"', "'")} }
`
}

/** A path as one word of a shell. */
function quote(path: string): string {
  return /^[\w./:@%+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
