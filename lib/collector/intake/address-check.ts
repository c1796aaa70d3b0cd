/** What would keep a collector from using its addresses. */
import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { XSubscriber } from 'zeromq'
import { bindEndpoint, explainEndpointError } from '../../util/endpoint.ts'

/** Ports below this one may be for root. */
const firstOpenPort = 1024
/** The longest path of a socket on Linux. Unit: bytes */
const maxSocketPathBytes = 107

/**
 * Finds addresses that can't be bound or connected to. An address in use is no problem: the
 * configuration of a running collector is checked, too. Nothing is created.
 * @returns messages with their codes
 */
export async function findAddressProblems(
  bind: readonly string[],
  connect: readonly string[]
): Promise<string[]> {
  const checks: [address: string, check: (address: string) => void | Promise<void>][] = [
    ...bind.map(address => [address, checkBind] as [string, typeof checkBind]),
    ...connect.map(address => [address, checkConnect] as [string, typeof checkConnect])
  ]
  const problems: string[] = []
  for (const [address, check] of checks) {
    try {
      await check(address)
    } catch (error) {
      const explanation = explainEndpointError(address, error)
      problems.push(`ERR_ZMQ_PUB_ADDRESS: cannot use ${address}: ${explanation}`)
    }
  }
  return problems
}

async function checkBind(address: string): Promise<void> {
  if (address.startsWith('tcp:')) return tryPort(address)
  const path = toSocketPath(address)
  if (path === undefined) return
  checkLength(path)
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return accessSync(dirname(path), constants.W_OK | constants.X_OK)
  if (!found.isSocket())
    throw new Error(`${path} already exists and is not a socket; choose another path`)
}

/** All else is found out when it connects. */
function checkConnect(address: string): void {
  const path = toSocketPath(address)
  if (path !== undefined) checkLength(path)
}

function checkLength(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes <= maxSocketPathBytes) return
  throw new Error(`a socket's path must have at most ${maxSocketPathBytes} bytes, got ${bytes}`)
}

/** The path of an ipc address in the file system; undefined for other addresses. */
function toSocketPath(address: string): string | undefined {
  return /^ipc:\/\/([^@*].*)$/s.exec(address)?.[1]
}

/** Binds a tcp address at any free port, unless the port itself may be refused. */
async function tryPort(address: string): Promise<void> {
  const socket = new XSubscriber()
  try {
    const port = Number(/:(\d+)$/.exec(address)?.[1])
    await bindEndpoint(socket, port < firstOpenPort ? address : address.replace(/\d+$/, '*'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  } finally {
    socket.close()
  }
}
