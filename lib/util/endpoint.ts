/** Binding and connecting ZeroMQ sockets: which IP version an address needs, and whether an ipc path is taken. */
import { ADDRCONFIG } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { statSync } from 'node:fs'
import { connect as openConnection, isIP } from 'node:net'
import { getOwn } from './object.ts'
import { setOptionQuietly } from './socket-option.ts'

/** What these functions need of a ZeroMQ socket. */
export interface EndpointSocket {
  /** ZMQ_IPV6: addresses are IPv6, and names are looked up as IPv6. libzmq reads it when it binds or connects. */
  ipv6: boolean
  readonly closed: boolean
  bind(address: string): Promise<void>
  connect(address: string): void
  disconnect(address: string): void
}

/**
 * Binds an address. `tcp://*` listens for IPv4 and IPv6, a name or an interface for IPv4 if it has that.
 * @throws libzmq's error; EADDRINUSE where another process listens at an ipc path
 */
export async function bindEndpoint(socket: EndpointSocket, address: string): Promise<void> {
  const conflict = await findIpcConflict(address)
  if (conflict !== undefined) throw Object.assign(new Error(conflict), { code: 'EADDRINUSE' })
  const host = hostOf(address)
  setIPv6(socket, host === '*' || isIP(host) === 6)
  try {
    await socket.bind(address)
  } catch (error) {
    const hasOnlyIPv6 = isName(host) && (error as NodeJS.ErrnoException).code === 'ENODEV'
    if (!hasOnlyIPv6) throw error
    setIPv6(socket, true)
    await socket.bind(address)
  }
}

/**
 * Starts to connect. A name is used for IPv4 at once, and for IPv6 as soon as it is known that it has
 * no other addresses: with the option set, libzmq would use the IPv6 address of a host that listens
 * at its IPv4 address only.
 * @param prepare sets what this address needs of the socket; called before each attempt
 * @throws libzmq's error
 */
export function connectEndpoint(
  socket: EndpointSocket,
  address: string,
  prepare: () => void = () => undefined
): void {
  const host = hostOf(address)
  setIPv6(socket, isIP(host) === 6)
  prepare()
  socket.connect(address)
  if (isName(host)) void connectByIPv6(socket, address, host, prepare)
}

/** Identifies the file of a bound ipc address, to notice that it has gone; undefined where there is none. */
export function identifyIpcFile(address: string): string | undefined {
  if (!address.startsWith('ipc://')) return undefined
  const stats = statSync(address.slice('ipc://'.length), { throwIfNoEntry: false })
  return stats && `${stats.dev} ${stats.ino}`
}

/** Explanations of libzmq's errors for tcp addresses, by code. */
const explanations: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; stop the other program or choose another port',
  EADDRNOTAVAIL: 'this machine has no such address; use one of its own, or * for all of them',
  ENODEV: 'this machine has no such address; use one of its own, or * for all of them',
  EINVAL: 'it is not valid here; bind to * or an interface, connect to a host and a port',
  EACCES: 'only root may use ports below 1024; choose another port'
}

/** What has gone wrong with an address, and what to do. @param error of bindEndpoint or connectEndpoint */
export function explainEndpointError(address: string, error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return (address.startsWith('tcp:') ? getOwn(explanations, code) : undefined) ?? message
}

async function connectByIPv6(
  socket: EndpointSocket,
  address: string,
  host: string,
  prepare: () => void
): Promise<void> {
  try {
    // Of the IP versions that this host has.
    const found = await lookup(host, { all: true, hints: ADDRCONFIG })
    const hasOnlyIPv6 = found.length > 0 && found.every(({ family }) => family === 6)
    if (!hasOnlyIPv6 || socket.closed) return
    socket.disconnect(address)
    setIPv6(socket, true)
    prepare()
    socket.connect(address)
  } catch {
    // Unknown so far: libzmq looks it up at each attempt to connect.
  }
}

function setIPv6(socket: EndpointSocket, isIPv6: boolean): void {
  setOptionQuietly(() => (socket.ipv6 = isIPv6))
}

/** The host of a tcp address without brackets; '' for other addresses. */
function hostOf(address: string): string {
  return /^tcp:\/\/(?:[^[\]]*;)?\[?([^[\]]*)\]?:[^:]*$/.exec(address)?.[1] ?? ''
}

/** Whether a host is a name. The default address of collectors is IPv4, whatever `localhost` means. */
function isName(host: string): boolean {
  return host !== '' && host !== '*' && host !== 'localhost' && isIP(host) === 0
}

/**
 * libzmq deletes what it finds at an ipc path before it binds it, the socket of a living process and
 * files included: that process would never hear of new connections again.
 * @returns why the path can't be bound; undefined where it can, or where only libzmq can tell
 */
export async function findIpcConflict(address: string): Promise<string | undefined> {
  const path = address.startsWith('ipc://') ? address.slice('ipc://'.length) : ''
  const isAbstract = path.startsWith('@')
  if (path === '' || path === '*' || isAbstract || process.platform === 'win32') return undefined
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) return undefined
  if (!stats.isSocket()) return `${path} already exists and is not a socket; choose another path`
  const failure = await new Promise<string | undefined>(resolve => {
    const probe = openConnection({ path }, () => resolve(undefined))
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''))
    probe.once('connect', () => probe.destroy())
  })
  if (failure === 'ECONNREFUSED' || failure === 'ENOENT') return undefined // a dead process left it
  return failure === 'EACCES'
    ? `${path} belongs to another user; delete it if no process listens there`
    : 'another process listens there; stop it or choose another path'
}
