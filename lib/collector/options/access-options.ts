/** The options about keys: which clients may connect, and what the collector believes of them. See docs/security.md. */
import { existsSync } from 'node:fs'
import { isLocalAddress } from '../../options/address.ts'
import { boolean, string, type Validator, type Validators } from '../../options/validators.ts'
import { hideKeys, mayBeKey } from '../../util/hide-keys.ts'

/** A name that a client gives itself, and that the name of its key can replace. */
export type PinnedName = 'app' | 'host'

/** The options of a collector about encryption and keys. All are optional. */
export interface AccessOptions {
  /**
   * Path of the file with the collector's own key pair, as `zmq-pub-collector keygen` creates it. With this option the
   * addresses of `bind` are encrypted. @default none
   */
  curveSecretKey?: string
  /**
   * Path of a folder or a file with the public keys of the clients that may connect. It needs `curveSecretKey`.
   * @default none: no client may connect to an encrypted address
   */
  authorizedKeys?: string
  /** Whether every client may connect that knows the collector's public key, instead of `authorizedKeys`. @default false */
  allowAnyClient?: boolean
  /**
   * Which names of a client are replaced by the name of its key: 'app', 'host', or both. It needs `authorizedKeys`.
   * @default none
   */
  pinNames?: PinnedName | 'app,host' | PinnedName[]
  /** Whether the collector may listen without encryption where other hosts can connect. @default false */
  insecure?: boolean
}

/** The same options, checked and with defaults filled in. '' = none. */
export interface ResolvedAccessOptions {
  curveSecretKey: string
  authorizedKeys: string
  allowAnyClient: boolean
  pinNames: PinnedName[]
  insecure: boolean
}

/** The default of each option. */
export const accessDefaults: ResolvedAccessOptions = {
  curveSecretKey: '',
  authorizedKeys: '',
  allowAnyClient: false,
  pinNames: [],
  insecure: false
}

/** A path. A key instead of a path is refused here, so that no error message of the system contains it. */
function pathOf(what: string): Validator<string> {
  return string(what, given => {
    const isPath = given !== '' && !given.includes('\0')
    return isPath && (!mayBeKey(given) || existsSync(given))
  })
}

const names: readonly string[] = ['app', 'host'] satisfies PinnedName[]

const pinNames: Validator<PinnedName[]> = {
  expected: "'app', 'host' or 'app,host'",
  schema: {
    anyOf: [
      { enum: ['app', 'host', 'app,host', 'host,app'] },
      { type: 'array', items: { enum: names }, minItems: 1, uniqueItems: true }
    ]
  },
  read(given) {
    const list: unknown = typeof given === 'string' ? given.split(',') : given
    const isRight =
      Array.isArray(list) &&
      list.length > 0 &&
      list.every(item => names.includes(String(item))) &&
      new Set(list).size === list.length
    return isRight ? (list as PinnedName[]) : undefined
  }
}

/** Checks for each option. */
export const accessValidators: Validators<ResolvedAccessOptions> = {
  curveSecretKey: pathOf('the path of an existing key file'),
  authorizedKeys: pathOf('the path of an existing folder or file with keys'),
  allowAnyClient: boolean,
  pinNames,
  insecure: boolean
}

/** The options that `findAccessFaults` compares. */
interface Settings extends ResolvedAccessOptions {
  bind: readonly string[]
  bindPlain: readonly string[]
  publish: readonly string[]
}

/** Conflicts between these options, as texts for messages. */
export function findAccessFaults(
  settings: Settings,
  optionName: (name: string) => string
): string[] {
  const { curveSecretKey, authorizedKeys, allowAnyClient, insecure } = settings
  const { bind, bindPlain, publish } = settings
  const hasPins = settings.pinNames.length > 0
  const faults: string[] = []
  if (curveSecretKey === '') {
    const given = { authorizedKeys, allowAnyClient, pinNames: hasPins, bindPlain: bindPlain.length }
    for (const [name, value] of Object.entries(given)) {
      if (value) {
        faults.push(
          `${optionName(name)} must be given with ${optionName('curveSecretKey')}: without it nothing is encrypted; zmq-pub-collector keygen collector creates a key`
        )
      }
    }
  } else if (hasPins && authorizedKeys === '') {
    faults.push(
      `${optionName('pinNames')} must be given with ${optionName('authorizedKeys')}, which has the names of the keys`
    )
  }
  if (authorizedKeys !== '' && allowAnyClient) {
    faults.push(
      `${optionName('authorizedKeys')} and ${optionName('allowAnyClient')} can't be used together: either only the listed clients may connect, or all`
    )
  }
  for (const [name, addresses, others] of [
    ['bindPlain', bindPlain, { bind }],
    ['publish', publish, { bind, bindPlain }]
  ] as const) {
    for (const [otherName, other] of Object.entries(others)) {
      // A port `*` is a different port each time.
      const both = addresses.filter(address => other.includes(address) && !address.endsWith('*'))
      if (both.length > 0) {
        faults.push(
          `${optionName(name)} must not have an address of ${optionName(otherName)}, got ${both.join(', ')} in both`
        )
      }
    }
  }
  return insecure ? faults : [...faults, ...findExposed(settings, optionName)]
}

const isExposed = (address: string): boolean => !isLocalAddress(address)

/** Addresses without encryption that other hosts can reach, as texts for messages. */
function findExposed(
  { curveSecretKey, bind, bindPlain, publish }: Settings,
  optionName: (name: string) => string
): string[] {
  const allowance = `in a network that you trust: --insecure ("insecure": true in a configuration file)`
  if (curveSecretKey !== '') {
    return bindPlain
      .filter(isExposed)
      .map(
        address =>
          `${optionName('bindPlain')} must be a loopback or ipc address, got ${hideKeys(address)}: anybody who can connect to it could read and forge logs; encrypt it (${optionName('bind')}), or ${allowance}`
      )
  }
  const exposed = [
    { name: 'bind', addresses: bind.filter(isExposed), could: 'read and forge logs' },
    { name: 'publish', addresses: publish.filter(isExposed), could: 'read all logs' }
  ]
  const flags = exposed.flatMap(({ name, addresses }) =>
    addresses.map(address => `--${name} '${hideKeys(address)}' `)
  )
  return exposed
    .filter(({ addresses }) => addresses.length > 0)
    .map(
      ({
        name,
        addresses,
        could
      }) => `${optionName(name)} must be a loopback or ipc address as long as there are no keys, got ${addresses.map(hideKeys).join(', ')}: anybody who can connect to it could ${could}.
The secure way, where app.key is the key of an app that may connect:
  zmq-pub-collector keygen collector
  zmq-pub-collector keygen app
  zmq-pub-collector ${flags.join('')}--curve-secret-key collector.key_secret --authorized-keys app.key
Or, ${allowance}`
    )
}
