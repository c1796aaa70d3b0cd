import type { EmitEvent } from '../events.ts'
import type { Explanation } from './explanation.ts'
import type { Change } from './failover.ts'
import { pauses } from './reachability.ts'

/** Once one is explained, the explanations of the others are waited for this long. Unit: ms */
const gatherMs = 2000

/** What reports are made of. */
interface ReportsOptions {
  /** as they may be shown */
  addresses: readonly string[]
  /** as of performance.now() */
  startedAt: number
  countHeld: () => number
  emit: EmitEvent
}

/** What is wrong with one gateway. */
interface Trouble extends Explanation {
  /** it answers, but can't be used in this mode */
  isMisfit: boolean
}

const misfitAdvice = 'give the addresses of gateways of one stream'

/**
 * What a failover tells: once that another gateway is used; every minute why none works, or what is wrong with one that
 * isn't used.
 */
export class FailoverReports {
  readonly #addresses: readonly string[]
  readonly #countHeld: () => number
  readonly #emit: EmitEvent
  /** by index of the address */
  readonly #troubles: (Trouble | undefined)[]
  /** when a trouble of each was told while another one worked */
  readonly #toldAt: number[]
  #downSince: number | undefined
  /** since when there is a trouble while none works */
  #explainedSince: number | undefined
  /** what was told of it */
  #told: { isKeyRefused: boolean; at: number } | undefined

  constructor({ addresses, startedAt, countHeld, emit }: ReportsOptions) {
    this.#addresses = addresses
    this.#countHeld = countHeld
    this.#emit = emit
    this.#troubles = addresses.map(() => undefined)
    this.#toldAt = addresses.map(() => Number.NEGATIVE_INFINITY)
    this.#downSince = startedAt
  }

  /** Why something that answers can't be used. */
  get misfit(): string | undefined {
    return this.#troubles.find(trouble => trouble?.isMisfit)?.why
  }

  /** A connection has found out why nothing answers. */
  explain(index: number, { isKeyRefused, why, advice }: Explanation): void {
    this.#troubles[index] = { isKeyRefused, why, advice, isMisfit: false }
  }

  /** What answers has a log of its own, or isn't a collector of zmq-pub. */
  markNoGateway(index: number): void {
    this.#troubles[index] = {
      isKeyRefused: false,
      isMisfit: true,
      why: `${this.#addresses[index]} is not a gateway of a stream, and mode 'failover' works only between gateways: two collectors would each have a part of the log`,
      advice: `leave out the option mode, so that each collector gets every record, or ${misfitAdvice}`
    }
  }

  /** Whether it is a gateway of another stream than the last one in use, which changes with that one. */
  markForeign(index: number, isForeign: boolean): void {
    const why = `${this.#addresses[index]} is a gateway of another stream than the one that was used before`
    const isMarked = this.#troubles[index]?.why === why
    if (isForeign === isMarked) return
    this.#troubles[index] = isForeign
      ? { isKeyRefused: false, isMisfit: true, why, advice: misfitAdvice }
      : undefined
  }

  /** Nothing is wrong with it, or its connection is closed. */
  forget(index: number): void {
    this.#troubles[index] = undefined
  }

  /** @param silentMs for how long the former one has owed an answer */
  tellChange({ from, to, cause }: Change, silentMs: number): void {
    const isFirstChoice = from === undefined && to === 0
    const former = from ?? 0
    if (isFirstChoice || former === to) return
    const [fromAddress = '', toAddress = ''] = [this.#addresses[former], this.#addresses[to]]
    const seconds = Math.max(1, Math.round(silentMs / 1000))
    const reasons = {
      start: `${fromAddress} has not answered yet`,
      silent: `${fromAddress} has acknowledged nothing for ${seconds} s`,
      unfit: `${fromAddress} no longer takes records`,
      return: `${toAddress} answers again`
    }
    const trouble = cause === 'return' ? undefined : this.#troubles[former]
    const why = trouble?.why ?? reasons[cause]
    const heldRecords = this.#countHeld()
    this.#emit('failover', { from: fromAddress, to: toAddress, why, heldRecords })
  }

  /** To be called twice a second, and when something has changed. @param working the gateway that is used and answers */
  check(now: number, working: number | undefined): void {
    if (working === undefined) return this.#tellOutage(now)
    if (this.#told) {
      const silentMs = Math.round(now - (this.#downSince ?? now))
      const addresses = [this.#addresses[working] ?? '']
      this.#emit('reachable', { addresses, silentMs, heldRecords: this.#countHeld() })
    }
    this.#downSince = undefined
    this.#explainedSince = undefined
    this.#told = undefined
    this.#tellOthers(now, working)
  }

  #tellOutage(now: number): void {
    this.#downSince ??= now
    const known = this.#troubles.filter(trouble => trouble !== undefined)
    if (known.length === 0) return
    this.#explainedSince ??= now
    const isComplete = known.length === this.#addresses.length
    if (!isComplete && now - this.#explainedSince < gatherMs) return
    const isKeyRefused = known.some(trouble => trouble.isKeyRefused)
    const isKnown = this.#told?.isKeyRefused === isKeyRefused
    if (isKnown && now - (this.#told?.at ?? 0) < pauses.repeatMs) return
    this.#told = { isKeyRefused, at: now }
    const isSilent = known.every(({ isMisfit }) => !isMisfit)
    this.#emit('unreachable', {
      addresses: this.#addresses,
      silentMs: isSilent ? Math.round(now - this.#downSince) : 0,
      heldRecords: this.#countHeld(),
      isKeyRefused,
      why: known.map(({ why }) => why).join('; '),
      advice: known.find(({ advice }) => advice !== '')?.advice ?? ''
    })
  }

  #tellOthers(now: number, working: number): void {
    for (const [index, trouble] of this.#troubles.entries()) {
      if (!trouble || index === working) continue
      if (now - (this.#toldAt[index] ?? 0) < pauses.repeatMs) continue
      this.#toldAt[index] = now
      const { isKeyRefused, why, advice } = trouble
      this.#emit('unreachable', {
        addresses: [this.#addresses[index] ?? ''],
        silentMs: 0,
        heldRecords: this.#countHeld(),
        isKeyRefused,
        why,
        advice
      })
    }
  }
}
