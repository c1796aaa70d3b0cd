/**
 * Picks the first items of an order, without sorting all of them: there may be tens of thousands.
 * @param most number of items that are picked
 * @param compare as for `sort`
 * @param onOther called with each item that isn't picked
 * @returns the picked ones, in order
 */
export function pickFirst<T>(
  items: Iterable<T>,
  most: number,
  compare: (a: T, b: T) => number,
  onOther: (item: T) => void
): T[] {
  let picked: T[] = []
  const trim = (): void => {
    picked.sort(compare)
    for (const item of picked.slice(most)) onOther(item)
    picked = picked.slice(0, most)
  }
  for (const item of items) {
    picked.push(item)
    if (picked.length >= 2 * most) trim()
  }
  trim()
  return picked
}

/** What has a count that only grows, but for a new beginning at 0. */
interface Counted {
  readonly records: number
}

/** Activity is counted anew after this. Unit: ms */
const windowMs = 1000

/** Knows who has sent most in the last second or two: the counts of senders tell what they have sent since they connected. */
export class RecentActivity {
  readonly #seen = new WeakMap<Counted, { records: number; recent: number }>()
  #lookedAt = Number.NEGATIVE_INFINITY
  #isDue = false

  /** Begins a look at all of them. @param now as of performance.now() */
  begin(now: number): void {
    this.#isDue = now - this.#lookedAt >= windowMs
    if (this.#isDue) this.#lookedAt = now
  }

  /** Records of one of them in about the last second before the look. Ask once a look. */
  of(counted: Counted): number {
    const { records, recent } = this.#seen.get(counted) ?? { records: 0, recent: 0 }
    const fresh = counted.records < records ? counted.records : counted.records - records
    if (this.#isDue) this.#seen.set(counted, { records: counted.records, recent: fresh })
    return recent + fresh
  }
}
