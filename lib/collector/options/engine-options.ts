/** The options of gateways and writers: `nats` of an output, and `from`. docs/scaling.md explains them. */
import { ZmqPubError } from '../../errors.ts'
import {
  listOf,
  readOption,
  resolveOptions,
  show,
  size,
  string,
  wholeNumber,
  type Validator,
  type Validators
} from '../../options/validators.ts'
import { isObject } from '../../util/object.ts'

/** Where a stream of NATS JetStream is. */
export interface NatsOptions {
  /** An address such as 'nats://10.0.0.1:4222', or a list of them: one that answers is enough. */
  servers: string | string[]
  /** Name of the stream. @default 'zmq-pub' */
  stream?: string
  /** Path of a file with a user's JWT and key, as `nsc` writes it. @default none */
  credentials?: string
  /** Paths of PEM files for an encrypted connection. @default none: the servers decide */
  tls?: { ca?: string; cert?: string; key?: string }
}

/** The only output of a gateway. */
export interface NatsOutputOptions extends NatsOptions {
  /** The stream's subjects are `<subject>.0`, `<subject>.1` and so on. @default 'zmq-pub' */
  subject?: string
  /** How many partitions a stream gets that is made: at most this many writers can share it. @default 4 */
  partitions?: number
  /** On how many nodes of the cluster each message must be. @default 3 */
  replicas?: number
  /** The size of a stream that is made. When it is full, records wait in the apps. 0 = no limit; otherwise at least '1g'. @default '10g' */
  maxBytes?: number | string
}

/** Where a writer reads. */
export interface NatsSourceOptions extends NatsOptions {
  /** The partitions that this writer reads; no other writer may read them. @default all */
  partitions?: number[]
}

interface ResolvedNats {
  servers: string[]
  stream: string
  credentials: string
  tls: { ca: string; cert: string; key: string }
}

/** Checked, and with defaults filled in. Sizes in bytes; '' = none. */
export interface ResolvedNatsOutput extends ResolvedNats {
  subject: string
  partitions: number
  replicas: number
  maxBytes: number
}

/** Checked, and with defaults filled in. */
export interface ResolvedNatsSource extends ResolvedNats {
  /** empty = all */
  partitions: number[]
}

/** More partitions than this are more than any writers need. */
const maxPartitions = 256

const noTls = { ca: '', cert: '', key: '' }
const path = string('the path of a file', given => !given.includes('\0'))
const serverAddress = string("an address such as 'nats://10.0.0.1:4222'", given =>
  /^(?:(?:nats|tls):\/\/)?[^\s/@]+$/.test(given)
)
const streamName = string("a name without spaces, dots, '*', '>' and slashes", given =>
  /^[^\s.*>/\\]{1,200}$/.test(given)
)
const subjectName = string("words that are separated by dots, such as 'logs'", given =>
  /^[^\s.*>$]+(?:\.[^\s.*>]+)*$/.test(given)
)
const tls: Validator<ResolvedNats['tls']> = {
  expected: 'an object with the paths ca, cert and key',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { ca: path.schema, cert: path.schema, key: path.schema }
  },
  read(given) {
    if (!isObject(given)) return undefined
    const isKnown = Object.entries(given).every(
      ([name, value]) => name in noTls && path.read(value) !== undefined
    )
    return isKnown ? { ...noTls, ...given } : undefined
  }
}
const partitionList: Validator<number[]> = {
  ...listOf(wholeNumber(0, maxPartitions - 1)),
  expected: 'a list of numbers of partitions, from 0 on'
}

const natsValidators: Validators<ResolvedNats> = {
  servers: listOf(serverAddress),
  stream: streamName,
  credentials: path,
  tls
}
const natsDefaults: ResolvedNats = { servers: [], stream: 'zmq-pub', credentials: '', tls: noTls }

/**
 * A message that is stored before earlier ones of its sender can't be deleted until these are stored, too: they need
 * room behind it, whatever other gateways publish meanwhile. Unit: bytes
 */
const leastMaxBytes = 1024 ** 3
const maxBytes: Validator<number> = {
  ...size,
  expected: "0, or a size of at least '1g'",
  read(given) {
    const bytes = size.read(given)
    return bytes === undefined || (bytes > 0 && bytes < leastMaxBytes) ? undefined : bytes
  }
}

const outputValidators: Validators<ResolvedNatsOutput> = {
  ...natsValidators,
  subject: subjectName,
  partitions: wholeNumber(1, maxPartitions),
  replicas: wholeNumber(1, 5),
  maxBytes
}
const sourceValidators: Validators<ResolvedNatsSource> = {
  ...natsValidators,
  partitions: partitionList
}

const defaultMaxBytes = 10 * 1024 ** 3

/** Whether a list of outputs, as it was given, is that of a gateway. */
export function isGateway(items: unknown): items is unknown[] {
  return Array.isArray(items) && items.some(item => isObject(item) && 'nats' in item)
}

/** @param items the outputs of a gateway, as given @throws ERR_ZMQ_PUB_OPTION */
export function resolveGateway(
  items: readonly unknown[],
  optionName: (name: string) => string
): ResolvedNatsOutput {
  const [item] = items
  const names = isObject(item) ? Object.keys(item) : []
  if (items.length > 1 || names.length > 1) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${optionName('outputs')} must be a single output with nothing but nats if it has nats: a gateway writes no files, got ${show(items)}; writers of the stream have the other outputs`
    )
  }
  const { nats } = item as { nats: unknown }
  const defaults = {
    ...natsDefaults,
    subject: 'zmq-pub',
    partitions: 4,
    replicas: 3,
    maxBytes: defaultMaxBytes
  }
  const toName = (name: string): string => optionName(`outputs[0].nats.${name}`)
  return resolveNats(nats, defaults, outputValidators, toName)
}

/** @param given `from` of a writer @throws ERR_ZMQ_PUB_OPTION */
export function resolveFrom(
  given: unknown,
  optionName: (name: string) => string
): ResolvedNatsSource {
  if (!isObject(given) || Object.keys(given).join() !== 'nats') {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `${optionName('from')} must be an object such as { "nats": { "servers": "nats://10.0.0.1:4222" } }, got ${show(given)}`
    )
  }
  const toName = (name: string): string => optionName(`from.nats.${name}`)
  const defaults = { ...natsDefaults, partitions: [] }
  return resolveNats(given['nats'], defaults, sourceValidators, toName)
}

function resolveNats<T extends ResolvedNats>(
  given: unknown,
  defaults: T,
  validators: Validators<T>,
  toName: (name: string) => string
): T {
  const resolved = resolveOptions<T>(given, defaults, validators, toName)
  // Without a default: a gateway that publishes elsewhere than meant would seem to work.
  if (resolved.servers.length === 0) readOption(toName('servers'), undefined, validators.servers)
  return resolved
}

/** JSON schemas: of `nats` in an output, and of `from`. */
export const engineSchemas = {
  nats: toSchema(outputValidators),
  from: {
    type: 'object',
    additionalProperties: false,
    required: ['nats'],
    properties: { nats: toSchema(sourceValidators) }
  }
}

function toSchema(validators: Record<string, { schema: object }>): object {
  const properties = Object.entries(validators).map(([name, { schema }]) => [name, schema])
  return {
    type: 'object',
    additionalProperties: false,
    required: ['servers'],
    properties: Object.fromEntries(properties) as Record<string, object>
  }
}

/**
 * Conflicts of gateways and writers with other options, as texts for messages.
 * @param given all options as they were given
 * @param addresses those that would be listened at or connected to, by option
 * @param writerOptionNames what only writers have a use for: a gateway writes no files
 */
export function findEngineFaults(
  given: Readonly<Record<string, unknown>>,
  addresses: Readonly<Record<string, readonly string[]>>,
  writerOptionNames: readonly string[],
  optionName: (name: string) => string
): string[] {
  const isWriter = given['from'] !== undefined
  const isOfGateway = isGateway(given['outputs'])
  const listened = Object.keys(addresses).filter(name => (addresses[name]?.length ?? 0) > 0)
  const misplaced = writerOptionNames.filter(name => given[name] !== undefined)
  return [
    ...(isWriter ? listened : []).map(
      name =>
        `${optionName(name)} can't be combined with from: a writer reads a stream instead of listening`
    ),
    ...(isWriter && isOfGateway
      ? [
          `${optionName('from')} can't be combined with an output that has nats: a gateway listens, a writer writes files`
        ]
      : []),
    ...(isOfGateway ? misplaced : []).map(
      name =>
        `${optionName(name)} can't be combined with an output that has nats: a gateway has no files; give it to the writers`
    )
  ]
}
