/**
 * Asks what answers at an address, where no collector does: libzmq doesn't tell a transport why a connection
 * isn't made, and its event observer must not be used in a worker (docs/architecture.md). So this begins a
 * connection of its own, goes as far as the greeting of ZMTP, and with keys as far as CURVE's WELCOME, which
 * a server sends only to who knows its key.
 * @see https://rfc.zeromq.org/spec/23/ and https://rfc.zeromq.org/spec/26/
 */
import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { sealBox } from '../../curve/box.ts'
import { createKeyPair, toKeyBytes } from '../../curve/keys.ts'
import type { ResolvedTransportOptions } from '../options.ts'

/** What a probe finds. */
export type Finding =
  /** no connection: `code` is the system's, such as ECONNREFUSED, or ETIMEDOUT */
  | { kind: 'absent'; code: string }
  /** a connection, but nothing comes */
  | { kind: 'silent' }
  /** what comes is not ZMTP 3 */
  | { kind: 'foreign'; isHttp: boolean }
  /** ZMTP, and the transport and the other side both have no keys */
  | { kind: 'plain' }
  /** ZMTP with another mechanism than the transport's: NULL, CURVE, or others */
  | { kind: 'otherMechanism'; mechanism: string }
  /** CURVE with another key than the transport takes for that of the server */
  | { kind: 'otherServerKey' }
  /** CURVE with this key: where the transport doesn't get in, its own key isn't taken */
  | { kind: 'knownServerKey' }

/** A probe that is under way. */
export interface Probe {
  found: Promise<Finding>
  /** Ends it at once; what it has found is then 'silent'. */
  stop(): void
}

/** How long the other side may take, all in all. Unit: ms */
const timeoutMs = 3000

/** Most HTTP servers answer only a whole line: who says nothing to a greeting for this long is sent one. Unit: ms */
const lineAfterMs = 1000

/** Nobody sends more before WELCOME has come. Unit: bytes */
const maxBytes = 1024

const greetingBytes = 64
/** Signature and major version: whoever speaks ZMTP 3 answers that with a whole greeting. Its own mechanism is in it. */
const greetingStart = Buffer.from('ff00000000000000017f03', 'hex')
const mechanismAt = 12
const mechanismBytes = 20

/**
 * @param address as libzmq has it
 * @param serverKey of the server, as Z85; undefined where the transport has no keys
 */
export function probe(address: string, serverKey: string | undefined): Probe {
  const options = toConnectOptions(address)
  const socket = connect(options)
  socket.unref()
  const isName = 'host' in options && isIP(options.host ?? '') === 0
  return { found: find(socket, serverKey, isName), stop: () => socket.destroy() }
}

/** Probes all addresses of a transport that connects, at once. @returns a finding for each, in their order */
export function probeAll({ address: addresses, curve }: ResolvedTransportOptions): {
  found: Promise<Finding[]>
  stop: () => void
} {
  const probes = addresses.map((address, index) => probe(address, curve?.serverKeys[index]))
  return {
    found: Promise.all(probes.map(({ found }) => found)),
    stop: () => {
      for (const running of probes) running.stop()
    }
  }
}

function find(socket: Socket, serverKey: string | undefined, isName: boolean): Promise<Finding> {
  return new Promise(resolve => {
    let received = Buffer.alloc(0)
    let isConnected = false
    let isHelloSent = false
    let isLineSent = false
    let lateCode = 'ETIMEDOUT'
    if (isName) {
      lateCode = 'EAI_AGAIN' // as long as DNS says nothing
      socket.once('lookup', () => (lateCode = 'ETIMEDOUT'))
    }
    const finish = (finding: Finding): void => {
      clearTimeout(timer)
      clearTimeout(lineTimer)
      socket.destroy()
      resolve(finding)
    }
    const onEnd = (): void =>
      finish(isHelloSent ? { kind: 'otherServerKey' } : toUnfinished(received, isConnected, ''))
    const timer = setTimeout(
      () => finish(toUnfinished(isHelloSent ? Buffer.alloc(0) : received, isConnected, lateCode)),
      timeoutMs
    ).unref()
    let lineTimer: NodeJS.Timeout | undefined
    socket.once('connect', () => {
      isConnected = true
      socket.write(greetingStart)
      lineTimer = setTimeout(() => {
        isLineSent = received.length === 0
        if (isLineSent) socket.write('\r\n\r\n')
      }, lineAfterMs).unref()
    })
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (isConnected) onEnd()
      else finish({ kind: 'absent', code })
    })
    socket.once('close', onEnd)
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (!isZmtp(received) || received.length > maxBytes) return finish(toForeign(received))
      if (received.length < greetingBytes) return
      if (isHelloSent) {
        if (received.includes('\u0007WELCOME', greetingBytes)) finish({ kind: 'knownServerKey' })
        return
      }
      const mechanism = readMechanism(received)
      const expected = serverKey === undefined ? 'NULL' : 'CURVE'
      if (mechanism !== expected) return finish({ kind: 'otherMechanism', mechanism })
      if (serverKey === undefined) return finish({ kind: 'plain' })
      if (isLineSent) return finish({ kind: 'silent' }) // a very slow one: HELLO can't follow that line
      isHelloSent = true
      socket.write(makeHello(serverKey))
    })
  })
}

function toUnfinished(received: Buffer, isConnected: boolean, code: string): Finding {
  if (!isConnected) return { kind: 'absent', code }
  return received.length > 0 ? toForeign(received) : { kind: 'silent' }
}

function toForeign(received: Buffer): Finding {
  // Some answer a line that isn't of HTTP with the page of an error only.
  return {
    kind: 'foreign',
    isHttp: /^(HTTP\/|<!doctype html|<html)/i.test(received.toString('latin1'))
  }
}

/** Whether this may be the beginning of a greeting of ZMTP 3. */
function isZmtp(received: Buffer): boolean {
  const [first, last, major] = [received[0], received[9], received[10]]
  return (
    first === 0xff && (last === undefined || last === 0x7f) && (major === undefined || major >= 3)
  )
}

function readMechanism(greeting: Buffer): string {
  const name = greeting.toString('latin1', mechanismAt, mechanismAt + mechanismBytes)
  return /^[A-Z\d_]+/.exec(name)?.[0] ?? ''
}

/** The rest of the greeting, and HELLO: with a new key pair, and a box of zeros for the server. */
function makeHello(serverKey: string): Buffer {
  const rest = Buffer.alloc(greetingBytes - greetingStart.length)
  rest.write('CURVE', mechanismAt - greetingStart.length)
  const client = createKeyPair()
  const nonce = Buffer.concat([Buffer.from('CurveZMQHELLO---'), Buffer.of(0, 0, 0, 0, 0, 0, 0, 1)])
  const body = Buffer.concat([
    Buffer.from('\u0005HELLO\u0001\0', 'latin1'),
    Buffer.alloc(72),
    toKeyBytes(client.publicKey),
    nonce.subarray(16),
    sealBox(Buffer.alloc(64), nonce, client, serverKey)
  ])
  return Buffer.concat([rest, Buffer.of(0x04, body.length), body])
}

/** libzmq's address as node:net has it; `tcp://source;host:port` names a source, too. */
function toConnectOptions(address: string): NetConnectOpts {
  if (address.startsWith('ipc://')) {
    return { path: address.slice('ipc://'.length).replace(/^@/, '\0') }
  }
  const [, host = '', port] = /^tcp:\/\/(?:.*;)?\[?([^[\]]*)\]?:(\d+)$/.exec(address) ?? []
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: Number(port) } // as libzmq connects to it
}
