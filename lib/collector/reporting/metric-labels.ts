import { escapeName } from './escaped-name.ts'
import type { TrafficName } from './traffic.ts'

/** Names that have numbers of their own. Senders choose them, and each one takes memory here and in Prometheus: the rest is `other`. */
export const maxLabelledNames = 500
/** A name that wasn't used for this long gives its place to a new one, where all places are taken. Unit: ms */
export const idleNameMs = 3_600_000

/** The labels `app` and `host` of a series. */
export type NameLabels = Readonly<TrafficName>

/** Those of all names that have no place. */
export const otherLabels: NameLabels = { app: 'other', host: 'other' }

/** Decides which apps and hosts have numbers of their own: the first ones, as long as they are used. */
export class MetricLabels {
  readonly #onForgotten: (labels: NameLabels) => void
  /** by JSON of the labels; the one that was used least recently is the first */
  readonly #places = new Map<string, { labels: NameLabels; usedAt: number }>()

  /** @param onForgotten called when a name loses its place: its numbers begin anew if it comes back */
  constructor(onForgotten: (labels: NameLabels) => void) {
    this.#onForgotten = onForgotten
  }

  /** The labels of a name that has sent something. @param now as of performance.now() */
  use(name: TrafficName, now: number): NameLabels {
    const { key, labels } = toLabels(name)
    if (key === otherKey) return otherLabels
    const place = this.#places.get(key) ?? this.#makePlace(labels, now)
    if (!place) return otherLabels
    place.usedAt = now
    this.#places.delete(key)
    this.#places.set(key, place)
    return place.labels
  }

  /** The labels of a name, which takes no place for that. */
  find(name: TrafficName): NameLabels {
    return this.#places.get(toLabels(name).key)?.labels ?? otherLabels
  }

  /** The labels of all names that have a place. */
  *[Symbol.iterator](): Iterator<NameLabels> {
    for (const { labels } of this.#places.values()) yield labels
  }

  #makePlace(labels: NameLabels, now: number): { labels: NameLabels; usedAt: number } | undefined {
    if (this.#places.size < maxLabelledNames) return { labels, usedAt: now }
    const [oldest] = this.#places
    if (!oldest || now - oldest[1].usedAt < idleNameMs) return undefined
    this.#places.delete(oldest[0])
    this.#onForgotten(oldest[1].labels)
    return { labels, usedAt: now }
  }
}

/** A sender may choose the name of all others, too: it is counted with them. */
const otherKey = toLabels(otherLabels).key

/** Names that differ only in what can't be shown are one. */
function toLabels({ app, host }: TrafficName): { key: string; labels: NameLabels } {
  const labels = { app: toLabel(app), host: toLabel(host) }
  return { key: JSON.stringify(labels), labels }
}

/** As valid UTF-8: one invalid label and Prometheus refuses all numbers. */
function toLabel(name: string): string {
  return Buffer.from(escapeName(name)).toString()
}
