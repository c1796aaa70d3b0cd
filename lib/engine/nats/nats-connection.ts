import type * as jetstream from '@nats-io/jetstream'
import type * as transportNode from '@nats-io/transport-node'
import type { NatsConnection } from '@nats-io/transport-node'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { toMessage, ZmqPubError } from '../../errors.ts'
import type { NatsConnectOptions } from './nats-options.ts'

/** How long a connection may take. Unit: ms */
const connectMs = 5000
/** A server that doesn't answer this often is left for another one. Unit: ms */
const pingMs = 5000
const reconnectMs = 500

/** The client's modules. */
export interface NatsModules {
  jetstream: typeof jetstream
  transport: typeof transportNode
}

/** Loads the client, which only gateways and writers need. @throws ERR_ZMQ_PUB_ENGINE where it isn't installed */
export async function loadNats(): Promise<NatsModules> {
  try {
    return {
      jetstream: await import('@nats-io/jetstream'),
      transport: await import('@nats-io/transport-node')
    }
  } catch (error) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_ENGINE',
      'nats needs the packages @nats-io/transport-node and @nats-io/jetstream, which are not installed here; install them beside zmq-pub: npm install @nats-io/transport-node @nats-io/jetstream',
      { cause: error }
    )
  }
}

/** Connects to one of the servers; the connection changes to another one when it is lost. @throws ERR_ZMQ_PUB_ENGINE */
export async function connectNats(
  { transport }: NatsModules,
  { servers, credentials, tls }: NatsConnectOptions,
  name: string
): Promise<NatsConnection> {
  const isEncrypted = Object.values(tls).some(path => path !== '')
  const user = credentials === '' ? undefined : readGiven('credentials', credentials)
  for (const [part, path] of Object.entries(tls)) if (path !== '') readGiven(`tls.${part}`, path)
  try {
    return await transport.connect({
      servers,
      name,
      timeout: connectMs,
      pingInterval: pingMs,
      maxPingOut: 2,
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectMs,
      // A server that is being set up may refuse for a while.
      ignoreAuthErrorAbort: true,
      ...(user && { authenticator: transport.credsAuthenticator(user) }),
      ...(isEncrypted && { tls: toTlsOptions(tls, servers) })
    })
  } catch (error) {
    const isRefused = error instanceof transport.AuthorizationError
    const advice = isRefused
      ? 'give a file of credentials that the servers know'
      : 'start nats-server with JetStream (nats-server -js), or change servers'
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_ENGINE',
      `cannot connect to NATS at ${servers.join(', ')}: ${toMessage(error)}; ${advice}`,
      { cause: error }
    )
  }
}

/** More than the client's types have: it passes all of this on to node:tls. */
function toTlsOptions({ ca, cert, key }: NatsConnectOptions['tls'], servers: readonly string[]) {
  return {
    ...(ca !== '' && { caFile: ca }),
    ...(cert !== '' && { certFile: cert }),
    ...(key !== '' && { keyFile: key }),
    checkServerIdentity: toIdentityCheck(servers)
  }
}

/**
 * For an address that is an IP the client tells node:tls no name, which then looks for 'localhost' in the certificate. The
 * certificate must be that of one of the given servers.
 */
function toIdentityCheck(servers: readonly string[]): typeof checkServerIdentity {
  const hosts = servers.map(toHost)
  return (name, certificate) => {
    const isNamed = name !== 'localhost' || hosts.includes(name)
    const names = isNamed ? [name] : hosts.filter(host => isIP(host) !== 0)
    const errors = names.map(each => checkServerIdentity(each, certificate))
    return errors.includes(undefined) ? undefined : errors[0]
  }
}

/** The host of an address such as `nats://10.0.0.1:4222` or `[::1]`. */
function toHost(server: string): string {
  const address = server.replace(/^\w+:\/\//, '')
  return /^\[(.*)\]/.exec(address)?.[1] ?? address.replace(/:\d+$/, '')
}

/** @throws ERR_ZMQ_PUB_ENGINE where the file of an option can't be read */
function readGiven(optionName: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_ENGINE',
      `cannot read the file of nats.${optionName}, ${path}: ${toMessage(error)}`,
      { cause: error }
    )
  }
}
