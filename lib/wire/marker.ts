/**
 * The marker topics: a collector subscribes to them besides its topics. A transport that sees them knows that a
 * collector is there, which version it speaks, and what limits it has.
 *
 *   NUL zmq-pub/2 max=67108864
 *   NUL zmq-pub/1
 *
 * A gateway has no log of its own: it writes into a stream of an engine behind several gateways, and says which.
 *
 *   NUL zmq-pub/2 max=1000000 stream=a1b2c3d4e5f60718
 *
 * A collector subscribes to the marker of its own version and to those of all versions before. A transport of such
 * a version then sends it batches, which are refused and never acknowledged, so its records are held; it would
 * send plain messages to a subscriber without a marker. The highest marker is the version that a collector speaks.
 */
import { fromHexId, toHexId } from './id.ts'
import { maxFrameBytes } from './limits.ts'

/** The version that this package speaks. */
export const wireVersion = 2

/** What a collector announces. */
export interface Marker {
  version: number
  /** The collector takes no message with a larger frame. Unit: bytes */
  maxMessageBytes: number
  /**
   * The collector is a gateway of the stream with this id, 8 bytes as latin1. All gateways of a stream acknowledge with it
   * in the place of a collector's id, so an ack of any of them counts. undefined: the collector has a log of its own.
   */
  streamId: string | undefined
}

const prefix = '\0zmq-pub/'
/** No collector may ask for less: a hello must fit. Unit: bytes */
const leastMaxMessageBytes = 128 * 1024

/**
 * @param maxMessageBytes the largest frame that the collector takes
 * @param streamId of a gateway: see Marker
 * @returns the topics to subscribe to
 */
export function encodeMarkers(maxMessageBytes = maxFrameBytes, streamId?: string): Buffer[] {
  const stream = streamId === undefined ? '' : ` stream=${toHexId(streamId)}`
  return [`${prefix}1`, `${prefix}${wireVersion} max=${maxMessageBytes}${stream}`].map(text =>
    Buffer.from(text)
  )
}

/** @returns undefined where the topic is no marker; unknown words in it are ignored */
export function decodeMarker(topic: Buffer): Marker | undefined {
  if (topic[0] !== 0) return undefined
  const text = topic.toString('latin1', 0, 256)
  if (!text.startsWith(prefix)) return undefined
  const [version = '', ...words] = text.slice(prefix.length).split(' ')
  if (!/^[1-9]\d{0,4}$/.test(version)) return undefined
  const max = words.find(word => /^max=\d{1,15}$/.test(word))?.slice('max='.length)
  const maxMessageBytes = max === undefined ? maxFrameBytes : Number(max)
  const stream = words.find(word => /^stream=[\da-f]{16}$/.test(word))?.slice('stream='.length)
  return {
    version: Number(version),
    maxMessageBytes: Math.max(leastMaxMessageBytes, Math.min(maxMessageBytes, maxFrameBytes)),
    streamId: stream === undefined ? undefined : fromHexId(stream)
  }
}
