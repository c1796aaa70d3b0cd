/** Servers of NATS that let only some in: a user's file of credentials, and TLS with certificates of both sides. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { NatsEngine } from '../../../lib/engine/nats/nats-engine.ts'
import type { NatsConnectOptions } from '../../../lib/engine/nats/nats-options.ts'
import { startNats } from '../../helpers/nats.ts'
import { CertificateAuthority, NatsOperator } from '../../helpers/nats-security.ts'

const noTls = { ca: '', cert: '', key: '' }
const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

/** Opens the stream `logs` as a gateway does. */
async function openGateway(
  t: Test,
  url: string,
  options: Partial<NatsConnectOptions>
): Promise<NatsEngine> {
  const shape = { stream: 'logs', subject: 'logs', partitions: 1, replicas: 1, maxBytes: 0 }
  const all = { servers: [url], credentials: '', tls: noTls, ...shape, ...options }
  const engine = await NatsEngine.openForGateway(all)
  t.teardown(() => engine.close())
  return engine
}

test('a server with an operator lets in users with credentials, and nobody else', async t => {
  const folder = t.testdir()
  const operator = new NatsOperator()
  const config = join(folder, 'nats.conf')
  writeFileSync(config, operator.config)
  const { url } = await startNats(t, join(folder, 'nats'), ['-c', config])
  const credentials = join(folder, 'gateway.creds')
  writeFileSync(credentials, operator.createCredentials())
  const engine = await openGateway(t, url, { credentials })
  await engine.publish({ partition: 0, id: '1', headers: {}, payload: Buffer.from('1\n') })
  const strangers = join(folder, 'stranger.creds')
  writeFileSync(strangers, new NatsOperator().createCredentials())
  for (const given of ['', strangers]) {
    await t.rejects(openGateway(t, url, { credentials: given }), {
      code: 'ERR_ZMQ_PUB_ENGINE',
      message: /cannot connect to NATS at nats:\S+: .*Authorization Violation.*credentials/i
    })
  }
})

test('with TLS both sides show a certificate that the other one knows', { skip }, async t => {
  const folder = t.testdir()
  const authority = new CertificateAuthority(folder)
  const server = authority.sign('server')
  const files = ['--tlscert', server.cert, '--tlskey', server.key, '--tlscacert', authority.cert]
  const { url } = await startNats(t, join(folder, 'nats'), ['--tlsverify', ...files])
  const tls = { ca: authority.cert, ...authority.sign('gateway') }
  const engine = await openGateway(t, url, { tls })
  await engine.publish({ partition: 0, id: '1', headers: {}, payload: Buffer.from('1\n') })
  const other = new CertificateAuthority(folder, 'other').cert
  for (const given of [noTls, { ...tls, ca: other }]) {
    await t.rejects(openGateway(t, url, { tls: given }), {
      code: 'ERR_ZMQ_PUB_ENGINE',
      message: /cannot connect to NATS at nats:\S+: /
    })
  }
})

test('a server with the certificate of another address is refused', { skip }, async t => {
  const folder = t.testdir()
  const authority = new CertificateAuthority(folder)
  const server = authority.sign('server', '10.9.9.9')
  const args = ['--tls', '--tlscert', server.cert, '--tlskey', server.key]
  const { url } = await startNats(t, join(folder, 'nats'), args)
  const tls = { ...noTls, ca: authority.cert }
  await t.rejects(openGateway(t, url, { tls }), {
    message: /does not match certificate's altnames/
  })
})

test('a server without TLS is refused where the options have tls', { skip }, async t => {
  const folder = t.testdir()
  const { url } = await startNats(t, join(folder, 'nats'))
  const tls = { ...noTls, ca: new CertificateAuthority(folder).cert }
  await t.rejects(openGateway(t, url, { tls }), { message: /cannot connect to NATS .*tls/ })
})
