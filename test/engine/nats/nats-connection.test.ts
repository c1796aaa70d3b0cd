/** The client is a fake one here; nats-security.test.ts connects to servers that let only some in. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PeerCertificate } from 'node:tls'
import { test } from 'tap'
import {
  connectNats,
  loadNats,
  type NatsModules
} from '../../../lib/engine/nats/nats-connection.ts'

const noTls = { ca: '', cert: '', key: '' }
const server = 'nats://10.0.0.1:4222'

class AuthorizationError extends Error {}

type Given = Record<string, unknown> & {
  tls?: { checkServerIdentity: (name: string, certificate: PeerCertificate) => Error | undefined }
}

/** A client that notes what it is asked for. @param error what it fails with */
function createClient(error?: Error) {
  const asked: Given[] = []
  const transport = {
    AuthorizationError,
    credsAuthenticator: (credentials: Uint8Array) => `user ${Buffer.from(credentials).toString()}`,
    connect: async (options: Given) => {
      asked.push(options)
      if (error) throw error
      return 'connection'
    }
  }
  const modules = { transport } as unknown as NatsModules
  const connect = (given: object = {}): Promise<unknown> => {
    const options = { servers: [server], stream: 'logs', credentials: '', tls: noTls, ...given }
    return connectNats(modules, options, 'a name')
  }
  return { connect, asked }
}

test('the client of NATS is loaded', async t => {
  const { jetstream, transport } = await loadNats()
  t.type(jetstream.jetstreamManager, 'function')
  t.type(transport.connect, 'function')
})

test('a connection has a name, is looked after, and is made again for ever', async t => {
  const { connect, asked } = createClient()
  t.equal(await connect(), 'connection')
  t.match(asked, [
    {
      servers: [server],
      name: 'a name',
      timeout: 5000,
      pingInterval: 5000,
      maxPingOut: 2,
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true
    }
  ])
  t.notOk('tls' in (asked[0] ?? {}), 'without options of TLS the server decides')
  t.notOk('authenticator' in (asked[0] ?? {}))
})

test('the user of the credentials, and the files of TLS, go to the client', async t => {
  const folder = t.testdir({ creds: 'shop', ca: '', cert: '' })
  const at = (name: string): string => join(folder, name)
  const { connect, asked } = createClient()
  await connect({ credentials: at('creds'), tls: { ...noTls, ca: at('ca') } })
  await connect({ tls: { ca: '', cert: at('cert'), key: at('cert') } })
  t.match(asked, [
    { authenticator: 'user shop', tls: { caFile: at('ca'), certFile: undefined } },
    { tls: { caFile: undefined, certFile: at('cert'), keyFile: at('cert') } }
  ])
})

for (const name of ['credentials', 'tls.ca', 'tls.cert', 'tls.key']) {
  test(`a file of ${name} that is missing is named, and nothing connects`, async t => {
    const path = join(t.testdir(), 'missing')
    const tls = { ...noTls, ...(name !== 'credentials' && { [name.slice(4)]: path }) }
    const { connect, asked } = createClient()
    await t.rejects(connect({ credentials: name === 'credentials' ? path : '', tls }), {
      code: 'ERR_ZMQ_PUB_ENGINE',
      message: `cannot read the file of nats.${name}, ${path}: `
    })
    t.strictSame(asked, [])
  })
}

test('the error of a server that does not answer says which ones, why, and what to do', async t => {
  const { connect } = createClient(new Error('connection refused'))
  await t.rejects(connect({ servers: [server, 'nats://b:4222'] }), {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message:
      'cannot connect to NATS at nats://10.0.0.1:4222, nats://b:4222: connection refused; start nats-server with JetStream (nats-server -js), or change servers',
    cause: { message: 'connection refused' }
  })
})

test('the error of a server that lets the user not in advises other credentials', async t => {
  const { connect } = createClient(new AuthorizationError('Authorization Violation'))
  await t.rejects(connect(), {
    code: 'ERR_ZMQ_PUB_ENGINE',
    message: /Authorization Violation; give a file of credentials that the servers know$/
  })
})

/** By servers, the name that the client tells node:tls, and the names of the certificate. */
const identities: [servers: string[], name: string, altNames: string, isRight: boolean][] = [
  [['nats://logs.example:4222'], 'logs.example', 'DNS:logs.example', true],
  [['nats://logs.example:4222'], 'logs.example', 'DNS:other.example', false],
  [['nats://10.0.0.1:4222'], 'localhost', 'IP Address:10.0.0.1', true],
  [['10.0.0.1'], 'localhost', 'IP Address:10.0.0.1', true],
  [['nats://10.0.0.1:4222'], 'localhost', 'IP Address:10.9.9.9', false],
  [['nats://10.0.0.1:4222'], 'localhost', 'DNS:localhost', false],
  [['tls://[::1]:4222'], 'localhost', 'IP Address:0:0:0:0:0:0:0:1', true],
  [['nats://10.0.0.1', 'nats://10.0.0.2'], 'localhost', 'IP Address:10.0.0.2', true],
  [['nats://localhost:4222'], 'localhost', 'DNS:localhost', true],
  [['logs.example', '10.0.0.1'], 'localhost', 'DNS:logs.example', false],
  [['nats://localhost:4222', '10.0.0.1'], 'localhost', 'IP Address:10.0.0.1', false]
]

for (const [servers, name, altNames, isRight] of identities) {
  test(`a certificate of ${altNames} is ${isRight ? '' : 'not '}one of ${servers.join(' and ')}, connected to as ${name}`, async t => {
    const ca = join(t.testdir(), 'ca')
    writeFileSync(ca, '')
    const { connect, asked } = createClient()
    await connect({ servers, tls: { ...noTls, ca } })
    const certificate = { subject: { CN: '' }, subjectaltname: altNames }
    const error = asked[0]?.tls?.checkServerIdentity(name, certificate as PeerCertificate)
    t.equal(error === undefined, isRight, error?.message ?? 'it was accepted')
  })
}
