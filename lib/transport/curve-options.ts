/**
 * The option `curve`: the keys of a transport, checked and read once, when it starts. No message contains a given
 * value, because each of them could be a secret key in the wrong place.
 */
import { statSync } from 'node:fs'
import { readKeyPairFile, readPublicKeyFile, type Read } from '../curve/certificate-file.ts'
import {
  isKeyPair,
  parsePublicKey,
  parseSecretKey,
  toPublicKey,
  type KeyPair
} from '../curve/keys.ts'
import { toSharedSecret } from '../curve/proof.ts'
import { ZmqPubError } from '../errors.ts'
import { toAbsolutePath } from '../util/absolute-path.ts'
import { hideKeys, mayBeKey } from '../util/hide-keys.ts'
import { isObject } from '../util/object.ts'
import { suggestName } from '../util/suggest.ts'

/**
 * The keys of an encrypted connection. `zmq-pub-collector keygen NAME` creates a pair as two files, `NAME.key` and
 * `NAME.key_secret`. A key in the options is a text of 40 characters (Z85). The transport needs the collector's public
 * key (`serverKeyFile` or `serverKey`) and its own pair (`secretKeyFile`, or `publicKey` and `secretKey`).
 *
 *     curve: { serverKeyFile: 'collector.key', secretKeyFile: 'shop.key_secret' }
 *
 * The files are read once, when the transport starts. A file or a key that cannot be used is an ERR_ZMQ_PUB_KEY.
 */
export interface CurveOptions {
  /** The collector's public key. With several addresses: one key for all, or a list with one for each address in order. */
  serverKey?: string | string[]
  /** Path of a file with the collector's public key, such as `collector.key`; or a list, as for `serverKey`. */
  serverKeyFile?: string | string[]
  /** Path of the file with the app's own key pair, such as `shop.key_secret`. */
  secretKeyFile?: string
  /** The app's own public key. It is given together with `secretKey`, instead of a file. */
  publicKey?: string
  /** The app's own secret key. It is given together with `publicKey`. Do not write it into code. */
  secretKey?: string
}

/** The checked keys of a transport. */
export interface ResolvedCurve {
  /** the transport's own keys */
  keyPair: KeyPair
  /** the public keys of the collectors as Z85, one for each address */
  serverKeys: string[]
  /** sentences for the user about key files that other users can read, or that contain a secret key without need */
  warnings: string[]
}

/** The names of the members of `curve`. */
export const curveMemberNames = [
  'serverKey',
  'serverKeyFile',
  'secretKeyFile',
  'publicKey',
  'secretKey'
] as const

/** The name of a member of `curve`. */
export type CurveMember = (typeof curveMemberNames)[number]

const howToMake = 'zmq-pub-collector keygen creates one'

/**
 * Checks the option `curve` and reads the key files.
 * @param given the user's value
 * @param addressCount number of the transport's addresses
 * @param nameOf how a message names a member, such as `curve.serverKey`; without an argument, how it names `curve`
 * @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_KEY
 */
export function readCurve(
  given: unknown,
  addressCount: number,
  nameOf: (member?: CurveMember) => string
): ResolvedCurve {
  const warnings: string[] = []
  const keep = <T>({ value, warnings: more }: Read<T>): T => {
    warnings.push(...more)
    return value
  }
  const curve = checkMembers(given, nameOf)
  const keyPair = readKeyPair(curve, nameOf, keep)
  const serverKeys = readServerKeys(curve, addressCount, nameOf, keep)
  const serverName = nameOf(curve.serverKey === undefined ? 'serverKeyFile' : 'serverKey')
  for (const key of serverKeys) {
    toSharedSecret(keyPair.secretKey, key) // throws where the key proves nothing
    const isSecret = key === keyPair.secretKey.reveal()
    if (!isSecret && key !== keyPair.publicKey) continue
    const got = isSecret ? 'secret key' : 'public key'
    refuse(`${serverName} must be the collector's public key, got the app's own ${got}`)
  }
  return { keyPair, serverKeys, warnings: [...new Set(warnings)] }
}

type NameOf = (member?: CurveMember) => string
type Keep = <T>(read: Read<T>) => T
type GivenCurve = Partial<Record<CurveMember, unknown>>

/** Checks that no member is missing, given twice, or unknown. */
function checkMembers(given: unknown, nameOf: NameOf): GivenCurve {
  if (!isObject(given)) {
    return refuse(
      `${nameOf()} must be an object with serverKey or serverKeyFile, and secretKeyFile or publicKey and secretKey; got ${toType(given)}`
    )
  }
  for (const name of Object.keys(given)) {
    if ((curveMemberNames as readonly string[]).includes(name)) continue
    const hint = mayBeKey(name) ? '' : suggestName(name, curveMemberNames)
    refuse(
      `unknown option '${hideKeys(name)}' in ${nameOf()}${hint}; known options: ${curveMemberNames.join(', ')}`
    )
  }
  const curve = given as GivenCurve
  const has = (name: CurveMember): boolean => curve[name] !== undefined
  const refuseBoth = (one: CurveMember, other: CurveMember): never =>
    refuse(`${nameOf(one)} and ${nameOf(other)} can't be used together; remove one`)
  if (has('serverKey') && has('serverKeyFile')) refuseBoth('serverKey', 'serverKeyFile')
  if (has('secretKeyFile') && has('secretKey')) refuseBoth('secretKeyFile', 'secretKey')
  if (has('secretKeyFile') && has('publicKey')) refuseBoth('secretKeyFile', 'publicKey')
  if (!has('serverKey') && !has('serverKeyFile')) {
    refuse(
      `${nameOf('serverKeyFile')} or ${nameOf('serverKey')} must be given: the collector's public key`
    )
  }
  if (has('publicKey') !== has('secretKey')) {
    const [missing, other] = has('publicKey')
      ? (['secretKey', 'publicKey'] as const)
      : (['publicKey', 'secretKey'] as const)
    refuse(
      `${nameOf(missing)} must be given together with ${nameOf(other)}; or give ${nameOf('secretKeyFile')}, a file with both`
    )
  }
  if (!has('secretKeyFile') && !has('secretKey')) {
    refuse(
      `${nameOf('secretKeyFile')} must be given: the file with the app's own keys; ${howToMake}`
    )
  }
  return curve
}

function readKeyPair(curve: GivenCurve, nameOf: NameOf, keep: Keep): KeyPair {
  if (curve.secretKeyFile !== undefined) {
    const name = nameOf('secretKeyFile')
    return keep(readKeyPairFile(toPath(curve.secretKeyFile, name), name))
  }
  const publicKey = parsePublicKey(curve.publicKey, nameOf('publicKey'))
  const secretKey = parseSecretKey(curve.secretKey, nameOf('secretKey'))
  if (isKeyPair({ publicKey, secretKey })) return { publicKey, secretKey }
  const swapped = parseSecretKey(publicKey, nameOf('publicKey'))
  const isSwapped = toPublicKey(swapped) === secretKey.reveal()
  return refuse(
    `${nameOf('publicKey')} and ${nameOf('secretKey')} must be a key pair, got ${isSwapped ? 'the two keys swapped' : 'keys of different pairs'}`,
    'ERR_ZMQ_PUB_KEY'
  )
}

function readServerKeys(
  curve: GivenCurve,
  addressCount: number,
  nameOf: NameOf,
  keep: Keep
): string[] {
  const member = curve.serverKey === undefined ? 'serverKeyFile' : 'serverKey'
  const name = nameOf(member)
  const given = Array.isArray(curve[member]) ? (curve[member] as unknown[]) : [curve[member]]
  if (given.length !== 1 && given.length !== addressCount) {
    const what =
      addressCount === 1 ? 'one key' : `one key for all addresses, or one for each: ${addressCount}`
    refuse(`${name} must be ${what}; got ${given.length}`)
  }
  const keys = given.map(item =>
    member === 'serverKey'
      ? parsePublicKey(item, name)
      : keep(readPublicKeyFile(toPath(item, name), name))
  )
  return Array.from({ length: addressCount }, (_, index) => (keys[index] ?? keys[0]) as string)
}

/** An absolute path. A key instead of a path is refused first, so that no error message of the system contains it. */
function toPath(given: unknown, name: string): string {
  if (typeof given !== 'string' || given === '') {
    return refuse(
      `${name} must be the path of a key file, got ${given === '' ? 'an empty string' : toType(given)}`
    )
  }
  if (given.includes('\0'))
    return refuse(`${name} must be the path of a key file, got one with a NUL character`)
  try {
    const path = toAbsolutePath(given)
    const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined
    if (isThere || !mayBeKey(given)) return path
  } catch (error) {
    // A folder that can't be entered, or a name that is too long: reading says which, unless it is a key.
    if (!mayBeKey(given)) return refuse(`${name}: ${(error as Error).message}`)
  }
  return refuse(
    `${name} must be the path of a key file, got ${given.length} characters that may be a key itself; there is no such file`
  )
}

function toType(given: unknown): string {
  if (given === null) return 'null'
  return Array.isArray(given) ? 'a list' : `a ${typeof given}`
}

function refuse(
  detail: string,
  code: 'ERR_ZMQ_PUB_OPTION' | 'ERR_ZMQ_PUB_KEY' = 'ERR_ZMQ_PUB_OPTION'
): never {
  throw new ZmqPubError(code, detail)
}
