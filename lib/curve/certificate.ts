/**
 * The text of a certificate file, as pyzmq (`zmq.auth.create_certificates`) and czmq (`zcert`, and so
 * rsyslog's imczmq and omczmq) write it: ZPL, with keys as Z85.
 *
 *     # a comment
 *     metadata
 *         name = "web-1"
 *     curve
 *         public-key = "…"
 *         secret-key = "…"
 *
 * Read is more than is written: any indentation, single, double or no quotes, CRLF, a byte order mark,
 * the keys without a section. No message has anything of the text in it, for it may be a secret.
 * @see https://rfc.zeromq.org/spec/4/
 */
import { ZmqPubError } from '../errors.ts'
import { isKeyPair, parsePublicKey, parseSecretKey, toPublicKey } from './keys.ts'
import type { Secret } from './secret.ts'

/** What a certificate file holds. */
export interface Certificate {
  /** as Z85 */
  publicKey: string
  /** undefined in a file that may be given away */
  secretKey: Secret<string> | undefined
  /** of the section `metadata` */
  metadata: ReadonlyMap<string, string>
}

const keyNames = ['public-key', 'secret-key']

/** How czmq writes that there is no secret key. */
const noSecret = '0'.repeat(40)

/** One `name = value`, with what is behind the equals sign. */
const assignment = /^(\s*)([\w./@-]+)\s*=(.*)$/

/** The beginning of a section, not indented. */
const section = /^([\w./@-]+)\s*(?:#.*)?$/

/**
 * Reads a certificate.
 * @param source names the file in messages
 * @throws ERR_ZMQ_PUB_KEY where there is no key, one that isn't valid, one twice, or two that aren't a pair
 */
export function parseCertificate(text: string, source: string): Certificate {
  const { keys, metadata } = readProperties(text, source)
  const given = keys.get('secret-key')
  const secretKey =
    given === undefined || given === noSecret
      ? undefined
      : parseSecretKey(given, `secret-key in ${source}`)
  const publicKey = keys.has('public-key')
    ? parsePublicKey(keys.get('public-key'), `public-key in ${source}`)
    : secretKey && toPublicKey(secretKey)
  if (publicKey === undefined) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_KEY',
      `${source} must be a certificate with a public-key, got one without; zmq-pub-collector keygen creates one`
    )
  }
  if (secretKey && !isKeyPair({ publicKey, secretKey })) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_KEY',
      `public-key and secret-key in ${source} must be a key pair, got keys of different pairs; copy the file again`
    )
  }
  return { publicKey, secretKey, metadata }
}

/** The text of a certificate file; with the secret key where there is one. */
export function formatCertificate({ publicKey, secretKey, metadata }: Certificate): string {
  const head = secretKey
    ? '#   ZeroMQ CURVE **Secret** Certificate, by zmq-pub\n#   DO NOT GIVE THIS FILE TO OTHERS, and leave its permissions as they are.\n'
    : '#   ZeroMQ CURVE Public Certificate, by zmq-pub\n#   May be given to others.\n'
  const lines = [
    'metadata',
    ...[...metadata].map(toLine),
    'curve',
    toLine(['public-key', publicKey])
  ]
  if (secretKey) lines.push(toLine(['secret-key', secretKey.reveal()]))
  return `${head}\n${lines.join('\n')}\n`
}

/** @throws RangeError on a value that can't be written */
function toLine([name, value]: [string, string]): string {
  if (/["\p{Cc}]/u.test(value)) throw new RangeError(`${name} has quotes or control characters`)
  return `    ${name} = "${value}"`
}

/** Whether a text is meant as a certificate. */
export function looksLikeCertificate(text: string): boolean {
  return /^\uFEFF?[ \t]*(?:(?:public|secret)-key[ \t]*=|(?:curve|metadata)[ \t\r]*(?:#.*)?$)/m.test(
    text
  )
}

interface Properties {
  keys: Map<string, string>
  metadata: Map<string, string>
}

function readProperties(text: string, source: string): Properties {
  if (text.includes('\0')) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_KEY',
      `${source} must be UTF-8 text, got NUL characters in it`
    )
  }
  const keys = new Map<string, string>()
  const metadata = new Map<string, string>()
  let current = ''
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue
    const [, indent = '', name, rest = ''] = assignment.exec(line) ?? []
    if (name === undefined) {
      current = section.exec(line)?.[1] ?? current
      continue
    }
    const owner = indent === '' ? '' : current
    const value = readValue(rest.trim())
    if (owner === 'metadata') metadata.set(name, value)
    else if (keyNames.includes(name) && (owner === '' || owner === 'curve')) {
      if (keys.has(name)) {
        throw new ZmqPubError(
          'ERR_ZMQ_PUB_KEY',
          `${source} must have one ${name}, got a second one in line ${index + 1}`
        )
      }
      keys.set(name, value)
    }
  }
  return { keys, metadata }
}

/** Without quotes a comment needs a space before its #, for keys have this character, too. */
function readValue(text: string): string {
  const quote = text.charAt(0)
  const isQuoted = quote === '"' || quote === "'"
  const end = isQuoted ? text.indexOf(quote, 1) : text.search(/\s#/)
  return text.slice(isQuoted ? 1 : 0, end === -1 ? undefined : end).trimEnd()
}
