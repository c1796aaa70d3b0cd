import { hideKeys } from '../../util/hide-keys.ts'
import { decodeMarker, wireVersion } from '../../wire/marker.ts'
import type { EmitEvent } from '../events.ts'
import type { ResolvedTransportOptions } from '../options.ts'
import type { Explanation, ReconnectorOwner } from './explanation.ts'
import { Negotiation, type Wire } from './negotiation.ts'
import { Outage } from './outage.ts'
import { Reachability } from './reachability.ts'
import { Reconnector } from './reconnector.ts'
import { Settling } from './settling.ts'
import { explainTopic, TopicCheck } from './topic-check.ts'
import { VersionCheck } from './version-check.ts'

/** What peers ask of their connection. */
export interface PeersOwner {
  /** the root topic of the app's records */
  readonly rootTopic: string
  /** Counts the app's records that are not delivered yet, for events. */
  countHeld(): number
  /** Connects to all addresses anew. */
  reconnect(): void
}

/**
 * What is known of those that have subscribed over one connection: their wire and its version, whether they take this
 * app's topic, whether they answer, and if they don't, why. All of it is emitted; nothing is sent here, and nothing read.
 */
export class Peers implements ReconnectorOwner {
  readonly #options: ResolvedTransportOptions
  readonly #emit: EmitEvent
  readonly #owner: PeersOwner
  readonly #negotiation: Negotiation
  readonly #settling = new Settling()
  /** at first a subscription is expected, then acks */
  readonly #reachability = new Reachability(performance.now())
  readonly #reconnector: Reconnector
  readonly #versionCheck: VersionCheck
  readonly #topicCheck = new TopicCheck()
  readonly #outage: Outage
  /** how often one has subscribed */
  #subscriptions = 0

  constructor(options: ResolvedTransportOptions, emit: EmitEvent, owner: PeersOwner) {
    this.#options = options
    this.#emit = emit
    this.#owner = owner
    this.#negotiation = new Negotiation(options.wire)
    this.#reconnector = new Reconnector(options, this.#reachability, this)
    this.#versionCheck = new VersionCheck(options, emit)
    this.#outage = new Outage(options, emit)
  }

  /** As Negotiation's. */
  get wire(): Wire | undefined {
    return this.#negotiation.wire
  }

  /** As Negotiation's. */
  get streamId(): string | undefined {
    return this.#negotiation.streamId
  }

  /** As Negotiation's. Unit: bytes */
  get maxMessageBytes(): number {
    return this.#negotiation.maxMessageBytes
  }

  /** Whether a collector of another version is there. */
  get isOtherVersion(): boolean {
    return this.#negotiation.otherVersion !== undefined
  }

  /** Whether one of them takes the app's records. */
  get isWanted(): boolean {
    return this.#negotiation.isWanted(this.#owner.rootTopic)
  }

  /** Whether there is a collector, but none takes the app's topic. */
  get isRefused(): boolean {
    return this.#negotiation.isRefused(this.#owner.rootTopic)
  }

  /** As Reachability's. */
  get isUnreachable(): boolean {
    return this.#reachability.isUnreachable
  }

  get isConnected(): boolean {
    return this.isWanted && !this.isUnreachable
  }

  /** As Reconnector's. */
  get refusal(): string | undefined {
    return this.#reconnector.refusal
  }

  /** How often one has subscribed, after the first time. */
  get reconnects(): number {
    return Math.max(0, this.#subscriptions - 1)
  }

  /** Whether nothing may be sent before the wire is decided. */
  get mustHold(): boolean {
    return this.#settling.mustHold
  }

  /** Whether the wire is to be decided, now or later. */
  get isUndecided(): boolean {
    return this.#settling.isPending
  }

  /** When the wire is to be decided: see Settling. */
  decisionDueAt(isReading: boolean): number {
    return this.#settling.dueAt(isReading)
  }

  /** For how long an answer is owed; 0 where none is. Unit: ms */
  silentFor(now: number): number {
    return this.#reachability.silentFor(now) ?? 0
  }

  /** @param mayHold whether what is sent to others must stop until it is known who has subscribed */
  add(topic: Buffer, now: number, mayHold: boolean): void {
    const wasBatch = this.wire === 'batch'
    const isSending = wasBatch && this.isWanted
    this.#negotiation.add(topic)
    this.#reachability.markAnswered()
    this.#reconnector.markSubscribed(isCollector(topic))
    this.#settling.add(now, isSending && !mayHold, wasBatch)
  }

  /** @param left how many subscribers the topic still has */
  remove(topic: Buffer, left: number, now: number): void {
    const { address: addresses, bind } = this.#options
    const wasWanted = this.isWanted
    if (!bind) this.#reconnector.markLost(isCollector(topic))
    // Which of several collectors it was isn't known: the others get all, and what is not acknowledged is sent again.
    const isOneOfSeveral = !bind && addresses.length > 1 && this.wire === 'batch'
    if (!isOneOfSeveral) this.#negotiation.remove(topic, left)
    // libzmq gives a connection up for good where the keys are refused: subscriptions end, and none would come again.
    const isLost = isOneOfSeveral ? isCollector(topic) : !this.isWanted
    if (isLost) this.#reachability.expectAnswer(now)
    if (wasWanted && !this.isWanted) {
      this.#emit('unsubscribed', { heldRecords: this.#owner.countHeld() })
    }
  }

  /** Decides the wire. @returns undefined where there is no subscriber, or a collector of another version is there */
  decide(now: number): Wire | undefined {
    this.#settling.markDecided(now)
    const wire = this.#negotiation.decide()
    if (this.isOtherVersion) return undefined
    this.#versionCheck.reset()
    return wire
  }

  /** From now on they are sent records. */
  markUsed(wire: Wire, now: number): void {
    const { address, addressFrom } = this.#options
    const heldRecords = this.#owner.countHeld()
    this.#subscriptions++
    this.#emit('subscribed', { wire, addresses: address.map(hideKeys), addressFrom, heldRecords })
    this.endOutage(now)
  }

  /** A message was sent that collectors answer. */
  expectAnswer(now: number): void {
    this.#reachability.expectAnswer(now)
  }

  /** An ack for a sender of this app has come. */
  markAnswered(): void {
    this.#reachability.markAnswered()
  }

  /** Emits the end of an outage, where one was emitted and records are taken again. */
  endOutage(now: number): void {
    if (!this.#outage.isOngoing || !this.isConnected) return
    this.#outage.end(this.#owner.countHeld(), now)
  }

  /** To be called twice a second, once what had come was read. */
  check(now: number): void {
    this.#reachability.check(now)
    this.#reconnector.tick(now)
    this.#checkVersion(now)
    this.#checkTopic(now)
  }

  reconnect(): void {
    this.#owner.reconnect()
  }

  onExplained(explanation: Explanation): void {
    const now = performance.now()
    const silentMs = this.silentFor(now)
    const heldRecords = this.#owner.countHeld()
    this.#outage.report(explanation, silentMs, heldRecords, this.isConnected, now)
  }

  close(): void {
    this.#reconnector.close()
  }

  #checkVersion(now: number): void {
    const version = this.#negotiation.otherVersion
    // The markers of one collector come one after the other: they are compared once all are there.
    if (version === undefined || this.isUndecided) return
    if (!this.#versionCheck.check(version, this.#owner.countHeld(), now)) return
    this.#negotiation.forgetMarkers()
    this.#owner.reconnect()
  }

  #checkTopic(now: number): void {
    const isRefused = this.isRefused && this.#owner.countHeld() > 0
    if (!this.#topicCheck.check(isRefused, now)) return
    this.onExplained(explainTopic(this.#options.address, this.#owner.rootTopic))
  }
}

/** Whether a topic is the marker of collectors that speak this version. */
function isCollector(topic: Buffer): boolean {
  return decodeMarker(topic)?.version === wireVersion
}
