import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import type { Explanation } from '../../../lib/transport/connection/explanation.ts'
import { MissingCollectors } from '../../../lib/transport/connection/missing-collectors.ts'
import { pauses } from '../../../lib/transport/connection/reachability.ts'
import { parseTransportOptions, type TransportOptions } from '../../../lib/transport/options.ts'
import { findFreeAddress } from '../../helpers/free-address.ts'
import { loopback } from '../../helpers/loopback.ts'
import { waitFor } from '../../helpers/wait.ts'

Object.assign(pauses, { unreachableMs: 0, refusedMs: 0, graceMs: 1 })

/** A server that answers as a ZeroMQ socket without keys, and counts who comes. */
async function startServer(t: Test) {
  let visitors = 0
  const server = createServer(socket => {
    visitors++
    socket.on('error', () => undefined)
    socket.end(Buffer.from(`ff00000000000000017f03004e554c4c${'00'.repeat(48)}`, 'hex'))
  })
  server.listen(0, loopback)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = `tcp://${loopback}:${(server.address() as AddressInfo).port}`
  return { address, visitors: () => visitors }
}

/** @param comeAgain how many subscribe over new connections */
function make(t: Test, options: TransportOptions, comeAgain = 0) {
  const told: Explanation[] = []
  let reconnects = 0
  const missing = new MissingCollectors(parseTransportOptions(options), {
    reconnect: () => {
      reconnects++
      for (let count = 0; count < comeAgain; count++) missing.markSubscribed()
    },
    onExplained: explanation => void told.push(explanation)
  })
  t.teardown(() => missing.close())
  const tick = (): void => missing.tick(performance.now())
  return { missing, told, tick, reconnects: () => reconnects }
}

test('where one of several is there but does not subscribe, all are connected anew, and then it is told', async t => {
  const servers = [await startServer(t), await startServer(t)]
  const address = servers.map(server => server.address)
  const { missing, told, tick, reconnects } = make(t, { address }, 1)
  missing.markSubscribed()
  tick()
  await waitFor(() => told.length === 1, 'the explanation')
  t.equal(reconnects(), 1)
  t.strictSame(told, [
    {
      isKeyRefused: false,
      why: `of ${address.join(', ')} only 1 takes records`,
      advice: 'check the collectors that do not answer, and their logs'
    }
  ])
})

test('where all have come over the new connections nothing is told', async t => {
  const servers = [await startServer(t), await startServer(t)]
  const address = servers.map(server => server.address)
  const { missing, told, tick, reconnects } = make(t, { address }, 2)
  missing.markSubscribed()
  tick()
  await waitFor(() => reconnects() === 1, 'new connections')
  await new Promise(resolve => setTimeout(resolve, pauses.graceMs)) // timers of one length end in their order
  t.strictSame(told, [])
})

test('one that is not there is left to libzmq, which tries it again', async t => {
  const server = await startServer(t)
  const { missing, told, tick, reconnects } = make(t, {
    address: [server.address, await findFreeAddress()]
  })
  missing.markSubscribed()
  await waitFor(() => {
    tick()
    return server.visitors() > 1 // the second look comes after the first one has ended
  }, 'two looks')
  t.strictSame([reconnects(), told], [0, []])
})

const idle: [what: string, options: TransportOptions, subscribed: number][] = [
  ['while none has subscribed', {}, 0],
  ['where all have subscribed', {}, 2],
  ['on the plain wire, where new connections would lose messages', { wire: 'plain' }, 1]
]

for (const [what, options, subscribed] of idle) {
  test(`nobody is looked for ${what}`, async t => {
    const server = await startServer(t)
    const other = await startServer(t)
    const { missing, tick, reconnects } = make(t, {
      address: [server.address, other.address],
      ...options
    })
    for (let count = 0; count < subscribed; count++) missing.markSubscribed()
    tick()
    await new Promise(resolve => setImmediate(resolve))
    t.strictSame([server.visitors(), other.visitors(), reconnects()], [0, 0, 0])
  })
}

test('one that has gone is looked for, and nothing is done after the end', async t => {
  const servers = [await startServer(t), await startServer(t)]
  const { missing, tick, reconnects } = make(t, { address: servers.map(each => each.address) })
  missing.markSubscribed()
  missing.markSubscribed()
  missing.markLost()
  tick()
  await waitFor(() => servers.every(({ visitors }) => visitors() === 1), 'the look')
  missing.close()
  tick()
  await new Promise(resolve => setImmediate(resolve))
  t.ok(reconnects() <= 1)
})
