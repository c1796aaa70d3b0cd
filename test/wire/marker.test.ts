import fc from 'fast-check'
import { test } from 'tap'
import { maxFrameBytes } from '../../lib/wire/limits.ts'
import { decodeMarker, encodeMarkers } from '../../lib/wire/marker.ts'

test('a collector has a marker for each version up to its own, which says its limit', async t => {
  t.strictSame(encodeMarkers(200_000).map(decodeMarker), [
    { version: 1, maxMessageBytes: 64 * 1024 * 1024, streamId: undefined },
    { version: 2, maxMessageBytes: 200_000, streamId: undefined }
  ])
  t.strictSame(encodeMarkers().map(String), ['\0zmq-pub/1', '\0zmq-pub/2 max=67108864'])
})

test('a gateway says in its marker whose gateway it is', async t => {
  const streamId = Buffer.from('00ff1234abcd5678', 'hex').toString('latin1')
  const markers = encodeMarkers(200_000, streamId)
  t.strictSame(markers.map(String), [
    '\0zmq-pub/1',
    '\0zmq-pub/2 max=200000 stream=00ff1234abcd5678'
  ])
  t.equal(decodeMarker(markers[1] as Buffer)?.streamId, streamId)
})

for (const word of [
  'stream=',
  'stream=00ff',
  'stream=00FF1234ABCD5678',
  'stream=00ff1234abcd56789'
]) {
  test(`${word} names no stream`, async t => {
    const marker = decodeMarker(Buffer.from(`\0zmq-pub/2 ${word}`))
    t.strictSame(marker, { version: 2, maxMessageBytes: maxFrameBytes, streamId: undefined })
  })
}

const markers: [topic: string, version: number | undefined, maxMessageBytes?: number][] = [
  ['\0zmq-pub/1', 1, 64 * 1024 * 1024],
  ['\0zmq-pub/2', 2, 64 * 1024 * 1024],
  ['\0zmq-pub/3 new=1 max=500000', 3, 500_000],
  ['\0zmq-pub/2 max=5', 2, 128 * 1024],
  ['\0zmq-pub/2 max=999999999999', 2, 64 * 1024 * 1024],
  ['\0zmq-pub/2 max=-5', 2, 64 * 1024 * 1024],
  ['\0zmq-pub/', undefined],
  ['\0zmq-pub/two', undefined],
  ['\0zmq-pub/0', undefined],
  ['zmq-pub/2', undefined],
  ['', undefined]
]

for (const [topic, version, maxMessageBytes] of markers) {
  test(`${JSON.stringify(topic)} is ${version === undefined ? 'no marker' : `version ${version}`}`, async t => {
    const expected =
      version === undefined ? undefined : { version, maxMessageBytes, streamId: undefined }
    t.strictSame(decodeMarker(Buffer.from(topic)), expected)
  })
}

test('whatever topic is subscribed, it is no marker, or one with numbers within the limits', async () => {
  const words = fc.constantFrom(
    '\0',
    'zmq-pub/',
    '2',
    '1',
    ' ',
    'max=',
    'stream=',
    '-',
    '0'.repeat(16),
    '9'.repeat(20),
    '\n'
  )
  const topic = fc.oneof(
    fc.array(words).map(parts => Buffer.from(`\0zmq-pub/${parts.join('')}`)),
    fc.uint8Array({ maxLength: 400, size: 'max' }).map(bytes => Buffer.from(bytes))
  )
  fc.assert(
    fc.property(topic, given => {
      const marker = decodeMarker(given)
      if (!marker) return true
      const { version, maxMessageBytes, streamId } = marker
      return (
        (streamId === undefined || streamId.length === 8) &&
        Number.isInteger(version) &&
        version >= 1 &&
        version < 100_000 &&
        Number.isInteger(maxMessageBytes) &&
        maxMessageBytes >= 128 * 1024 &&
        maxMessageBytes <= maxFrameBytes &&
        given.toString('latin1').startsWith(`\0zmq-pub/${version}`)
      )
    }),
    { seed: 13, numRuns: 2000 }
  )
})

test('whatever limit a collector announces, a sender reads it, but for those that are too low or too high', async () => {
  fc.assert(
    fc.property(fc.nat(2 * maxFrameBytes), maxBytes => {
      const read = decodeMarker(encodeMarkers(maxBytes)[1] as Buffer)?.maxMessageBytes
      return read === Math.min(Math.max(maxBytes, 128 * 1024), maxFrameBytes)
    }),
    { seed: 13, numRuns: 500, examples: [[maxFrameBytes], [maxFrameBytes + 1]] }
  )
})
