import { test } from 'tap'
import {
  Negotiation,
  type Wire,
  maxMarkers,
  maxTopicBytes,
  maxTopics
} from '../../../lib/transport/connection/negotiation.ts'
import { maxFrameBytes } from '../../../lib/wire/limits.ts'
import { encodeMarkers } from '../../../lib/wire/marker.ts'
import { markerTopic } from '../../helpers/marker.ts'

/** Events: `m` subscribes to the marker, `t` to a topic; capitals unsubscribe. */
const events = ['m', 't', 'M', 'T'] as const
type Event = (typeof events)[number]

function apply(negotiation: Negotiation, event: Event): void {
  const topic = event.toLowerCase() === 'm' ? markerTopic : Buffer.from('web')
  if (event === event.toLowerCase()) negotiation.add(topic)
  else negotiation.remove(topic, 0)
}

/** The wire after each event: b(atch), p(lain) or - for none. */
function trace(option: 'auto' | Wire, order: readonly Event[]): string {
  const negotiation = new Negotiation(option)
  return order
    .map(event => {
      apply(negotiation, event)
      return (negotiation.decide() ?? '-').charAt(0)
    })
    .join('')
}

const orders: [what: string, order: Event[], auto: string, batch: string, plain: string][] = [
  ['nobody', [], '', '', ''],
  ['a collector, its marker first', ['m', 't'], 'bb', 'bb', '-p'],
  ['a collector, its topic first', ['t', 'm'], 'pb', '-b', 'pp'],
  ['a foreign subscriber', ['t'], 'p', '-', 'p'],
  ['a collector without topics', ['m'], 'b', 'b', '-'],
  ['a collector that leaves', ['m', 't', 'M', 'T'], 'bbbb', 'bbbb', '-ppp'],
  ['a foreign subscriber after a collector', ['m', 'M', 't'], 'bbb', 'bbb', '--p'],
  ['a collector after a foreign subscriber', ['t', 'T', 'm', 't'], 'ppbb', '--bb', 'pppp'],
  ['somebody who leaves without having come', ['M', 'T'], '--', '--', '--']
]

for (const [who, order, auto, batch, plain] of orders) {
  test(`${who}: auto decides '${auto}', batch '${batch}', plain '${plain}'`, async t => {
    t.strictSame(
      [trace('auto', order), trace('batch', order), trace('plain', order)],
      [auto, batch, plain]
    )
  })
}

/** Every order of `length` events. */
function permute(length: number): Event[][] {
  if (length === 0) return [[]]
  return permute(length - 1).flatMap(order => events.map(event => [...order, event]))
}

/** What was ever there decides, a collector before all others. */
const rules = {
  auto: (seen: Event[]) => (seen.includes('m') ? 'b' : seen.includes('t') ? 'p' : '-'),
  batch: (seen: Event[]) => (seen.includes('m') ? 'b' : '-'),
  plain: (seen: Event[]) => (seen.includes('t') ? 'p' : '-')
}

for (const option of ['auto', 'batch', 'plain'] as const) {
  test(`${option} decides by who was ever there, in every order of five events`, async t => {
    const wrong = permute(5).filter(order => {
      const expected = order.map((_, index) => rules[option](order.slice(0, index + 1)))
      return trace(option, order) !== expected.join('')
    })
    t.strictSame(wrong, [])
  })
}

test('the wire is that of the last decision', async t => {
  const negotiation = new Negotiation('auto')
  negotiation.add(markerTopic)
  t.equal(negotiation.wire, undefined)
  t.equal(negotiation.decide(), 'batch')
  t.equal(negotiation.wire, 'batch')
})

test('who comes and goes between two decisions was not there', async t => {
  const negotiation = new Negotiation('auto')
  for (const event of ['t', 'm', 'M', 'T'] as const) apply(negotiation, event)
  t.equal(negotiation.decide(), undefined)
})

const umlaut = Buffer.from('ö')
const roots: [topics: (string | Buffer)[], root: string, isTaken: boolean][] = [
  [[''], 'web', true],
  [[''], '', true],
  [['web'], 'web', true],
  [['web'], 'webshop', true],
  [['web'], 'we', false],
  [['web'], 'my web', false],
  [['web'], '', false],
  [['db', 'web'], 'web', true],
  [['db', 'mail'], 'web', false],
  [[], 'web', false],
  [['größe'], 'größer', true],
  [['größe'], 'grosse', false],
  [[umlaut.subarray(0, 1)], 'öl', true],
  [[umlaut.subarray(1)], 'öl', false],
  [['ö'], '\xf6', true],
  [[Buffer.of(0xf6)], 'ö', false],
  [['日本'], '日本語', true]
]

for (const [topics, root, isTaken] of roots) {
  const shown = topics.map(topic => (typeof topic === 'string' ? topic : topic.toString('latin1')))
  test(`a collector of ${JSON.stringify(shown)} ${isTaken ? 'takes' : 'refuses'} '${root}'`, async t => {
    const negotiation = new Negotiation('auto')
    for (const topic of [markerTopic, ...topics]) negotiation.add(Buffer.from(topic))
    const look = (): boolean[] => [negotiation.isWanted(root), negotiation.isRefused(root)]
    t.strictSame(look(), [false, false], 'before the decision')
    negotiation.decide()
    t.strictSame(look(), [isTaken, !isTaken])
    negotiation.remove(markerTopic, 0)
    t.strictSame(look(), [false, false], 'nobody is there')
  })
}

test('on the plain wire every topic is wanted while anybody is there, and none refused', async t => {
  const negotiation = new Negotiation('plain')
  const look = (): boolean[] => [negotiation.isWanted('web'), negotiation.isRefused('web')]
  t.strictSame(look(), [false, false], 'before anybody comes')
  negotiation.add(Buffer.from('db'))
  t.strictSame(look(), [false, false], 'before the decision')
  negotiation.decide()
  t.strictSame(look(), [true, false])
  negotiation.add(markerTopic)
  negotiation.remove(Buffer.from('web'), 0)
  t.strictSame(look(), [true, false], 'a collector has come, somebody else has left')
  negotiation.remove(Buffer.from('db'), 0)
  t.strictSame(look(), [false, false])
})

test('a root topic is matched by any prefix of it, whatever else is subscribed', async t => {
  const negotiation = new Negotiation('batch')
  negotiation.add(markerTopic)
  for (let index = 0; index < 9000; index++) negotiation.add(Buffer.from(`other.${index}`))
  negotiation.decide()
  t.notOk(negotiation.isWanted('shop'))
  negotiation.add(Buffer.from('sho'))
  t.ok(negotiation.isWanted('shop'))
  t.notOk(negotiation.isWanted('sh'))
  negotiation.remove(Buffer.from('sho'), 0)
  t.notOk(negotiation.isWanted('shop'))
  t.ok(negotiation.isRefused('shop'))
})

for (const [what, topics] of [
  ['more topics than are kept', Array.from({ length: 10_001 }, (_, index) => `other.${index}`)],
  ['a topic that is too long to be kept', ['x'.repeat(2000)]]
] as const) {
  test(`with ${what}, any root topic may be wanted, until all are gone`, async t => {
    const negotiation = new Negotiation('batch')
    negotiation.add(markerTopic)
    for (const topic of topics) negotiation.add(Buffer.from(topic))
    negotiation.decide()
    t.ok(negotiation.isWanted('shop'))
    for (const topic of topics) negotiation.remove(Buffer.from(topic), 0)
    t.notOk(negotiation.isWanted('shop'))
  })
}

const [marker1, marker2] = encodeMarkers() as [Buffer, Buffer]
const marker3 = Buffer.from('\0zmq-pub/3 max=1')
const both = [marker1, marker2]

const versions: [what: string, markers: Buffer[], other: number | undefined][] = [
  ['nobody', [], undefined],
  ['a collector of this version', both, undefined],
  ['two of this version', [...both, ...both], undefined],
  ['one that was restarted', [marker1, marker1, marker2, marker2], undefined],
  ['one that has no older marker', [marker2], undefined],
  ['a collector of version 1', [marker1], 1],
  ['one of version 1 beside one of this version', [...both, marker1], 1],
  ['a collector of version 3', [...both, marker3], 3],
  ['a version that does not subscribe to older markers', [marker3], 3]
]

for (const [who, markers, other] of versions) {
  test(`${who}: ${other === undefined ? 'no other version' : `version ${other}, which gets nothing`}`, async t => {
    for (const option of ['auto', 'batch'] as const) {
      const negotiation = new Negotiation(option)
      negotiation.add(Buffer.from(''))
      for (const marker of markers) negotiation.add(marker)
      negotiation.decide()
      t.equal(negotiation.otherVersion, other)
      if (markers.length === 0) continue
      t.equal(negotiation.wire, 'batch', 'never plain: records are held')
      t.equal(negotiation.isWanted('shop'), other === undefined)
      t.notOk(negotiation.isRefused('shop'))
    }
  })
}

test('when the collector of another version has gone the others get batches', async t => {
  const negotiation = new Negotiation('auto')
  for (const topic of [Buffer.from(''), ...both, marker1]) negotiation.add(topic)
  negotiation.decide()
  t.notOk(negotiation.isWanted('shop'))
  negotiation.remove(marker1, 1)
  t.ok(negotiation.isWanted('shop'))
})

test('the least limit of the collectors holds', async t => {
  const negotiation = new Negotiation('auto')
  t.equal(negotiation.maxMessageBytes, maxFrameBytes)
  for (const bytes of [3e6, 1e6, 2e6]) {
    for (const marker of encodeMarkers(bytes)) negotiation.add(marker)
  }
  t.equal(negotiation.maxMessageBytes, 1e6)
  negotiation.remove(encodeMarkers(1e6)[1] as Buffer, 0)
  t.equal(negotiation.maxMessageBytes, 2e6)
})

test('whose gateway a collector is, is what the one says that subscribed last', async t => {
  const negotiation = new Negotiation('batch')
  t.equal(negotiation.streamId, undefined)
  for (const streamId of ['stream-a', 'stream-b', undefined]) {
    const all = [Buffer.from(''), ...encodeMarkers(2e6, streamId)]
    for (const topic of [...all, Buffer.from('\0zmq-pub/1 stream=0000000000000000')]) {
      negotiation.add(topic)
    }
    t.equal(negotiation.streamId, streamId)
  }
})

test('topics are told apart up to 10,000 of 1 KiB each; with more any root topic may be wanted', async t => {
  const isOtherWanted = (count: number, topic: string): boolean => {
    const negotiation = new Negotiation('auto')
    for (const marker of encodeMarkers()) negotiation.add(marker)
    for (let index = 1; index < count; index++) negotiation.add(Buffer.from(`topic ${index}`))
    negotiation.add(Buffer.from(topic))
    negotiation.decide()
    return negotiation.isWanted('other')
  }
  t.notOk(isOtherWanted(maxTopics, 'x'))
  t.ok(isOtherWanted(maxTopics + 1, 'x'))
  t.notOk(isOtherWanted(1, 'x'.repeat(maxTopicBytes)))
  t.ok(isOtherWanted(1, 'x'.repeat(maxTopicBytes + 1)))
})

test('of 100 markers the least limit holds, later ones are not counted', async t => {
  for (const [before, bytes] of [
    [maxMarkers - 1, 200_000],
    [maxMarkers, 300_000]
  ] as const) {
    const negotiation = new Negotiation('auto')
    for (let index = 0; index < before; index++) {
      negotiation.add(Buffer.from(`\0zmq-pub/2 max=${300_000 + index}`))
    }
    negotiation.add(Buffer.from('\0zmq-pub/2 max=200000'))
    t.equal(negotiation.maxMessageBytes, bytes)
  }
})

test('a peer with markers without end is no burden', async t => {
  const negotiation = new Negotiation('auto')
  for (let bytes = 200_000; bytes < 300_000; bytes++) {
    negotiation.add(Buffer.from(`\0zmq-pub/2 max=${bytes}`))
  }
  t.equal(negotiation.maxMessageBytes, 200_000)
})
