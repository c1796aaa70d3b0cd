import { test } from 'tap'
import { decodeMarker, encodeMarkers } from '../../lib/wire/marker.ts'

test('a collector has a marker for each version up to its own, which says its limit', async t => {
  t.strictSame(encodeMarkers(200_000).map(decodeMarker), [
    { version: 1, maxMessageBytes: 64 * 1024 * 1024 },
    { version: 2, maxMessageBytes: 200_000 }
  ])
  t.strictSame(encodeMarkers().map(String), ['\0zmq-pub/1', '\0zmq-pub/2 max=67108864'])
})

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
    const expected = version === undefined ? undefined : { version, maxMessageBytes }
    t.strictSame(decodeMarker(Buffer.from(topic)), expected)
  })
}
