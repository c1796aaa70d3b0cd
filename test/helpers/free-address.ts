import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { loopback } from './loopback.ts'

/** An address on this machine that nobody uses, for a socket that doesn't tell which port it got. */
export async function findFreeAddress(): Promise<string> {
  return `tcp://${loopback}:${await findFreePort(loopback)}`
}

/** A port that nobody uses at this address, or at all addresses of this machine. */
export async function findFreePort(host?: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
