import { escapeName } from './escaped-name.ts'

/** Names that are counted by themselves, of apps and of root topics each. Senders choose them: all others are counted together. */
export const maxNames = 1000
/** The report has this many of them by name. */
export const maxBusiest = 10

/** What was taken of all senders of one name since the last report. */
export interface Tally {
  records: number
  /** of these records. Unit: bytes */
  bytes: number
  /** records in gaps */
  missingRecords: number
  /** plain records that a required output has dropped */
  droppedPlainRecords: number
}

/** The tally of a root topic. */
export interface RootTally extends Tally {
  /** when its last message came. Unit: ms since the epoch */
  seenAt: number
}

/** What was taken of a root topic since the collector was started. */
export interface RootTotal extends RootTally {
  root: string
  /** records since the last report */
  recent: number
}

/** What a report says of an app on one host: of all its processes together. */
export interface AppTraffic {
  app: string
  host: string
  /** its senders that are connected now */
  senders: number
  records: number
  bytes: number
  missingRecords: number
}

/** What a report says of a root topic, such as that of a Python app. */
export interface RootTraffic {
  /** '' for topics without one */
  root: string
  records: number
  bytes: number
  droppedPlainRecords: number
}

/** The busiest, and the sum of what all others have sent. */
export interface TrafficReport {
  busiest: (AppTraffic | RootTraffic)[]
  /** undefined where there are none */
  others: Tally | undefined
}

/** Gets what was counted of an app on one host, or of a root topic (`host` is ''); no name where there are too many of them. */
export type OnCounted = (name: TrafficName | undefined, counted: Tally) => void

/** Whose records are counted together. */
export interface TrafficName {
  app: string
  host: string
}

/** What a report needs to know of a sender's session. */
interface Session {
  isGone: boolean
  tally: Tally
}

interface AppTally extends Tally {
  readonly app: string
  readonly host: string
  senders: number
}

/** Counts by name who sends how much: the numbers are added where a batch or a message is taken anyway. */
export class Traffic {
  /** by JSON of app and host */
  readonly #apps = new Map<string, AppTally>()
  /** by root topic */
  readonly #roots = new Map<string, RootTally>()
  /** by root topic, what was taken of it before the last report; those that have sent something last come last */
  readonly #pastRoots = new Map<string, RootTally>()
  /** of names that are too many, and of senders that were gone before the last report */
  readonly #others = createTally()
  readonly #onCounted: OnCounted | undefined
  /** what `#onCounted` was told of each tally since the last report */
  readonly #told = new Map<Tally, Tally>()

  /** @param onCounted called by `settle`, and before a report */
  constructor(onCounted?: OnCounted) {
    this.#onCounted = onCounted
  }

  /** The tally of an app's senders on one host. It is theirs until the next report; then those that are gone get another one. */
  ofApp(app: string, host: string): Tally {
    const key = JSON.stringify([app, host])
    const known = this.#apps.get(key)
    if (known) return known
    if (this.#apps.size >= maxNames) return this.#others
    const tally = { app, host, senders: 0, ...createTally() }
    this.#apps.set(key, tally)
    return tally
  }

  /** The tally of a root topic; asked for with each message. @param now ms since the epoch */
  ofRoot(root: string, now: number): Tally {
    const known = this.#roots.get(root)
    if (known) {
      known.seenAt = now
      return known
    }
    if (this.#roots.size >= maxNames) return this.#others
    const tally = { ...createTally(), seenAt: now }
    this.#roots.set(root, tally)
    return tally
  }

  /** Says what was counted since the last report, and begins anew. @param sessions of all senders that are known */
  report(sessions: Iterable<Session>): TrafficReport {
    this.settle()
    for (const session of sessions) {
      const { tally, isGone } = session
      if (isGone) session.tally = this.#others
      else if ('senders' in tally) (tally as AppTally).senders++
    }
    const named = [
      ...[...this.#apps.values()].map(tally => ({ tally, show: () => showApp(tally) })),
      ...[...this.#roots].map(([root, tally]) => ({ tally, show: () => showRoot(root, tally) }))
    ].toSorted((a, b) => toActivity(b.tally) - toActivity(a.tally))
    const rest = named.slice(maxBusiest).map(({ tally }) => tally)
    const others = [this.#others, ...rest].reduce(add, createTally())
    const report = {
      busiest: named.slice(0, maxBusiest).map(({ show }) => show()),
      others: toActivity(others) > 0 ? others : undefined
    }
    this.#beginAnew()
    return report
  }

  /** Tells `onCounted` what was counted since the last call: everything once, though a report begins anew. */
  settle(): void {
    if (!this.#onCounted) return
    for (const tally of this.#apps.values()) this.#tell(tally, tally)
    for (const [app, tally] of this.#roots) this.#tell(tally, { app, host: '' })
    this.#tell(this.#others, undefined)
  }

  #tell(tally: Tally, name: TrafficName | undefined): void {
    const counted = subtract(tally, this.#told.get(tally) ?? noTally)
    if (toActivity(counted) === 0) return
    this.#told.set(tally, { ...tally })
    this.#onCounted?.(name, counted)
  }

  /** All root topics that are known, as many as have a name of their own. */
  *roots(): Generator<RootTotal> {
    for (const [root, tally] of this.#roots) {
      yield { root, recent: tally.records, ...addRoot(this.#pastRoots.get(root), tally) }
    }
    for (const [root, past] of this.#pastRoots) {
      if (!this.#roots.has(root)) yield { root, recent: 0, ...past }
    }
  }

  #keepRoot(root: string, tally: RootTally): void {
    const total = addRoot(this.#pastRoots.get(root), tally)
    this.#pastRoots.delete(root)
    this.#pastRoots.set(root, total)
    const [oldest] = this.#pastRoots.keys()
    if (this.#pastRoots.size > maxNames && oldest !== undefined) this.#pastRoots.delete(oldest)
  }

  #beginAnew(): void {
    this.#told.clear()
    for (const [key, tally] of this.#apps) {
      if (tally.senders === 0) this.#apps.delete(key)
      else Object.assign(tally, createTally(), { senders: 0 })
    }
    for (const [root, tally] of this.#roots) this.#keepRoot(root, tally)
    this.#roots.clear()
    Object.assign(this.#others, createTally())
  }
}

/** One that has counted nothing yet. */
export function createTally(): Tally {
  return { records: 0, bytes: 0, missingRecords: 0, droppedPlainRecords: 0 }
}

const noTally: Readonly<Tally> = createTally()

/** What senders have produced, whether it arrived or not. */
function toActivity({ records, missingRecords, droppedPlainRecords }: Tally): number {
  return records + missingRecords + droppedPlainRecords
}

function add(a: Tally, b: Tally): Tally {
  return {
    records: a.records + b.records,
    bytes: a.bytes + b.bytes,
    missingRecords: a.missingRecords + b.missingRecords,
    droppedPlainRecords: a.droppedPlainRecords + b.droppedPlainRecords
  }
}

function subtract(a: Tally, b: Readonly<Tally>): Tally {
  return {
    records: a.records - b.records,
    bytes: a.bytes - b.bytes,
    missingRecords: a.missingRecords - b.missingRecords,
    droppedPlainRecords: a.droppedPlainRecords - b.droppedPlainRecords
  }
}

function addRoot(past: RootTally | undefined, tally: RootTally): RootTally {
  return past ? { ...add(past, tally), seenAt: tally.seenAt } : tally
}

function showApp({ app, host, senders, records, bytes, missingRecords }: AppTally): AppTraffic {
  return { app: escapeName(app), host: escapeName(host), senders, records, bytes, missingRecords }
}

function showRoot(root: string, { records, bytes, droppedPlainRecords }: Tally): RootTraffic {
  return { root: escapeName(root), records, bytes, droppedPlainRecords }
}
