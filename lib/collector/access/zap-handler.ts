/**
 * Decides who may connect, on behalf of libzmq (ZAP 1.0).
 *
 * libzmq asks the socket that is bound to `inproc://zeromq.zap.01` in the same Context, once for each
 * connection, after the client has proved that it has the secret key. Measured with zeromq.js 6.8.0,
 * libzmq 4.3.5 (test/collector/access/zap-handler.test.ts):
 *
 * - **Without a handler any key gets in**, also with `zapDomain`. `zapEnforceDomain` without a
 *   `zapDomain` is worse: the handler isn't even asked. With both, nobody gets in without a
 *   handler, in whatever order things start and stop, and clients try again by themselves. So both
 *   are always set here.
 * - Answer 400 or 500: the client is disconnected, and libzmq never connects it again by itself.
 *   300, or no answer: it is cut off at the latest when the handshake's time is over, and tries again at
 *   its reconnect interval, for ever. So every request is answered, and a refused one with 400.
 * - A Context takes one handler (EADDRINUSE). A host program may have one in the global Context: so
 *   this one has a Context of its own, for `new XSubscriber({ context })`.
 * - libzmq asks once a connection: one that was revoked lives on until it is cut off. For that the socket
 *   is closed and another one bound to its address (EADDRINUSE for some ms: try again). **Not by
 *   `unbind()`:** zeromq.js runs it on another thread, and while a `receive()` is pending libzmq aborts the
 *   process (pipe.cpp, one in 60 times).
 * - The address is an IP without a port; over ipc it is `localhost:UID:GID:PID`.
 * - Sockets may be closed in any order. A Context ends with its last reference.
 * @see https://rfc.zeromq.org/spec/27/
 */
import { setTimeout } from 'node:timers/promises'
import { Context, Router, type XPublisher, type XSubscriber } from 'zeromq'
import { keyBytes, toFingerprint } from '../../curve/keys.ts'
import type { Secret } from '../../curve/secret.ts'
import { encodeZ85 } from '../../curve/z85.ts'
import { toMessage } from '../../errors.ts'
import { RefusalReports, type Refusal, type RefusalListener } from './refusal-reports.ts'

const endpoint = 'inproc://zeromq.zap.01'
const version = Buffer.from('1.0')
const curve = Buffer.from('CURVE')
const none = Buffer.alloc(0)

/** Pause after an error that shouldn't happen. Unit: ms */
const retryMs = 100

/** The domain of all requests: a Context has one handler, and this one serves no other purpose. */
const domain = 'zmq-pub'

/** @param publicKey as Z85 @returns the name of its owner; undefined where it may not connect */
export type Authorize = (publicKey: string) => string | undefined

/** Lets every client in that knows the server's key; its name is its key's fingerprint. */
export const allowAnyClient: Authorize = toFingerprint

/** Answers libzmq's questions about clients. */
export class ZapHandler {
  /** Sockets with this Context ask this handler. */
  readonly context: Context
  readonly #socket: Router
  readonly #authorize: Authorize
  readonly #refusals: RefusalReports
  #allowed = 0
  #answering: Promise<void> | undefined

  /** Starts to answer. @param authorize is called for each connection; may throw, which refuses */
  static async open(authorize: Authorize, listener: RefusalListener): Promise<ZapHandler> {
    const handler = new ZapHandler(authorize, listener)
    await handler.#socket.bind(endpoint)
    handler.#answering = handler.#answer()
    return handler
  }

  private constructor(authorize: Authorize, listener: RefusalListener) {
    this.#authorize = authorize
    this.#refusals = new RefusalReports(listener)
    this.context = new Context()
    this.#socket = new Router({ context: this.context })
    this.#socket.linger = 0
    this.#socket.sendTimeout = 0
  }

  /** Connections let in and refused so far. */
  get counts(): { allowed: number; refused: number } {
    return { allowed: this.#allowed, refused: this.#refusals.count }
  }

  /** Makes a socket of this Context a CURVE server that asks this handler. To be called before it binds or connects. */
  secure(socket: XSubscriber | XPublisher, secretKey: Secret<string>): void {
    if (socket.context !== this.context) throw new Error('the socket is not of this Context')
    socket.zapDomain = domain
    socket.zapEnforceDomain = true
    socket.curveServer = true
    socket.curveSecretKey = secretKey.reveal()
  }

  /** Stops to answer; from now on nobody can connect. */
  async close(): Promise<void> {
    this.#socket.close()
    await this.#answering
    this.#refusals.flush()
  }

  async #answer(): Promise<void> {
    while (!this.#socket.closed) {
      try {
        const [route = none, delimiter = none, ...request] = await this.#socket.receive()
        const decision = this.#decide(request)
        const reply = toReply(request[1] ?? none, decision)
        await this.#socket.send([route, delimiter, ...reply])
        if (isRefusal(decision)) this.#refusals.add(decision)
        else this.#allowed++
      } catch {
        // close() ends a pending receive() with EAGAIN. Nothing else is known to happen; if it does, the
        // client isn't let in, and the others must not wait for ever.
        if (!this.#socket.closed) await setTimeout(retryMs)
      }
    }
  }

  #decide(request: readonly Buffer[]): Decision {
    const [askedVersion, , askedDomain, address = none, , mechanism, key, ...rest] = request
    const refusal = { address: toSafeText(address), fingerprint: undefined }
    if (!askedVersion?.equals(version)) return { ...refusal, reason: 'not ZAP 1.0' }
    if (askedDomain?.toString() !== domain) return { ...refusal, reason: 'another ZAP domain' }
    if (!mechanism?.equals(curve)) return { ...refusal, reason: 'no CURVE' }
    if (key?.length !== keyBytes || rest.length > 0) return { ...refusal, reason: 'no CURVE key' }
    const publicKey = encodeZ85(key)
    const fingerprint = toFingerprint(publicKey)
    try {
      const name = this.#authorize(publicKey)
      if (name !== undefined) return { name }
      return { ...refusal, fingerprint, reason: 'key not authorized' }
    } catch (error) {
      return { ...refusal, fingerprint, reason: `cannot decide: ${toMessage(error)}` }
    }
  }
}

type Decision = { name: string } | Refusal

function isRefusal(decision: Decision): decision is Refusal {
  return 'reason' in decision
}

/** Version, request id, status, text, user id, metadata. */
function toReply(requestId: Buffer, decision: Decision): (Buffer | string)[] {
  const answer = isRefusal(decision) ? ['400', 'not authorized', ''] : ['200', 'OK', decision.name]
  return [version, requestId, ...answer, none]
}

/** The address comes from libzmq, but it goes into logs. */
function toSafeText(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[^\x20-\x7E]/g, '?')
    .slice(0, 64)
}
