/** How long each step of a failover takes. Tests shorten them. Unit: ms */
export const failoverPauses = {
  /** At the start an earlier address is waited for this long while a later one answers already. */
  graceMs: 500,
  /** The others are looked at this long: at the start, to tell what is wrong with them, and before a return. */
  lookMs: 10_000,
  /** A gateway that is used for want of an earlier one is left this long after it was taken; with each vain return twice as long. */
  returnMs: 30_000,
  maxReturnMs: 600_000,
  /** No gateway is left before this, whatever `stallMs` is: acks wait for others, and for the engine. */
  leastStallMs: 1000,
  /** While somebody waits for an ack, a silent gateway is left after this time, if `stallMs` isn't less. */
  awaitedStallMs: 1000,
  /** Where gateways are silent one after the other, their engine is: each gets twice as long, up to this. */
  maxStallMs: 30_000
}

/** What is known of a gateway since its connection was opened. */
type State = 'unknown' | 'ready' | 'unfit'

interface Gateway {
  state: State
  /** what it announced last, also over earlier connections */
  streamId: string | undefined
  /** when it was left because it didn't work */
  failedAt: number
}

/** How the gateway in use does. */
export interface Health {
  /** For how long it owes an answer or an ack. Unit: ms */
  silentMs: number
  /** whether somebody waits for an ack */
  isAwaited: boolean
}

/** Why another gateway is used. */
export type Cause = 'start' | 'silent' | 'unfit' | 'return'

/** Another gateway is used from now on; addresses by index. */
export interface Change {
  /** the last one that was used; undefined at the start */
  from: number | undefined
  to: number
  cause: Cause
}

/**
 * Which of several gateways is used: the first that works. It is kept while it acknowledges. When it is silent, or no
 * gateway of this stream any more, the next one that is ready is used, and an earlier one again when it is back.
 * Pure: the clock is the caller's (`now`, in ms).
 *
 *     searching: all are connected ──ready──▶ in use: only one is ──silent──▶ in doubt: all are again
 *          ▲                                    │    ▲                             │       │
 *          └──────────────── unfit ─────────────┘    └── another one is ready, or it acknowledges
 */
export class Failover {
  readonly #gateways: readonly Gateway[]
  readonly #stallMs: number
  readonly #spread: (pauseMs: number) => number
  #active: number | undefined
  /** the last one in use: others must be gateways of the same stream */
  #reference: number | undefined
  #isInDoubt = false
  /** how often a silent one was left since the last progress */
  #stalls = 0
  #usedAt: number
  #isReturned = false
  /** until when the ones before `#lookBelow` are looked at */
  #lookUntil: number
  #lookBelow: number
  #isLooking = true
  #returnAt = Number.POSITIVE_INFINITY
  #returnPauseMs = failoverPauses.returnMs

  /** @param stallMs how long one in use may be silent @param spread varies a pause, so that apps don't return together */
  constructor(count: number, stallMs: number, now: number, spread = (pauseMs: number) => pauseMs) {
    const gateway = {
      state: 'unknown',
      streamId: undefined,
      failedAt: Number.NEGATIVE_INFINITY
    } as const
    this.#gateways = Array.from({ length: count }, () => ({ ...gateway }))
    this.#stallMs = stallMs
    this.#spread = spread
    this.#usedAt = now
    this.#lookUntil = now + failoverPauses.lookMs
    this.#lookBelow = count
  }

  /** The one in use; undefined while none works. */
  get active(): number | undefined {
    return this.#active
  }

  /** Whether a connection to it is to be open. */
  isOpen(index: number): boolean {
    if (this.#active === undefined || index === this.#active || this.#isInDoubt) return true
    return this.#isLooking && index < this.#lookBelow
  }

  /** Whether it is ready, but belongs to another stream than the last one in use. */
  isForeign(index: number): boolean {
    const { state, streamId } = this.#at(index)
    if (state !== 'ready' || this.#reference === undefined || index === this.#reference)
      return false
    return streamId !== this.#at(this.#reference).streamId
  }

  /** It has announced itself as a gateway that takes records. */
  markReady(index: number, streamId: string): void {
    Object.assign(this.#at(index), { state: 'ready', streamId })
  }

  /** It is no gateway, or one that doesn't take these records. */
  markUnfit(index: number): void {
    this.#at(index).state = 'unfit'
  }

  /** Its connection was opened or closed. */
  forget(index: number): void {
    this.#at(index).state = 'unknown'
  }

  /** The one in use has acknowledged records. */
  markProgress(): void {
    this.#stalls = 0
  }

  /** To be called when something has changed, and twice a second. @returns which one to use from now on, where it is another */
  decide(now: number, { silentMs, isAwaited }: Health): Change | undefined {
    if (now >= this.#lookUntil) this.#isLooking = false
    const active = this.#active
    if (active === undefined) return this.#chooseFirst(now, isAwaited)
    if (this.#at(active).state === 'unfit') return this.#leaveUnfit(active, now)
    const limitMs = this.#findLimitMs(isAwaited)
    this.#isInDoubt = silentMs >= limitMs / 2
    if (silentMs >= limitMs) return this.#leaveSilent(active, now)
    return this.#isInDoubt ? undefined : this.#return(active, now)
  }

  #chooseFirst(now: number, isAwaited: boolean): Change | undefined {
    const best = this.#findReady()
    if (best === undefined) return undefined
    const isEarlierUnknown = this.#gateways.slice(0, best).some(({ state }) => state === 'unknown')
    const isGrace = !isAwaited && now - this.#usedAt < failoverPauses.graceMs
    if (isEarlierUnknown && isGrace) return undefined
    return this.#use(best, now, this.#reference === undefined ? 'start' : 'unfit')
  }

  #leaveUnfit(active: number, now: number): Change | undefined {
    this.#noteFailure(active, now)
    const next = this.#findReady(active)
    if (next !== undefined) return this.#use(next, now, 'unfit')
    this.#active = undefined
    this.#usedAt = Number.NEGATIVE_INFINITY // no grace
    return undefined
  }

  #leaveSilent(active: number, now: number): Change | undefined {
    const next = this.#findReady(active)
    if (next === undefined) return undefined
    this.#noteFailure(active, now)
    this.#stalls++
    return this.#use(next, now, 'silent')
  }

  #return(active: number, now: number): Change | undefined {
    if (active === 0) return undefined
    if (now >= this.#returnAt) {
      this.#lookUntil = now + failoverPauses.lookMs
      this.#lookBelow = active
      this.#isLooking = true
      this.#returnAt = now + this.#spread(this.#returnPauseMs)
    }
    if (!this.#isLooking) return undefined
    const earlier = this.#findReady(active, active)
    return earlier === undefined ? undefined : this.#use(earlier, now, 'return')
  }

  #use(index: number, now: number, cause: Cause): Change {
    const change = { from: this.#reference, to: index, cause }
    this.#active = index
    this.#reference = index
    this.#isInDoubt = false
    this.#usedAt = now
    this.#isReturned = cause === 'return'
    // At the start the others are looked at all the same.
    if (cause !== 'start') this.#isLooking = false
    this.#returnAt = now + this.#spread(this.#returnPauseMs)
    return change
  }

  #noteFailure(index: number, now: number): void {
    this.#at(index).failedAt = now
    const wasInVain = this.#isReturned && now - this.#usedAt < 2 * this.#returnPauseMs
    const { returnMs, maxReturnMs } = failoverPauses
    this.#returnPauseMs = wasInVain ? Math.min(2 * this.#returnPauseMs, maxReturnMs) : returnMs
  }

  #findLimitMs(isAwaited: boolean): number {
    const { leastStallMs, awaitedStallMs, maxStallMs } = failoverPauses
    const chosenMs = Math.max(this.#stallMs, leastStallMs)
    const stallMs = isAwaited ? Math.min(chosenMs, awaitedStallMs) : chosenMs
    return Math.min(stallMs * 2 ** this.#stalls, Math.max(maxStallMs, stallMs))
  }

  /** @returns of those that are ready the one that failed longest ago, or never; of several the first */
  #findReady(except?: number, below = this.#gateways.length): number | undefined {
    let found: number | undefined
    for (let index = 0; index < below; index++) {
      const { state, failedAt } = this.#at(index)
      if (index === except || state !== 'ready' || this.isForeign(index)) continue
      if (found === undefined || failedAt < this.#at(found).failedAt) found = index
    }
    return found
  }

  #at(index: number): Gateway {
    return this.#gateways[index] as Gateway
  }
}
