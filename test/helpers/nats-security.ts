/** Keys for servers of NATS that let only some in. nsc, which makes them usually, is not in Debian: JWTs are made here. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nkeys } from '@nats-io/transport-node'
import { loopback } from './loopback.ts'

type NatsKeys = ReturnType<typeof nkeys.createUser>

/** Paths of PEM files. */
export interface Certificate {
  cert: string
  key: string
}

/** An operator with one account, and users of it. */
export class NatsOperator {
  readonly #operator = nkeys.createOperator()
  readonly #account = nkeys.createAccount()
  readonly #system = nkeys.createAccount()

  /** The configuration of a server that lets in this operator's users. */
  get config(): string {
    const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }
    const preload = [
      this.#toPreload(this.#account, storage), // for JetStream
      this.#toPreload(this.#system, {})
    ]
    return [
      `operator: ${toJwt(this.#operator, this.#operator, { type: 'operator', version: 2 })}`,
      `system_account: ${this.#system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload: {\n${preload.join('\n')}\n}`,
      ''
    ].join('\n')
  }

  #toPreload(account: NatsKeys, storage: object): string {
    const unlimited = { subs: -1, data: -1, payload: -1, conn: -1, imports: -1, exports: -1 }
    const claims = { type: 'account', version: 2, limits: { ...unlimited, ...storage } }
    return `  ${account.getPublicKey()}: ${toJwt(this.#operator, account, claims)}`
  }

  /** The text of a user's file of credentials, as `nsc` writes it. @param publish subjects that the user may publish to; all by default */
  createCredentials(publish?: string[]): string {
    const user = nkeys.createUser()
    const limits = { subs: -1, data: -1, payload: -1 }
    const claims = {
      type: 'user',
      version: 2,
      ...limits,
      ...(publish && { pub: { allow: publish } })
    }
    const jwt = toJwt(this.#account, user, claims)
    const seed = Buffer.from(user.getSeed()).toString()
    return [
      '-----BEGIN NATS USER JWT-----',
      jwt,
      '------END NATS USER JWT------',
      '',
      '-----BEGIN USER NKEY SEED-----',
      seed,
      '------END USER NKEY SEED------',
      ''
    ].join('\n')
  }
}

/** A signed statement about `subject`. */
function toJwt(issuer: NatsKeys, subject: NatsKeys, nats: object): string {
  const body = {
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name: 'test',
    sub: subject.getPublicKey(),
    nats
  }
  const jti = createHash('sha256').update(JSON.stringify(body)).digest('hex')
  const texts = [
    { typ: 'JWT', alg: 'ed25519-nkey' },
    { ...body, jti }
  ]
  const text = texts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`
}

/** Certificates by openssl: an authority's, and those that it signs. */
export class CertificateAuthority {
  readonly cert: string
  readonly #key: string
  readonly #folder: string

  constructor(folder: string, name = 'ca') {
    this.#folder = folder
    this.cert = join(folder, `${name}.pem`)
    this.#key = join(folder, `${name}.key`)
    const to = ['-keyout', this.#key, '-out', this.cert, '-subj', `/CN=${name}`, '-days', '2']
    openssl(['req', '-x509', ...newKey, ...to])
  }

  /** @param address of the server that has it */
  sign(name: string, address = loopback): Certificate {
    const [cert, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map(ending =>
      join(this.#folder, `${name}.${ending}`)
    ) as [string, string, string, string]
    writeFileSync(extensions, `subjectAltName=IP:${address}\n`)
    openssl(['req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`])
    const by = ['-CA', this.cert, '-CAkey', this.#key, '-CAcreateserial', '-days', '2']
    openssl(['x509', '-req', '-in', request, '-out', cert, '-extfile', extensions, ...by])
    return { cert, key }
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

function openssl(args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
