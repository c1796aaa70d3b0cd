import { toMessage } from '../../errors.ts'
import { hideKeys } from '../../util/hide-keys.ts'
import type { EmitEvent, TransportEvents } from '../events.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Sender, SenderMessage } from '../sender/sender.ts'
import type { Carrier } from './carrier.ts'
import { Connection, type ConnectionOwner } from './connection.ts'
import { Failover, type Health } from './failover.ts'
import { FailoverReports } from './failover-reports.ts'
import { spread } from './reachability.ts'

/**
 * Several gateways of one stream, of which one is used at a time: a connection to each of them as long as it is needed,
 * all with the same senders. Failover decides which is used, and FailoverReports tells what is wrong.
 */
export class FailoverConnection implements Carrier {
  readonly #options: ResolvedTransportOptions
  readonly #emit: EmitEvent
  readonly #senders: Sender[]
  readonly #failover: Failover
  readonly #reports: FailoverReports
  /** by index of the address; undefined where it isn't open */
  readonly #connections: (Connection | undefined)[]
  readonly #opening = new Set<number>()
  #subscriptions = 0
  /** since when the one in use owes an ack. Unit: ms, as of performance.now() */
  #owedSince: number | undefined
  #isClosed = false

  /** Connects to all, to begin with. @param senders the live one, and those that are added later @throws ERR_ZMQ_PUB_ADDRESS */
  static async open(
    options: ResolvedTransportOptions,
    senders: Sender[],
    emit: EmitEvent
  ): Promise<FailoverConnection> {
    const all = new FailoverConnection(options, senders, emit)
    try {
      await Promise.all(options.address.map((_, index) => all.#open(index)))
    } catch (error) {
      all.close(0)
      throw error
    }
    return all
  }

  private constructor(options: ResolvedTransportOptions, senders: Sender[], emit: EmitEvent) {
    const { address: addresses, stallMs } = options
    const now = performance.now()
    this.#options = options
    this.#emit = emit
    this.#senders = senders
    this.#connections = addresses.map(() => undefined)
    this.#failover = new Failover(addresses.length, stallMs, now, spread)
    this.#reports = new FailoverReports({
      addresses: addresses.map(hideKeys),
      startedAt: now,
      countHeld: () => this.#live.queue.countRecords(),
      emit
    })
  }

  get isConnected(): boolean {
    return this.#active?.isConnected === true
  }

  get isUnreachable(): boolean {
    return !this.isConnected && this.#opened.every(({ isUnreachable }) => isUnreachable)
  }

  get isRefused(): boolean {
    const opened = this.#opened
    const isOnlyRefused = opened.length > 0 && opened.every(({ isRefused }) => isRefused)
    return !this.isConnected && isOnlyRefused
  }

  get refusal(): string | undefined {
    const refusals = this.#opened.flatMap(({ refusal }) => refusal ?? [])
    return this.#reports.misfit ?? refusals[0]
  }

  get reconnects(): number {
    return Math.max(0, this.#subscriptions - 1)
  }

  add(sender: Sender): void {
    if (this.#active) this.#active.add(sender)
    else this.#senders.push(sender)
  }

  remove(sender: Sender, bye: SenderMessage): void {
    if (this.#active) return this.#active.remove(sender, bye)
    const index = this.#senders.indexOf(sender, 1)
    if (index !== -1) this.#senders.splice(index, 1)
  }

  pump(): void {
    for (const connection of this.#opened) connection.pump()
  }

  pumpAt(at: number): void {
    this.#active?.pumpAt(at)
  }

  sendNow(): void {
    this.#active?.sendNow()
  }

  sendFinal(messages: (SenderMessage | undefined)[]): void {
    this.#active?.sendFinal(messages)
  }

  close(lingerMs: number): void {
    this.#isClosed = true
    for (const connection of this.#opened) connection.close(lingerMs)
  }

  get #live(): Sender {
    return this.#senders[0] as Sender
  }

  get #active(): Connection | undefined {
    const { active } = this.#failover
    return active === undefined ? undefined : this.#connections[active]
  }

  get #opened(): Connection[] {
    return this.#connections.filter(connection => connection !== undefined)
  }

  async #open(index: number): Promise<void> {
    this.#opening.add(index)
    this.#failover.forget(index)
    const emit: EmitEvent = (name, detail) => this.#onEvent(index, name, detail)
    const owner: ConnectionOwner = {
      onDecided: () => this.#onDecided(index),
      onChecked: now => this.#check(now),
      onAck: released => this.#onAck(index, released)
    }
    const options = toOptionsOf(this.#options, index)
    try {
      const connection = await Connection.open(options, this.#senders, emit, owner)
      this.#connections[index] = connection
      if (this.#isClosed) connection.close(0)
    } finally {
      this.#opening.delete(index)
    }
  }

  /** Opens and closes connections, as Failover wants. */
  #sync(): void {
    for (const [index, connection] of this.#connections.entries()) {
      if (this.#failover.isOpen(index)) {
        if (connection || this.#opening.has(index)) continue
        this.#open(index).catch((error: unknown) => {
          // Such as a lack of descriptors: it is tried again with the next check.
          this.#reports.explain(index, { isKeyRefused: false, why: toMessage(error), advice: '' })
        })
      } else if (connection) {
        connection.close(0)
        this.#connections[index] = undefined
        this.#failover.forget(index)
        this.#reports.forget(index)
      }
    }
  }

  /** What is at an address has subscribed. */
  #onDecided(index: number): void {
    const connection = this.#connections[index]
    if (!connection) return
    const { streamId, isConnected, isOtherVersion } = connection
    if (streamId !== undefined && isConnected) {
      this.#failover.markReady(index, streamId)
      this.#reports.forget(index)
    } else {
      this.#failover.markUnfit(index)
      if (streamId === undefined && !isOtherVersion) this.#reports.markNoGateway(index)
    }
    const isChanged = this.#check(performance.now())
    if (!isChanged && this.#failover.active === index) connection.use()
  }

  /** @returns whether another one is used now */
  #check(now: number): boolean {
    const health = this.#findHealth(now)
    const change = this.#failover.decide(now, health)
    if (change) {
      this.#owedSince = undefined
      this.#reports.tellChange(change, health.silentMs)
    }
    this.#sync()
    if (change) this.#connections[change.to]?.use()
    for (const index of this.#connections.keys()) {
      this.#reports.markForeign(index, this.#failover.isForeign(index))
    }
    this.#reports.check(now, this.isConnected ? this.#failover.active : undefined)
    return change !== undefined
  }

  #onAck(index: number, released: number): void {
    if (index !== this.#failover.active) return
    if (released > 0) this.#failover.markProgress()
    // An ack that releases nothing, as that of a hello, is enough only where nothing else is owed.
    const isAll = this.#senders.every(({ queue }) => queue.records === 0)
    if (released > 0 || isAll) this.#owedSince = undefined
  }

  /** Since when something is owed is kept here: a connection that is made anew meanwhile begins to count anew. */
  #findHealth(now: number): Health {
    const waiting = this.#senders.filter(({ isAwaitingAcks }) => isAwaitingAcks)
    // One that makes no progress while others do isn't the gateway's fault.
    const stalledMs = Math.min(...waiting.map(({ progressAt }) => now - progressAt))
    const unansweredMs = this.#active?.silentFor(now) ?? 0
    const silentMs = Math.max(waiting.length > 0 ? stalledMs : 0, unansweredMs)
    if (silentMs > 0) this.#owedSince = Math.min(this.#owedSince ?? now, now - silentMs)
    return {
      silentMs: this.#owedSince === undefined ? 0 : now - this.#owedSince,
      isAwaited: this.#live.isAwaited
    }
  }

  #onEvent<Name extends keyof TransportEvents>(
    index: number,
    name: Name,
    detail: TransportEvents[Name]
  ): void {
    const { unreachable }: Partial<TransportEvents> = { [name]: detail }
    if (unreachable) return this.#reports.explain(index, unreachable)
    if (name === 'reachable' || name === 'unsubscribed') return // what is told instead is of all
    if (name === 'subscribed') this.#subscriptions++
    this.#emit(name, detail)
  }
}

/** Those of a connection to one of the addresses. */
function toOptionsOf(options: ResolvedTransportOptions, index: number): ResolvedTransportOptions {
  const { address: addresses, curve } = options
  return {
    ...options,
    address: addresses.slice(index, index + 1),
    curve: curve && { ...curve, serverKeys: curve.serverKeys.slice(index, index + 1) },
    wire: 'batch'
  }
}
