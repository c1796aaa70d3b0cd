import { decodeSubscription } from '../../wire/subscription.ts'
import {
  decodeLiveFilter,
  matchesRecord,
  matchesSource,
  type LiveFilter,
  type LiveSource
} from '../../wire/live-filter.ts'

/**
 * Of more different topics than this, later ones are not told apart: any record may be wanted. Each of them takes time for each batch and
 * each plain message, before the collector writes it.
 */
export const maxTopics = 100
/** The same of the names and sub-topics in all filters together. */
export const maxFilterNames = 1000
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
  /** by topic as latin1 */
  readonly #topics = new Map<string, WatchedTopic>()
  /** in all filters */
  #filterNames = 0
  #total = 0
  /** subscriptions to topics that aren't counted one by one */
  #others = 0
  /** what they want together; undefined where they have changed since it was asked for */
  #wants: Wants | undefined

  /** Whether anybody may want a record. */
  get isWatched(): boolean {
    const { isAll, prefixes, filters } = this.#wanted
    return isAll || prefixes.length + filters.length > 0
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
    this.#topics.clear()
    this.#filterNames = 0
    this.#total = 0
    this.#others = 0
    this.#wants = undefined
  }

  /**
   * @param isPartial whether a record may name another app or host than the source: it is wanted whatever these are
   * @returns undefined where nothing of this source is wanted
   */
  interestIn(source: LiveSource, isPartial = false): Interest | undefined {
    const wanted = this.#wanted
    if (wanted.isAll) return all
    const start = source.root === '' ? '' : `${source.root}.`
    const prefixes = wanted.prefixes.filter(
      prefix => start.startsWith(prefix) || prefix.startsWith(start)
    )
    if (prefixes.some(prefix => start.startsWith(prefix))) return all
    const filters = wanted.filters.filter(filter => isPartial || matchesSource(filter, source))
    if (prefixes.length + filters.length === 0) return undefined
    return (level, subtopic, topic) =>
      filters.some(filter => matchesRecord(filter, level, subtopic)) ||
      prefixes.some(prefix => topic.startsWith(prefix))
  }

  #count(topic: string, more: 1 | -1): void {
    const known = this.#topics.get(topic)
    if (known) {
      known.count += more
      if (known.count === 0) this.#forget(topic, known)
    } else if (more !== 1 || !this.#learn(topic)) this.#others = Math.max(0, this.#others + more)
    this.#total = Math.max(0, this.#total + more)
    this.#wants = undefined
  }

  /** @returns false where there are too many */
  #learn(topic: string): boolean {
    if (this.#topics.size >= maxTopics) return false
    const meaning = readTopic(topic)
    const names = countNames(meaning)
    if (this.#filterNames + names > maxFilterNames) return false
    this.#filterNames += names
    this.#topics.set(topic, { count: 1, ...meaning })
    return true
  }

  #forget(topic: string, meaning: TopicMeaning): void {
    this.#filterNames -= countNames(meaning)
    this.#topics.delete(topic)
  }

  get #wanted(): Wants {
    return (this.#wants ??= this.#addUp())
  }

  #addUp(): Wants {
    const wants: Wants = { isAll: this.#others > 0, prefixes: [], filters: [] }
    let [unfiltered, filtered] = [0, 0]
    for (const { count, prefix, filter } of this.#topics.values()) {
      if (filter) {
        wants.filters.push(filter)
        filtered += count
      } else if (prefix === '') unfiltered = count
      else if (prefix !== undefined) wants.prefixes.push(prefix)
    }
    wants.isAll ||= unfiltered > filtered
    return wants
  }
}

/** One of them is set; neither for a marker. */
interface TopicMeaning {
  prefix?: string
  filter?: LiveFilter
}

interface WatchedTopic extends TopicMeaning {
  count: number
}

/** What all watchers want together. */
interface Wants {
  /** somebody wants everything */
  isAll: boolean
  prefixes: string[]
  filters: LiveFilter[]
}

function countNames({ filter }: TopicMeaning): number {
  return filter ? filter.apps.length + filter.hosts.length + filter.topics.length : 0
}

/** @param topic as latin1 */
function readTopic(topic: string): TopicMeaning {
  const bytes = Buffer.from(topic, 'latin1')
  const filter = decodeLiveFilter(bytes)
  if (filter) return { filter }
  return bytes[0] === 0 ? {} : { prefix: bytes.toString() }
}
