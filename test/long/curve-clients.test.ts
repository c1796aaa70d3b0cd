/** A thousand clients with CURVE that a restart cuts off at once: they must all be back within 30 s. */
import { test } from 'tap'
import { Context } from 'zeromq'
import { allowAnyClient } from '../../lib/collector/access/zap-handler.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { connectCurve, startCurveServer } from '../helpers/curve.ts'
import { waitFor } from '../helpers/wait.ts'

const count = Number(process.env['CLIENTS'] ?? 1000)

/** A Context has at most 1023 sockets, two for each client here: one is for its events. */
const clientsPerContext = 250

test(`${count} clients that are cut off at once are all in again within 30 s`, async t => {
  const { address, keys, cutOff, handler } = await startCurveServer(t, allowAnyClient)
  const server = { address, serverKey: keys.publicKey }
  const contexts = Array.from({ length: Math.ceil(count / clientsPerContext) }, () => new Context())
  const clients = Array.from({ length: count }, (_, index) =>
    connectCurve(t, server, createKeyPair(), contexts[index % contexts.length])
  )
  const areIn = (entries: number): Promise<true> =>
    waitFor(() => clients.every(client => client.entries >= entries), 'all clients', 60_000)
  await areIn(1)
  const start = performance.now()
  await cutOff()
  await areIn(2)
  const elapsedMs = Math.round(performance.now() - start)
  t.comment(`${count} clients in ${elapsedMs} ms`)
  t.ok(elapsedMs < 30_000, `${elapsedMs} ms`)
  t.equal(handler.counts.refused, 0)
})
