import { markerTopic } from '../../wire/frame.ts'

/** More topics aren't kept: any peer can subscribe to as many as it likes. */
const maxTopics = 10_000
/** Longer topics aren't kept. Unit: bytes */
const maxTopicBytes = 1024

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
  #hasMarker = false
  #wire: Wire | undefined

  /** @param option the transport's `wire` */
  constructor(option: 'auto' | Wire) {
    this.#option = option
  }

  /** The wire that was decided last; undefined before the first decision. */
  get wire(): Wire | undefined {
    return this.#wire
  }

  /** @param topic a subscribed prefix, or the marker */
  add(topic: Buffer): void {
    this.#lastMatch = undefined
    if (topic.equals(markerTopic)) this.#hasMarker = true
    else if (this.#topics.size < maxTopics && topic.length <= maxTopicBytes) {
      this.#topics.add(topic.toString('latin1'))
    } else this.#hasUnknownTopics = true
  }

  /** No subscriber of the topic is left. */
  remove(topic: Buffer): void {
    this.#lastMatch = undefined
    if (topic.equals(markerTopic)) this.#hasMarker = false
    else if (topic.length <= maxTopicBytes) this.#topics.delete(topic.toString('latin1'))
    // Of the others only the number could be known: they count until no topic is left.
    if (this.#topics.size === 0) this.#hasUnknownTopics = false
  }

  /** Decides the wire. With 'auto' it stays batch once a collector was seen. @returns undefined where no suitable subscriber is there */
  decide(): Wire | undefined {
    const isForeign = this.#hasTopics
    switch (this.#option) {
      case 'batch':
        if (this.#hasMarker) this.#wire = 'batch'
        break
      case 'plain':
        if (isForeign) this.#wire = 'plain'
        break
      case 'auto':
        if (this.#hasMarker) this.#wire = 'batch'
        else if (isForeign) this.#wire ??= 'plain'
        break
    }
    return this.#wire
  }

  /** Whether a message under this root topic may reach a subscriber on the decided wire. */
  isWanted(root: string): boolean {
    if (this.#wire === undefined) return false
    // A plain topic also has level and sub-topic, so libzmq matches each message.
    return this.#wire === 'plain' ? this.#hasTopics : this.#hasMarker && this.#matches(root)
  }

  /** Whether a collector is connected, but none has subscribed to this root topic. */
  isRefused(root: string): boolean {
    return this.#wire === 'batch' && this.#hasMarker && !this.#matches(root)
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
