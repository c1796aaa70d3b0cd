import { decodeSubscription } from '../../wire/subscription.ts'
import {
  decodeLiveFilter,
  matchesRecord,
  matchesSource,
  type LiveFilter,
  type LiveSource
} from '../../wire/live-filter.ts'

/** Of more different topics than this, later ones are not told apart: any record may be wanted. */
export const maxTopics = 1000
/** libzmq keeps every subscription in memory; with more than this of all watchers together they are disconnected. */
export const maxSubscriptions = 10_000

/** What is wanted of the records of one source: whether the record with these traits is. */
export type Interest = (level: number, subtopic: string, topic: string) => boolean

/** Every record is. */
export const all: Interest = () => true

/**
 * The subscriptions of an XPUB socket, and what they want. A pure state machine.
 *
 * A subscription is a prefix of topics, or a filter (wire/live-filter.ts) of a watcher that has also subscribed to the empty
 * prefix. Collectors that connect subscribe to markers, too, which want nothing.
 */
export class Watchers {
  /** by topic as latin1, how many subscriptions it has */
  readonly #counts = new Map<string, number>()
  #total = 0
  /** subscriptions to topics that aren't counted one by one */
  #others = 0
  #filters: LiveFilter[] = []
  #prefixes: string[] = []
  #isAll = false

  /** Whether anybody may want a record. */
  get isWatched(): boolean {
    return this.#isAll || this.#prefixes.length + this.#filters.length > 0
  }

  /** Whether there are more subscriptions than a publisher bears. */
  get areTooMany(): boolean {
    return this.#total > maxSubscriptions
  }

  /** Takes a frame that the socket has received. */
  take(frame: Buffer): void {
    const subscription = decodeSubscription(frame)
    if (!subscription) return
    this.#count(subscription.topic.toString('latin1'), subscription.isSubscribed ? 1 : -1)
  }

  /** All are gone. */
  clear(): void {
    this.#counts.clear()
    this.#total = 0
    this.#others = 0
    this.#update()
  }

  /** @returns undefined where nothing of this source is wanted */
  interestIn(source: LiveSource): Interest | undefined {
    if (this.#isAll) return all
    const start = source.root === '' ? '' : `${source.root}.`
    const prefixes = this.#prefixes.filter(
      prefix => start.startsWith(prefix) || prefix.startsWith(start)
    )
    if (prefixes.some(prefix => start.startsWith(prefix))) return all
    const filters = this.#filters.filter(filter => matchesSource(filter, source))
    if (prefixes.length + filters.length === 0) return undefined
    return (level, subtopic, topic) =>
      filters.some(filter => matchesRecord(filter, level, subtopic)) ||
      prefixes.some(prefix => topic.startsWith(prefix))
  }

  #count(topic: string, more: 1 | -1): void {
    const known = this.#counts.get(topic)
    if (known === undefined && (more === -1 || this.#counts.size >= maxTopics)) {
      this.#others = Math.max(0, this.#others + more)
    } else if ((known ?? 0) + more === 0) this.#counts.delete(topic)
    else this.#counts.set(topic, (known ?? 0) + more)
    this.#total = Math.max(0, this.#total + more)
    this.#update()
  }

  #update(): void {
    this.#filters = []
    this.#prefixes = []
    let filtered = 0
    for (const [topic, count] of this.#counts) {
      const bytes = Buffer.from(topic, 'latin1')
      const filter = decodeLiveFilter(bytes)
      if (filter) {
        this.#filters.push(filter)
        filtered += count
      } else if (topic !== '' && bytes[0] !== 0) this.#prefixes.push(bytes.toString())
    }
    this.#isAll = this.#others > 0 || (this.#counts.get('') ?? 0) > filtered
  }
}
