import type { Server } from 'node:net'
import type { HostPort } from './host-port.ts'

/**
 * Lets a server listen. Later errors, such as a connection for which no descriptor is left, are ignored.
 * @param isExclusive whether a worker of node:cluster has the address for itself
 * @throws the system's error
 */
export async function listenAt(
  server: Server,
  { host, port }: HostPort,
  isExclusive: boolean
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, exclusive: isExclusive, ...(host !== '*' && { host }) }, resolve)
  })
  server.removeAllListeners('error').on('error', () => undefined)
}
