import type * as jetstream from '@nats-io/jetstream'
import type * as transportNode from '@nats-io/transport-node'
import type { NatsConnection } from '@nats-io/transport-node'
import { readFileSync } from 'node:fs'
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
  const { ca, cert, key } = tls
  const isEncrypted = ca !== '' || cert !== '' || key !== ''
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
      ...(credentials !== '' && {
        authenticator: transport.credsAuthenticator(readFileSync(credentials))
      }),
      ...(isEncrypted && {
        tls: {
          ...(ca !== '' && { caFile: ca }),
          ...(cert !== '' && { certFile: cert }),
          ...(key !== '' && { keyFile: key })
        }
      })
    })
  } catch (error) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_ENGINE',
      `cannot connect to NATS at ${servers.join(', ')}: ${toMessage(error)}; start nats-server with JetStream (nats-server -js), or change servers`,
      { cause: error }
    )
  }
}
