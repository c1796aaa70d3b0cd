/** The transport's socket with keys, against libzmq's CURVE servers. */
import { test, type Test } from 'tap'
import { Publisher } from '../../../lib/transport/connection/publisher.ts'
import { createKeyPair, type KeyPair } from '../../../lib/curve/keys.ts'
import { lookOften } from '../../helpers/look-often.ts'
import { parseTransportOptions } from '../../../lib/transport/options.ts'
import { startCurveServer, type CurveServer } from '../../helpers/curve.ts'
import { waitFor } from '../../helpers/wait.ts'

const keys = createKeyPair()

async function openPublisher(
  t: Test,
  servers: { address: string; key: string }[],
  { publicKey, secretKey }: KeyPair = keys
) {
  const subscriptions: Buffer[] = []
  const options = parseTransportOptions({
    address: servers.map(({ address }) => address),
    reconnectIntervalMs: 20,
    curve: {
      serverKey: servers.map(({ key }) => key),
      publicKey,
      secretKey: secretKey.reveal()
    }
  })
  const publisher = await Publisher.open(options, {
    onSubscription: topic => void subscriptions.push(topic),
    onUnsubscription: () => undefined,
    onUpstream: () => undefined
  })
  t.teardown(() => publisher.close(0))
  lookOften(t, publisher)
  return { publisher, subscriptions }
}

const toServer = ({ address, keys: { publicKey } }: CurveServer) => ({ address, key: publicKey })

test('each address has its own server key, also when it is connected anew', async t => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const servers = [
    await startCurveServer(t, () => 'app'),
    await startCurveServer(t, () => 'app'),
    await startCurveServer(t, () => 'app')
  ]
  const { publisher, subscriptions } = await openPublisher(t, servers.map(toServer))
  await waitFor(() => subscriptions.length === 3, 'three subscriptions')
  t.ok(await publisher.send(['shop', 'first']))
  for (const { messages } of servers) await waitFor(() => messages.length === 1, 'the message')
  publisher.reconnect()
  await waitFor(() => subscriptions.length === 6, 'three more')
  t.ok(await publisher.send(['shop', 'second']))
  for (const { messages } of servers) {
    await waitFor(() => messages.length === 2, 'another message')
    t.strictSame(messages, ['shop first', 'shop second'])
  }
  t.strictSame(warnings, [])
})

test('with swapped server keys nobody gets anything', async t => {
  const one = await startCurveServer(t, () => 'app')
  const other = await startCurveServer(t, () => 'app')
  const { publisher, subscriptions } = await openPublisher(t, [
    { address: one.address, key: other.keys.publicKey },
    { address: other.address, key: one.keys.publicKey }
  ])
  await new Promise(resolve => setTimeout(resolve, 300))
  await publisher.send(['shop', 'secret'])
  t.strictSame([subscriptions, one.messages, other.messages], [[], [], []])
})

test('a key that is added to the list later gets in when the publisher connects anew', async t => {
  const authorized = new Set<string>()
  const server = await startCurveServer(t, key => (authorized.has(key) ? 'app' : undefined))
  const { publisher, subscriptions } = await openPublisher(t, [toServer(server)])
  await waitFor(() => server.refused.length > 0, 'a refusal')
  authorized.add(keys.publicKey)
  publisher.reconnect()
  await waitFor(() => subscriptions.length > 0, 'a subscription')
  t.ok(await publisher.send(['shop', 'late']))
  await waitFor(() => server.messages.includes('shop late'), 'the message')
})

test('where one of two servers refuses, the other is there again after each reconnection', async t => {
  const taking = await startCurveServer(t, () => 'app')
  const refusing = await startCurveServer(t, () => undefined)
  const servers = [taking, refusing].map(toServer)
  const { publisher, subscriptions } = await openPublisher(t, servers)
  for (let round = 1; round <= 60; round++) {
    await waitFor(() => subscriptions.length >= round, `subscription ${round}`)
    await waitFor(() => refusing.handler.counts.refused >= round, `refusal ${round}`)
    await new Promise(resolve => setTimeout(resolve, 5)) // until libzmq has freed what was refused
    publisher.reconnect()
  }
  t.ok(await publisher.send(['shop', 'still there']))
})
