/** Which configuration a stream must have. Pure: no connection. */
import { ZmqPubError } from '../../errors.ts'
import type { NatsStreamOptions } from './nats-options.ts'

/** Messages that are published again within this are dropped by the engine. Writers drop the others, by their numbers. Unit: ns */
export const duplicateWindowNs = 120_000_000_000

/** Members of a stream's configuration that matter, as the JetStream API names them. */
export interface StreamFacts {
  name: string
  subjects?: string[]
  storage: string
  retention: string
  discard: string
  num_replicas: number
  max_bytes: number
  max_msgs: number
  /** Unit: ns */
  max_age: number
  max_msgs_per_subject: number
  max_msg_size: number
  no_ack?: boolean
  sealed?: boolean
  deny_purge?: boolean
  mirror?: unknown
  sources?: unknown[]
}

/** The configuration of a stream that is made. */
export function toStreamConfig({
  stream,
  subject,
  partitions,
  replicas,
  maxBytes
}: NatsStreamOptions): StreamFacts & { duplicate_window: number } {
  return {
    name: stream,
    subjects: Array.from({ length: partitions }, (_, partition) => `${subject}.${partition}`),
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    num_replicas: replicas,
    max_bytes: maxBytes === 0 ? -1 : maxBytes,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    max_age: 0,
    duplicate_window: duplicateWindowNs
  }
}

/** Why a stream can't keep what zmq-pub promises, one clause each; none where it can. @param replicas at least */
export function findStreamFaults(facts: StreamFacts, replicas: number): string[] {
  const { storage, retention, discard, num_replicas } = facts
  const subjects = facts.subjects ?? []
  return [
    storage === 'file' ? '' : `storage must be 'file', got '${storage}'`,
    retention === 'limits'
      ? ''
      : `retention must be 'limits', got '${retention}': writers read by position`,
    discard === 'new'
      ? ''
      : `discard must be 'new', got '${discard}': a full stream would delete records that are not written yet`,
    facts.max_age <= 0
      ? ''
      : `max_age must be 0, got ${facts.max_age / 1e9} s: records that are not written yet would be deleted`,
    num_replicas >= replicas
      ? ''
      : `num_replicas must be at least ${replicas}, got ${num_replicas}`,
    facts.max_msgs_per_subject <= 0
      ? ''
      : `max_msgs_per_subject must be -1, got ${facts.max_msgs_per_subject}`,
    facts.no_ack ? 'no_ack must be false: nothing would be acknowledged' : '',
    facts.sealed ? 'sealed must be false: nothing can be stored' : '',
    facts.deny_purge ? 'deny_purge must be false: writers delete what they have written' : '',
    facts.mirror || (facts.sources ?? []).length > 0
      ? 'mirror and sources must not be given: gateways publish to the stream'
      : '',
    toSubject(subjects) === undefined
      ? `subjects must be <subject>.0, <subject>.1 and so on, got ${subjects.slice(0, 4).join(', ')}`
      : ''
  ].filter(fault => fault !== '')
}

/** @throws ERR_ZMQ_PUB_ENGINE where a stream can't be used @param replicas at least */
export function checkStream(facts: StreamFacts, replicas: number): void {
  const faults = findStreamFaults(facts, replicas)
  if (faults.length === 0) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_ENGINE',
    `the stream ${facts.name} exists, and cannot be used: ${faults.join('; ')}. Change it (nats stream edit), or choose another stream`
  )
}

/** What the subjects of all partitions begin with; undefined where they are not those of partitions. */
export function toSubject(subjects: readonly string[]): string | undefined {
  const subject = subjects[0]?.endsWith('.0') ? subjects[0].slice(0, -2) : undefined
  const isPartition = (text: string, index: number): boolean => text === `${subject}.${index}`
  return subject !== undefined && subjects.every(isPartition) ? subject : undefined
}
