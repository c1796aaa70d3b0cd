import { markerTopic } from '../../wire/frame.ts'

/** What the messages are: batches for zmq-pub's collectors, or one message a record for any subscriber. */
export type Wire = 'batch' | 'plain'

/**
 * Decides the wire from the subscriptions: zmq-pub's collectors subscribe to the marker topic besides
 * their own topics, foreign subscribers don't. A pure state machine.
 */
export class Negotiation {
  readonly #option: 'auto' | Wire
  /** subscribed prefixes, as latin1 */
  readonly #topics = new Set<string>()
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
    if (topic.equals(markerTopic)) this.#hasMarker = true
    else this.#topics.add(topic.toString('latin1'))
  }

  /** No subscriber of the topic is left. */
  remove(topic: Buffer): void {
    if (topic.equals(markerTopic)) this.#hasMarker = false
    else this.#topics.delete(topic.toString('latin1'))
  }

  /** Decides the wire. With 'auto' it stays batch once a collector was seen. @returns undefined where no suitable subscriber is there */
  decide(): Wire | undefined {
    const isForeign = this.#topics.size > 0
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
    return this.#wire === 'plain' ? this.#topics.size > 0 : this.#hasMarker && this.#matches(root)
  }

  /** Whether a collector is connected, but none has subscribed to this root topic. */
  isRefused(root: string): boolean {
    return this.#wire === 'batch' && this.#hasMarker && !this.#matches(root)
  }

  #matches(root: string): boolean {
    const topic = Buffer.from(root).toString('latin1')
    return [...this.#topics].some(prefix => topic.startsWith(prefix))
  }
}
