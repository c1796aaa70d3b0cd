import { hostname } from 'node:os'
import { parseObject } from '../util/object.ts'
import { cutText } from '../util/text.ts'
import { version } from '../version.ts'
import {
  maxDroppedRanges,
  maxHelloBytes,
  maxLabelBytes,
  maxLevels,
  maxNameBytes,
  maxProofs,
  maxVersions
} from './limits.ts'
import { isSeq } from './seq.ts'

/** Size of a CURVE key as Z85. Unit: characters */
const keyCharacters = 40

/** A hello is sent this often, so that a collector can tell a quiet sender from one that is gone. Unit: ms */
export const helloIntervalMs = 30_000

/** Records that a sender dropped: sequence numbers, both ends included, and the reason. */
export interface DroppedRange {
  from: number
  to: number
  why: string
}

/** Who a sender is: the JSON payload of a hello. */
export interface Hello {
  host: string
  pid: number
  /** the logger's `name`, empty where it has none */
  app: string
  /** the option `topic`; without it the root topic is `app` */
  topic?: string | undefined
  /** versions of zmq-pub and Node.js */
  versions: Readonly<Record<string, string>>
  /** the logger's level names, by number */
  levels: Readonly<Record<string, string>>
  /** keys of level, time and message in the records; undefined where the sender doesn't know them */
  levelKey?: string | undefined
  timeKey?: string | undefined
  messageKey?: string | undefined
  errorKey: string
  /** public CURVE key of the sender, as Z85; undefined where it has none */
  key?: string | undefined
  /** proofs that the sender id is used by the owner of `key`, one for each server key that the sender has: see curve/proof.ts; base64url */
  proofs?: readonly string[] | undefined
  /** the id under which wire version 1 sent these records, 16 hexadecimal digits: a collector may know how many it has */
  formerId?: string | undefined
  /** Whether this only asks for an answer: a collector acknowledges it, and neither logs nor remembers it. */
  check?: boolean | undefined
  /** dropped records that aren't acknowledged yet: ranges in ascending order that don't overlap */
  dropped: readonly DroppedRange[]
}

/** The hello of this process before the logger's settings are known. */
export function createHello(): Hello {
  return {
    host: hostname(),
    pid: process.pid,
    app: '',
    versions: { 'zmq-pub': version, node: process.versions.node },
    levels: {},
    errorKey: 'err',
    dropped: []
  }
}

/** The root topic of a sender's messages. A NUL would end it: the NULs are left out. */
export function toRootTopic({ topic, app }: Pick<Hello, 'topic' | 'app'>): string {
  const root = topic ?? app
  return root.includes('\0') ? root.replaceAll('\0', '') : root
}

/** @param isFinal whether no process will ever send anything of this sender id again @returns the payload of a bye */
export function encodeBye(isFinal: boolean): string {
  return isFinal ? '{"final":true}' : ''
}

/** Whether a bye says that nothing of this sender id will ever be sent again. Without a payload it may be. */
export function isFinalBye(payload: Buffer): boolean {
  return payload.length <= maxByeBytes && parseObject(payload.toString())?.['final'] === true
}

/** Unit: bytes */
export const maxByeBytes = 1024

/**
 * @returns the payload of a hello: JSON within the limits. Of too many dropped ranges it has the oldest: a
 *   collector needs those first, and the others have their turn once these are acknowledged.
 */
export function encodeHello(hello: Hello): string {
  const said = { ...hello, ...toLimits(hello) }
  for (;;) {
    const payload = JSON.stringify(said)
    if (Buffer.byteLength(payload) <= maxHelloBytes) return payload
    if (said.dropped.length > 0) said.dropped.length >>= 1
    else said.levels = {} // names that JSON writes six times as long
  }
}

/**
 * Reads a hello, also of another version: what is missing, has another type or is out of range gets a
 * default, what is too long is cut, and of too long a list the first are taken.
 * @returns undefined where the payload isn't a JSON object, or is too long
 */
export function decodeHello(payload: Buffer): Hello | undefined {
  const given = payload.length <= maxHelloBytes ? parseObject(payload.toString()) : undefined
  return given && toLimits(given)
}

/** The members of a hello within the limits. */
function toLimits(given: { [Key in keyof Hello]?: unknown }) {
  return {
    host: toName(given.host, 'unknown'),
    pid: isPid(given.pid) ? given.pid : 0,
    app: toName(given.app, ''),
    ...(typeof given.topic === 'string' && { topic: toName(given.topic, '') }),
    versions: toLabels(given.versions, maxVersions, () => true),
    levels: toLabels(given.levels, maxLevels, key => Number.isFinite(Number(key))),
    ...toKeys(given),
    errorKey: toName(given.errorKey, 'err'),
    ...toProof(given),
    ...(given.check === true && { check: true }),
    ...(isHexId(given.formerId) && { formerId: given.formerId }),
    dropped: Array.isArray(given.dropped) ? toDropped(given.dropped) : []
  }
}

function toProof({ key, proofs }: { [Key in keyof Hello]?: unknown }): Partial<Hello> {
  if (typeof key !== 'string' || key.length !== keyCharacters) return {}
  if (!Array.isArray(proofs)) return { key }
  return { key, proofs: proofs.slice(0, maxProofs).filter(isProof) }
}

function isProof(given: unknown): given is string {
  return typeof given === 'string' && Buffer.byteLength(given) <= maxLabelBytes
}

function isHexId(given: unknown): given is string {
  return typeof given === 'string' && /^[0-9a-f]{16}$/.test(given)
}

function toKeys(given: { [Key in keyof Hello]?: unknown }): Partial<Hello> {
  const names = ['levelKey', 'timeKey', 'messageKey'] as const
  const keys = names.map(name => [name, toName(given[name], '')] as const)
  return Object.fromEntries(keys.filter(([, key]) => key !== ''))
}

function toName(value: unknown, fallback: string): string {
  return typeof value === 'string' ? cutText(value, maxNameBytes) : fallback
}

function toLabels(
  value: unknown,
  maxCount: number,
  isKey: (key: string) => boolean
): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const labels = Object.entries(value).filter(
    ([key, item]) =>
      ['string', 'number'].includes(typeof item) &&
      Buffer.byteLength(key) <= maxLabelBytes &&
      isKey(key)
  )
  return Object.fromEntries(
    labels.slice(0, maxCount).map(([key, item]) => [key, cutText(String(item), maxLabelBytes)])
  )
}

function isPid(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** The oldest ranges that are possible, in ascending order, each without what an earlier one has. */
function toDropped(values: readonly unknown[]): DroppedRange[] {
  const dropped: DroppedRange[] = []
  for (const range of values.filter(isDroppedRange).toSorted((a, b) => a.from - b.from)) {
    const from = Math.max(range.from, (dropped.at(-1)?.to ?? 0) + 1)
    if (from > range.to) continue
    dropped.push({ from, to: range.to, why: cutText(range.why, maxNameBytes) })
    if (dropped.length === maxDroppedRanges) break
  }
  return dropped
}

function isDroppedRange(value: unknown): value is DroppedRange {
  const range = value as Partial<DroppedRange> | null
  return (
    isSeq(range?.from) && isSeq(range.to) && range.from <= range.to && typeof range.why === 'string'
  )
}
