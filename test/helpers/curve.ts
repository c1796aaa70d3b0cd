/** CURVE clients and servers, as libzmq has them. */
import type { Test } from 'tap'
import { XPublisher, XSubscriber, type Context } from 'zeromq'
import { ZapHandler, type Authorize } from '../../lib/collector/access/zap-handler.ts'
import type { Refusal } from '../../lib/collector/access/refusal-reports.ts'
import { createKeyPair, type KeyPair } from '../../lib/curve/keys.ts'
import { loopback } from './loopback.ts'

/** A secured XSUB socket that has subscribed to all. */
export interface CurveServer {
  address: string
  handler: ZapHandler
  keys: KeyPair
  /** Cuts off all clients, as a collector does it: with another socket on the same address. */
  cutOff(): Promise<void>
  refused: Refusal[]
  /** how many refusals were not reported one by one */
  moreRefused: number[]
  /** messages so far, their frames joined */
  messages: string[]
}

/** Opens a socket that asks a handler of its own. @param bind an address, or a free port of this host */
export async function startCurveServer(
  t: Test,
  authorize: Authorize,
  bind = `tcp://${loopback}:*`
): Promise<CurveServer> {
  const keys = createKeyPair()
  const refused: Refusal[] = []
  const moreRefused: number[] = []
  const handler = await ZapHandler.open(authorize, {
    onRefused: refusal => refused.push(refusal),
    onMoreRefused: count => moreRefused.push(count)
  })
  const messages: string[] = []
  let socket = openServerSocket(handler.context)
  t.teardown(async () => {
    socket.close()
    await handler.close()
  })
  const listen = async (address: string): Promise<void> => {
    handler.secure(socket, keys.secretKey)
    await bindSoon(socket, address)
    void receiveAll(socket, messages)
  }
  await listen(bind)
  const address = String(socket.lastEndpoint)
  const cutOff = async (): Promise<void> => {
    socket.close()
    socket = openServerSocket(handler.context)
    await listen(address)
  }
  return { address, handler, keys, cutOff, refused, moreRefused, messages }
}

/** Binds; a socket that was just closed holds its port for some ms more. */
async function bindSoon(socket: XSubscriber, address: string): Promise<void> {
  for (let count = 1; ; count++) {
    try {
      return await socket.bind(address)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || count === 1000) throw error
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
}

/** An XSUB socket of a Context that has subscribed to all. */
export function openServerSocket(context: Context): XSubscriber {
  const socket = new XSubscriber({ context })
  socket.linger = 0
  socket.sendTimeout = 0
  void socket.send(Buffer.of(1))
  return socket
}

async function receiveAll(socket: XSubscriber, messages: string[]): Promise<void> {
  for await (const frames of socket) messages.push(frames.join(' '))
}

/** A socket that publishes with CURVE. */
export interface CurveClient {
  socket: XPublisher
  /** Its events so far, as libzmq names them. */
  events: string[]
  /** How often the server's subscription has come: once for each time that it got in. */
  entries: number
  /** All that it has received. */
  frames: Buffer[]
}

/** Connects a client. @param server its address and public key */
export function connectCurve(
  t: Test,
  { address, serverKey }: { address: string; serverKey: string },
  { publicKey, secretKey }: KeyPair,
  context?: Context
): CurveClient {
  const socket = context ? new XPublisher({ context }) : new XPublisher()
  t.teardown(() => socket.close())
  socket.verbosity = 'allSubs'
  socket.linger = 0
  socket.sendTimeout = 0
  socket.reconnectInterval = 50
  socket.curveServerKey = serverKey
  socket.curvePublicKey = publicKey
  socket.curveSecretKey = secretKey.reveal()
  const client: CurveClient = { socket, events: [], entries: 0, frames: [] }
  void listen(socket, client.events)
  void countEntries(client)
  socket.connect(address)
  return client
}

async function listen(socket: XPublisher, events: string[]): Promise<void> {
  for await (const { type } of socket.events) events.push(type)
}

async function countEntries(client: CurveClient): Promise<void> {
  for await (const frames of client.socket) {
    client.frames.push(...frames)
    if (frames[0]?.[0] === 1) client.entries++
  }
}
