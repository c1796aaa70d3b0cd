import { Queue } from '../../util/queue.ts'

/** What waits in a fair queue. */
export interface Waiting {
  /** how much memory and time it takes, on the scale of `maxBytes` */
  readonly bytes: number
}

interface Group<T> {
  items: Queue<T>
  bytes: number
}

/** So many groups are looked at for the one with the most. */
const maxTries = 100

/**
 * What waits, by who it comes from. Each has its turn, and of too much the oldest of one that has more than its share is
 * given up. So a flood of one app hides no other app.
 */
export class FairQueue<T extends Waiting> {
  readonly #groups = new Map<string, Group<T>>()
  readonly #maxBytes: number
  #bytes = 0
  #items = 0

  /** @param maxBytes of all together, unless it is one item */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  /** Adds an item to the end of its group. @returns what is given up for it, perhaps itself */
  push(key: string, item: T): T[] {
    const group = this.#groups.get(key) ?? { items: new Queue<T>(), bytes: 0 }
    this.#groups.set(key, group)
    group.items.push(item)
    group.bytes += item.bytes
    this.#bytes += item.bytes
    this.#items++
    const lost: T[] = []
    while (this.#bytes > this.#maxBytes && this.#items > 1)
      lost.push(this.#take(this.#chooseLoser(key)))
    return lost
  }

  /** The oldest item of the group whose turn it is; undefined where nothing waits. */
  get first(): T | undefined {
    const [group] = this.#groups.values()
    return group?.items.first
  }

  /** Ends the turn of a group. @param isDone whether its oldest item is taken out */
  endTurn(isDone: boolean): void {
    const [key] = this.#groups.keys()
    if (key === undefined) return
    if (isDone) this.#take(key)
    const group = this.#groups.get(key)
    if (!group) return
    this.#groups.delete(key)
    this.#groups.set(key, group)
  }

  /** Takes everything out. */
  clear(): T[] {
    const items = [...this.#groups.values()].flatMap(group => [...group.items])
    this.#groups.clear()
    this.#bytes = 0
    this.#items = 0
    return items
  }

  #take(key: string): T {
    const group = this.#groups.get(key) as Group<T>
    const item = group.items.shift() as T
    group.bytes -= item.bytes
    this.#bytes -= item.bytes
    this.#items--
    if (group.items.length === 0) this.#groups.delete(key)
    return item
  }

  /** Who floods is mostly who pushes. */
  #chooseLoser(pushing: string): string {
    let [loser, most] = [pushing, this.#groups.get(pushing)?.bytes ?? 0]
    if (most > this.#maxBytes / this.#groups.size) return loser
    let tries = maxTries
    for (const [key, { bytes }] of this.#groups) {
      if (bytes > most) [loser, most] = [key, bytes]
      if (--tries === 0) break
    }
    return this.#groups.has(loser) ? loser : ([...this.#groups.keys()][0] as string)
  }
}
