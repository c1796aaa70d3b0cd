/** `zmq-pub-collector check`: connects as an app does, and says whether a collector answers. */
import { setTimeout as pause } from 'node:timers/promises'
import { probeAll, type Finding } from '../transport/connection/probe.ts'
import { Negotiation } from '../transport/connection/negotiation.ts'
import { Publisher, type PublisherListener } from '../transport/connection/publisher.ts'
import { parseTransportOptions, type ResolvedTransportOptions } from '../transport/options.ts'
import { toProof } from '../transport/proof.ts'
import { hideKeys } from '../util/hide-keys.ts'
import { decodeAcks } from '../wire/acks.ts'
import { createHello, encodeBye, encodeHello } from '../wire/hello.ts'
import { createSenderId, toPublicId } from '../wire/id.ts'
import { decodeMarker } from '../wire/marker.ts'
import { encodeMessage, type MessageKind } from '../wire/message.ts'
import type { CheckRequest } from './check-arguments.ts'
import { explainAnswer, explainFinding } from './check-result.ts'

/** Pause between two looks at what has come. Unit: ms */
const lookMs = 5
/** The subscriptions of one collector come within this time, in no fixed order. Unit: ms */
const settleMs = 20
/** A collector has subscribed by then; where none has, a probe finds out what is there instead. Unit: ms */
const probeAfterMs = 300
/** How long libzmq may take to send the bye. Unit: ms */
const lingerMs = 200

/** What a check has found. */
export interface CheckResult {
  isAnswered: boolean
  /** one line, without a newline: how it answered, or why it did not and what to do */
  text: string
}

/**
 * Checks whether a collector takes this connection and acknowledges. Nothing is written into its log, and it
 * remembers nothing of this.
 * @throws ERR_ZMQ_PUB_OPTION, ERR_ZMQ_PUB_KEY, ERR_ZMQ_PUB_ADDRESS where the check can't be made
 */
export async function check({
  address,
  timeoutMs,
  curve,
  nameOf
}: CheckRequest): Promise<CheckResult> {
  const toName = (name: string): string => (name.startsWith('curve') ? nameOf(name) : `--${name}`)
  const options = parseTransportOptions({ address, curve }, toName)
  const attempt = new Attempt(options)
  return attempt.run(timeoutMs)
}

/** One connection to a collector, from the first subscription to the ack. */
class Attempt implements PublisherListener {
  readonly #options: ResolvedTransportOptions
  readonly #senderId = createSenderId()
  readonly #publicId = toPublicId(this.#senderId)
  readonly #negotiation = new Negotiation('batch')
  readonly #startedAt = performance.now()
  /** the topic that the collector takes: any that it has subscribed to */
  #topic: string | undefined
  #subscribedAt: number | undefined
  #isSaid = false
  #isAcknowledged = false

  constructor(options: ResolvedTransportOptions) {
    this.#options = options
  }

  onSubscription(topic: Buffer): void {
    this.#negotiation.add(topic)
    this.#subscribedAt = performance.now()
    if (!decodeMarker(topic)) this.#topic ??= topic.toString()
  }

  onUnsubscription(topic: Buffer, left: number): void {
    this.#negotiation.remove(topic, left)
  }

  onUpstream(frame: Buffer): void {
    const acks = decodeAcks(frame)?.acks ?? []
    if (acks.some(({ senderId }) => senderId === this.#publicId)) this.#isAcknowledged = true
  }

  async run(timeoutMs: number): Promise<CheckResult> {
    const address = hideKeys(this.#options.address[0] ?? '')
    const publisher = await Publisher.open(this.#options, this)
    try {
      const finding = await this.#waitForAck(publisher, this.#startedAt + timeoutMs)
      const { curve } = this.#options
      if (finding) return { isAnswered: false, text: explainFinding(address, curve, finding) }
      const { otherVersion, wire, streamId } = this.#negotiation
      const answer = {
        tookMs: Math.round(performance.now() - this.#startedAt),
        isAcknowledged: this.#isAcknowledged,
        isCollector: wire === 'batch',
        otherVersion,
        streamId
      }
      return {
        isAnswered: this.#isAcknowledged,
        text: explainAnswer(address, curve !== undefined, answer)
      }
    } finally {
      publisher.close(lingerMs)
    }
  }

  /** @returns what a probe has found where no collector subscribes; undefined where one does */
  async #waitForAck(publisher: Publisher, deadline: number): Promise<Finding | undefined> {
    let probe: ReturnType<typeof probeAll> | undefined
    let finding: Finding | undefined
    while (!this.#isAcknowledged && performance.now() < deadline) {
      await publisher.look()
      await this.#sayHello(publisher)
      if (this.#subscribedAt === undefined) {
        if (!probe && performance.now() - this.#startedAt > probeAfterMs) {
          probe = probeAll(this.#options)
          void probe.found.then(([found]) => (finding = found))
        }
        if (finding && isConclusive(finding)) return finding
      }
      await pause(lookMs)
    }
    probe?.stop()
    const [found] = probe ? await probe.found : []
    if (this.#isAcknowledged) await this.#send(publisher, 'bye', encodeBye(true))
    return this.#subscribedAt === undefined ? (found ?? { kind: 'silent' }) : undefined
  }

  async #sayHello(publisher: Publisher): Promise<void> {
    const isSettled =
      this.#subscribedAt !== undefined && performance.now() - this.#subscribedAt >= settleMs
    if (this.#isSaid || !isSettled) return
    this.#negotiation.decide()
    if (this.#topic === undefined || !this.#negotiation.isWanted(this.#topic)) return
    const proof = toProof(this.#senderId, this.#options.curve)
    const hello = { ...createHello(), ...proof, app: 'check', check: true }
    this.#isSaid = await this.#send(publisher, 'hello', encodeHello(hello))
  }

  #send(publisher: Publisher, kind: MessageKind, payload: string): Promise<boolean> {
    const header = { kind, senderId: this.#senderId, first: 1, count: 0 }
    return publisher.send(encodeMessage(this.#topic ?? '', header, payload))
  }
}

/** Whether waiting any longer is of no use. */
function isConclusive({ kind }: Finding): boolean {
  return ['absent', 'foreign', 'otherMechanism', 'otherServerKey'].includes(kind)
}
