import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type Test } from 'tap'
import { createKeyPair } from '../../../lib/curve/keys.ts'
import type { Explanation } from '../../../lib/transport/connection/explanation.ts'
import { pauses, Reachability, spread } from '../../../lib/transport/connection/reachability.ts'
import { Reconnector } from '../../../lib/transport/connection/reconnector.ts'
import { parseTransportOptions, type TransportOptions } from '../../../lib/transport/options.ts'
import { startCurveServer } from '../../helpers/curve.ts'
import { findFreeAddress } from '../../helpers/free-address.ts'
import { loopback } from '../../helpers/loopback.ts'
import { waitFor } from '../../helpers/wait.ts'

Object.assign(pauses, {
  firstProbeMs: 50,
  unreachableMs: 300,
  reconnectMs: 200,
  refusedMs: 200,
  graceMs: 100
})

const keys = createKeyPair()

/** A reconnector that is called as a connection calls it, but more often. */
function start(t: Test, options: TransportOptions) {
  const told: Explanation[] = []
  let reconnects = 0
  const reachability = new Reachability(performance.now())
  const resolved = parseTransportOptions({ reconnectMaxIntervalMs: 100, ...options })
  const reconnector = new Reconnector(resolved, reachability, {
    reconnect: () => void reconnects++,
    onExplained: explanation => void told.push(explanation)
  })
  const timer = setInterval(() => {
    reachability.check(performance.now())
    reconnector.tick(performance.now())
  }, 20)
  t.teardown(() => {
    clearInterval(timer)
    reconnector.close()
  })
  return { told, reachability, reconnector, reconnects: () => reconnects }
}

test('who was let in and then answers nothing stands still; its keys are refused only if that goes on', async t => {
  const server = await startCurveServer(t, () => 'app')
  const curve = {
    serverKey: server.keys.publicKey,
    publicKey: keys.publicKey,
    secretKey: keys.secretKey.reveal()
  }
  const { told, reconnector } = start(t, { address: server.address, curve })
  reconnector.markSubscribed(true)
  await waitFor(() => told.length === 2, 'two explanations')
  t.match(told, [
    { isKeyRefused: false, why: /answers, but no collector there has subscribed or acknowledged/ },
    { isKeyRefused: true, why: /doesn't accept this app's key/ }
  ])
  t.match(reconnector.refusal, /doesn't accept this app's key/)
})

test('what is found in one silence is not told of the next', async t => {
  const address = await findFreeAddress()
  const { told, reachability, reconnector, reconnects } = start(t, { address })
  await waitFor(() => reconnects() >= 3, 'several attempts')
  t.match(told, [{ isKeyRefused: false, why: `nothing listens at ${address}` }])
  t.equal(told.length, 1, 'told once')
  reachability.markAnswered()
  const before = reconnects()
  await new Promise(resolve => setTimeout(resolve, 400))
  t.equal(reconnects(), before, 'nothing is tried while an answer is there')
  t.equal(reconnector.refusal, undefined)
  reachability.expectAnswer(performance.now())
  await waitFor(() => told.length === 2, 'the next silence')
})

test('a transport that binds says that nobody has come', async t => {
  const { told } = start(t, { address: 'tcp://127.0.0.1:1', bind: true })
  await waitFor(() => told.length > 0, 'an explanation')
  t.match(told, [
    { isKeyRefused: false, why: /no collector that has connected to tcp:.* answers$/ }
  ])
})

test('nothing is told after the end, also where a probe was under way', async t => {
  const server = createServer().listen(0, loopback) // accepts, and says nothing: the probe waits
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { told, reconnector, reconnects } = start(t, { address: `tcp://${loopback}:${port}` })
  const [socket] = (await once(server, 'connection')) as [Socket]
  reconnector.close()
  socket.destroy()
  await new Promise(resolve => setTimeout(resolve, 300))
  t.strictSame([told, reconnects()], [[], 0])
})

test('pauses differ, so that those who were refused together come one by one', async t => {
  const found = Array.from({ length: 1000 }, () => spread(30_000))
  t.ok(Math.min(...found) >= 24_000 && Math.max(...found) <= 36_000)
  t.ok(Math.max(...found) - Math.min(...found) > 10_000)
})
