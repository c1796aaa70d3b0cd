import { markerTopic } from '../../wire/frame.ts'

export type Wire = 'batch' | 'plain'

/**
 * Which wire a sender speaks, decided from what is subscribed: zmq-pub's collectors subscribe to the
 * marker topic besides their own, everybody else is foreign. A pure state machine.
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

  /** The wire that was decided last. */
  get wire(): Wire | undefined {
    return this.#wire
  }

  add(topic: Buffer): void {
    if (topic.equals(markerTopic)) this.#hasMarker = true
    else this.#topics.add(topic.toString('latin1'))
  }

  /** Nobody is left who wants the topic. */
  remove(topic: Buffer): void {
    if (topic.equals(markerTopic)) this.#hasMarker = false
    else this.#topics.delete(topic.toString('latin1'))
  }

  /** Once a collector has been seen, records are for collectors: the wire stays batch. */
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

  /** Whether a message under this root topic would reach anybody on the wire that was decided. */
  isWanted(root: string): boolean {
    if (this.#wire === undefined) return false
    // On the plain wire the topic goes on with level and sub-topic: libzmq decides for each message.
    return this.#wire === 'plain' ? this.#topics.size > 0 : this.#hasMarker && this.#matches(root)
  }

  /** Whether a collector is there that doesn't take this root topic. */
  isRefused(root: string): boolean {
    return this.#wire === 'batch' && this.#hasMarker && !this.#matches(root)
  }

  #matches(root: string): boolean {
    const topic = Buffer.from(root).toString('latin1')
    return [...this.#topics].some(prefix => topic.startsWith(prefix))
  }
}
