import { maxFrameBytes } from '../../wire/limits.ts'
import { decodeMarker, wireVersion, type Marker } from '../../wire/marker.ts'

/** More topics aren't kept: any peer can subscribe to as many as it likes. */
export const maxTopics = 10_000
/** Longer topics aren't kept. Unit: bytes */
export const maxTopicBytes = 1024
/** More markers aren't counted: there is one for each version and limit. */
export const maxMarkers = 100

/** What the messages are: batches for zmq-pub's collectors, or one message a record for any subscriber. */
export type Wire = 'batch' | 'plain'

/**
 * Decides the wire from the subscriptions: zmq-pub's collectors subscribe to the marker topic besides
 * their own topics, foreign subscribers don't. A pure state machine.
 */
export class Negotiation {
  readonly #option: 'auto' | Wire
  /** Subscribed prefixes, as latin1. At most `maxTopics`. */
  readonly #topics = new Set<string>()
  /** Whether there are more topics than `maxTopics`, or longer ones: then any root topic may be wanted. */
  #hasUnknownTopics = false
  /** What `#matches` found for a root topic since the last change: it is asked for each message. */
  #lastMatch: { root: string; isMatch: boolean } | undefined
  /** By marker topic, as latin1: what it says, and how often it was subscribed. */
  readonly #markers = new Map<string, Marker & { count: number }>()
  #otherVersion: number | undefined
  #streamId: string | undefined
  /** whether there are collectors, and all speak this version */
  #isAccepted = false
  #wire: Wire | undefined

  /** @param option the transport's `wire` */
  constructor(option: 'auto' | Wire) {
    this.#option = option
  }

  /** The wire that was decided last; undefined before the first decision. */
  get wire(): Wire | undefined {
    return this.#wire
  }

  /** The version of a collector that speaks another one, which must get nothing: it would take batches for text. */
  get otherVersion(): number | undefined {
    return this.#otherVersion
  }

  /**
   * Whose gateway the collector is that has subscribed last; undefined where it has a log of its own. A connecting socket
   * isn't told that a subscriber is gone, so of one address the last is the one that is there.
   */
  get streamId(): string | undefined {
    return this.#streamId
  }

  #findOtherVersion(): number | undefined {
    const newer = [...this.#markers.values()].find(({ version }) => version > wireVersion)
    if (newer) return newer.version
    // A collector subscribes to the markers of all versions up to its own.
    const older = wireVersion - 1
    return this.#countMarkers(older) > this.#countMarkers(wireVersion) ? older : undefined
  }

  /** The largest frame that all collectors take. Unit: bytes */
  get maxMessageBytes(): number {
    let bytes = maxFrameBytes
    for (const { version, maxMessageBytes } of this.#markers.values()) {
      if (version === wireVersion) bytes = Math.min(bytes, maxMessageBytes)
    }
    return bytes
  }

  /** @param topic a subscribed prefix, or a marker */
  add(topic: Buffer): void {
    this.#lastMatch = undefined
    const marker = decodeMarker(topic)
    if (marker) this.#addMarker(topic.toString('latin1'), marker)
    else if (this.#topics.size < maxTopics && topic.length <= maxTopicBytes) {
      this.#topics.add(topic.toString('latin1'))
    } else this.#hasUnknownTopics = true
  }

  /** @param left how many subscribers the topic still has */
  remove(topic: Buffer, left: number): void {
    this.#lastMatch = undefined
    const key = topic.toString('latin1')
    const marker = this.#markers.get(key)
    if (marker && left > 0) marker.count = left
    else this.#markers.delete(key)
    this.#compareVersions()
    if (left > 0) return
    if (topic.length <= maxTopicBytes) this.#topics.delete(key)
    // Of the others only the number could be known: they count until no topic is left.
    if (this.#topics.size === 0) this.#hasUnknownTopics = false
  }

  /** All connections are made anew, and each collector subscribes again. */
  forgetMarkers(): void {
    this.#markers.clear()
    this.#compareVersions()
  }

  /** Decides the wire. With 'auto' it stays batch once a collector was seen. @returns undefined where no suitable subscriber is there */
  decide(): Wire | undefined {
    const isForeign = this.#hasTopics
    switch (this.#option) {
      case 'batch':
        if (this.#markers.size > 0) this.#wire = 'batch'
        break
      case 'plain':
        if (isForeign) this.#wire = 'plain'
        break
      case 'auto':
        if (this.#markers.size > 0) this.#wire = 'batch'
        else if (isForeign) this.#wire ??= 'plain'
        break
    }
    return this.#wire
  }

  /** Whether a message under this root topic may reach a subscriber on the decided wire. */
  isWanted(root: string): boolean {
    if (this.#wire === undefined) return false
    // A plain topic also has level and sub-topic, so libzmq matches each message.
    return this.#wire === 'plain' ? this.#hasTopics : this.#isAccepted && this.#matches(root)
  }

  /** Whether a collector is connected, but none has subscribed to this root topic. */
  isRefused(root: string): boolean {
    return this.#wire === 'batch' && this.#isAccepted && !this.#matches(root)
  }

  #addMarker(topic: string, marker: Marker): void {
    if (marker.version === wireVersion) this.#streamId = marker.streamId
    const known = this.#markers.get(topic)
    if (known) known.count++
    else if (this.#markers.size < maxMarkers) this.#markers.set(topic, { ...marker, count: 1 })
    this.#compareVersions()
  }

  #compareVersions(): void {
    this.#otherVersion = this.#findOtherVersion()
    this.#isAccepted = this.#countMarkers(wireVersion) > 0 && this.#otherVersion === undefined
  }

  #countMarkers(ofVersion: number): number {
    let sum = 0
    for (const { version, count } of this.#markers.values()) if (version === ofVersion) sum += count
    return sum
  }

  get #hasTopics(): boolean {
    return this.#topics.size > 0 || this.#hasUnknownTopics
  }

  /** Whether a prefix of the root topic is subscribed. The cost doesn't depend on the number of subscriptions. */
  #matches(root: string): boolean {
    if (this.#lastMatch?.root !== root) {
      const topic = Buffer.from(root).toString('latin1')
      const isPrefix = (length: number): boolean => this.#topics.has(topic.slice(0, length))
      let isMatch = this.#hasUnknownTopics
      for (let length = 0; !isMatch && length <= topic.length; length++) isMatch = isPrefix(length)
      this.#lastMatch = { root, isMatch }
    }
    return this.#lastMatch.isMatch
  }
}
