/**
 * The marker topics: a collector subscribes to them besides its topics. A transport that sees them knows that a
 * collector is there, which version it speaks, and what limits it has.
 *
 *   NUL zmq-pub/2 max=67108864
 *   NUL zmq-pub/1
 *
 * A collector subscribes to the marker of its own version and to those of all versions before. A transport of such
 * a version then sends it batches, which are refused and never acknowledged, so its records are held; it would
 * send plain messages to a subscriber without a marker. The highest marker is the version that a collector speaks.
 */
import { maxFrameBytes } from './limits.ts'

/** The version that this package speaks. */
export const wireVersion = 2

/** What a collector announces. */
export interface Marker {
  version: number
  /** The collector takes no message with a larger frame. Unit: bytes */
  maxMessageBytes: number
}

const prefix = '\0zmq-pub/'
/** No collector may ask for less: a hello must fit. Unit: bytes */
const leastMaxMessageBytes = 128 * 1024

/** @param maxMessageBytes the largest frame that the collector takes @returns the topics to subscribe to */
export function encodeMarkers(maxMessageBytes = maxFrameBytes): Buffer[] {
  return [`${prefix}1`, `${prefix}${wireVersion} max=${maxMessageBytes}`].map(text =>
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
  return {
    version: Number(version),
    maxMessageBytes: Math.max(leastMaxMessageBytes, Math.min(maxMessageBytes, maxFrameBytes))
  }
}
