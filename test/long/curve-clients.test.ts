/** A collector with a thousand clients, all of which are cut off at once because one is revoked: they must be back within 30 s. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { Context } from 'zeromq'
import { writeKeyPair } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { encodeMarkers } from '../../lib/wire/marker.ts'
import { startCollector } from '../helpers/collector.ts'
import { connectCurve } from '../helpers/curve.ts'
import { readKnob } from '../helpers/knobs.ts'
import { waitFor } from '../helpers/wait.ts'

const count = readKnob('CLIENTS', 1000)

/** A Context has at most 1023 sockets, two for each client here: one is for its events. */
const clientsPerContext = 250

/** Each entry brings this many subscriptions: all topics, and the markers. */
const subscriptionsEach = 1 + encodeMarkers().length

test(`${count} clients that are cut off at once are all in again within 30 s`, async t => {
  const folder = t.testdir({ 'clients.txt': '' })
  const authorizedKeys = join(folder, 'clients.txt')
  mkdirSync(join(folder, 'own'))
  const server = createKeyPair()
  const { secretPath } = writeKeyPair(join(folder, 'own'), 'collector', server)
  const pairs = Array.from({ length: count }, createKeyPair)
  const leaver = createKeyPair()
  const list = pairs.map(({ publicKey }, index) => `client-${index} ${publicKey}\n`)
  writeFileSync(authorizedKeys, [...list, `leaver ${leaver.publicKey}\n`].join(''))
  const { collector, address, entries } = await startCollector(t, {
    curveSecretKey: secretPath,
    authorizedKeys
  })
  const target = { address, serverKey: server.publicKey }
  const contexts = Array.from({ length: Math.ceil(count / clientsPerContext) }, () => new Context())
  const clients = pairs.map((pair, index) =>
    connectCurve(t, target, pair, contexts[index % contexts.length])
  )
  const revoked = connectCurve(t, target, leaver)
  const areIn = (times: number): Promise<true> =>
    waitFor(
      () => clients.every(client => client.entries >= times * subscriptionsEach),
      'all clients',
      60_000
    )
  await areIn(1)
  await waitFor(() => revoked.entries > 0, 'the one that is to be revoked')
  writeFileSync(authorizedKeys, list.join(''))
  const isCutOff = (): boolean =>
    entries.some(({ msg }) => String(msg).startsWith('closing all encrypted'))
  await waitFor(isCutOff, 'the cut')
  const start = performance.now()
  await areIn(2)
  const elapsedMs = Math.round(performance.now() - start)
  t.comment(`${count} clients in ${elapsedMs} ms`)
  t.ok(elapsedMs < 30_000, `${elapsedMs} ms`)
  await waitFor(() => revoked.events.includes('handshake:error:auth'), 'the refusal')
  t.equal(collector.totals.refusedClients, 1)
})
