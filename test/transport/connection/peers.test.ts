import { test, type Test } from 'tap'
import { Peers } from '../../../lib/transport/connection/peers.ts'
import { pauses } from '../../../lib/transport/connection/reachability.ts'
import { parseTransportOptions, type TransportOptions } from '../../../lib/transport/options.ts'
import { encodeMarkers } from '../../../lib/wire/marker.ts'

const shop = Buffer.from('shop')
const [, marker = Buffer.alloc(0)] = encodeMarkers()
const newerMarker = Buffer.from('\0zmq-pub/3')

/** The peers of an app that holds two records under the topic `shop`; they bind, so nothing is looked up. */
function makePeers(t: Test, options: TransportOptions = {}) {
  const events: { name: string; detail: unknown }[] = []
  let reconnects = 0
  const address = 'tcp://127.0.0.1:5555'
  const peers = new Peers(
    parseTransportOptions({ address, bind: true, ...options }),
    (name, detail) => void events.push({ name, detail }),
    { rootTopic: 'shop', countHeld: () => 2, reconnect: () => reconnects++ }
  )
  t.teardown(() => peers.close())
  return { peers, events, reconnects: () => reconnects }
}

/** Has somebody subscribe to topics, and the wire decided. */
function subscribe(peers: Peers, topics: Buffer[], now = performance.now()) {
  for (const topic of topics) peers.add(topic, now, false)
  return peers.decide(peers.decisionDueAt(false))
}

test('without a subscription nothing is known, nothing is due and nobody is there', async t => {
  const { peers, events } = makePeers(t)
  t.match(peers, { wire: undefined, isWanted: false, isRefused: false, isConnected: false })
  t.match(peers, { isUndecided: false, mustHold: false, isUnreachable: false, reconnects: 0 })
  t.equal(peers.decisionDueAt(false), Number.POSITIVE_INFINITY)
  t.strictSame(events, [])
})

test('a subscription holds what is to be sent until the wire is decided', async t => {
  const { peers } = makePeers(t)
  peers.add(shop, 1000, false)
  t.match(peers, { isUndecided: true, mustHold: true, isConnected: false })
  peers.add(marker, 1001, false)
  t.equal(peers.decide(1021), 'batch')
  t.match(peers, { isUndecided: false, mustHold: false, isConnected: true, wire: 'batch' })
})

test('a further collector holds nothing up, unless the owner wants it so', async t => {
  const { peers } = makePeers(t)
  subscribe(peers, [shop, marker], 1000)
  peers.add(marker, 2000, false)
  t.match(peers, { isUndecided: true, mustHold: false })
  peers.decide(2500)
  peers.add(marker, 4000, true)
  t.match(peers, { isUndecided: true, mustHold: true })
})

test('each use is emitted, and counts as a reconnection after the first', async t => {
  const { peers, events } = makePeers(t)
  subscribe(peers, [shop, marker])
  t.strictSame(events, [], 'a decision alone is no use')
  peers.markUsed('batch', 1000)
  t.equal(peers.reconnects, 0)
  peers.markUsed('batch', 2000)
  t.equal(peers.reconnects, 1)
  t.match(events, [{ name: 'subscribed', detail: { wire: 'batch', heldRecords: 2 } }, {}])
})

test('the end of the last subscription is emitted, and an answer is expected again', async t => {
  const { peers, events } = makePeers(t)
  subscribe(peers, [shop, marker])
  t.equal(peers.silentFor(5000), 0)
  peers.remove(shop, 1, 5000)
  t.strictSame(events, [], 'another one has the topic, too')
  peers.remove(shop, 0, 6000)
  t.strictSame(events, [{ name: 'unsubscribed', detail: { heldRecords: 2 } }])
  t.equal(peers.silentFor(6500), 500)
  t.notOk(peers.isConnected)
})

test('of several collectors none is known to be gone: the others get everything', async t => {
  const address = ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:2']
  const { peers, events } = makePeers(t, { address, bind: false })
  subscribe(peers, [shop, marker])
  peers.remove(shop, 0, 5000)
  t.equal(peers.silentFor(6000), 0, 'a topic alone is no collector')
  peers.remove(marker, 0, 5000)
  t.equal(peers.silentFor(6000), 1000)
  t.ok(peers.isWanted)
  t.strictSame(events, [])
})

test('a silent collector is unreachable, which is emitted with its reason, and so is the end of it', async t => {
  const { peers, events, reconnects } = makePeers(t)
  subscribe(peers, [shop, marker])
  const start = performance.now() - pauses.unreachableMs
  peers.expectAnswer(start)
  peers.check(start + pauses.unreachableMs)
  t.match(peers, { isUnreachable: true, isConnected: false, isWanted: true })
  await new Promise(resolve => setImmediate(resolve)) // what binds has nothing to look up
  t.equal(reconnects(), 1)
  t.match(events, [{ name: 'unreachable', detail: { heldRecords: 2, isKeyRefused: false } }])
  peers.endOutage(start + 7000)
  t.equal(events.length, 1, 'not before an answer')
  peers.markAnswered()
  peers.endOutage(start + 7000)
  peers.endOutage(start + 8000)
  t.match(events, [{}, { name: 'reachable', detail: { silentMs: 7000, heldRecords: 2 } }])
  t.equal(events.length, 2)
})

test('a collector of another version gets nothing, and is named', async t => {
  const { peers, events, reconnects } = makePeers(t)
  t.equal(subscribe(peers, [shop, marker, newerMarker]), undefined)
  t.match(peers, { isOtherVersion: true, isWanted: false })
  peers.check(performance.now())
  t.match(events, [{ name: 'otherVersion', detail: { version: 3, ownVersion: 2 } }])
  t.equal(reconnects(), 0, 'who binds has nothing to connect anew')
})

test('a collector that may have been replaced is looked at over new connections', async t => {
  const { peers, reconnects } = makePeers(t, { bind: false })
  subscribe(peers, [shop, marker, newerMarker])
  peers.check(performance.now())
  t.equal(reconnects(), 1)
  t.notOk(peers.isOtherVersion, 'its markers come again')
})

test('a collector that takes other topics refuses, which is emitted after a while', async t => {
  const { peers, events } = makePeers(t)
  subscribe(peers, [Buffer.from('web'), marker])
  t.match(peers, { isRefused: true, isConnected: false })
  const now = performance.now()
  peers.check(now)
  t.strictSame(events, [])
  peers.check(now + pauses.unreachableMs)
  t.match(events, [
    { name: 'unreachable', detail: { why: /receives only other topics than "shop"/ } }
  ])
})
